// Types as TypeDoc has them, written as TypeScript.

const quoted = (value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const isFunction = (type) => type.type === 'reflection' && type.declaration.signatures !== undefined;
/** What stands in parentheses where it is an element of an array or an operand. */
const isLoose = (type) =>
  ['union', 'intersection', 'conditional', 'typeOperator'].includes(type.type) || isFunction(type);

/** Type arguments, without the one that `Tensor` has when none is written. */
const argumentsOf = ({ typeArguments = [] }) =>
  typeArguments.length === 1 && typeArguments[0].name === 'Rank' ? [] : typeArguments;

/**
 * A writer of types: `text` is called with every piece of plain text and `link` with the name and the type of every reference; what
 * they give is joined. Gives `type` and `parameters`, which write a type and the parameters of a signature.
 */
export function typeWriter({ text, link }) {
  const list = (types, between) => types.map(type).join(text(between));
  const within = (inner) => (isLoose(inner) ? `${text('(')}${type(inner)}${text(')')}` : type(inner));

  function parameter({ name, type: of, flags, defaultValue }) {
    const optional = flags.isOptional || defaultValue !== undefined ? '?' : '';
    return `${text(`${flags.isRest ? '...' : ''}${name}${optional}: `)}${type(of)}`;
  }
  const parameters = (signature) => (signature.parameters ?? []).map(parameter);

  function object({ children = [], indexSignatures = [] }) {
    const members = [
      ...indexSignatures.map((one) => `${text('[')}${parameters(one).join('')}${text(']: ')}${type(one.type)}`),
      ...children.map((one) => parameter({ ...one, type: one.type, flags: one.flags, name: one.name })),
    ];
    return members.length ? `${text('{ ')}${members.join(text('; '))}${text(' }')}` : text('{}');
  }

  const writers = {
    array: ({ elementType }) => `${within(elementType)}${text('[]')}`,
    conditional: ({ checkType, extendsType, trueType, falseType }) =>
      `${type(checkType)}${text(' extends ')}${type(extendsType)}${text(' ? ')}${type(trueType)}${text(' : ')}${type(falseType)}`,
    indexedAccess: ({ objectType, indexType }) => `${within(objectType)}${text('[')}${type(indexType)}${text(']')}`,
    intersection: ({ types }) => types.map(within).join(text(' & ')),
    intrinsic: ({ name }) => text(name),
    literal: ({ value }) =>
      text(typeof value === 'string' ? quoted(value) : typeof value === 'bigint' ? `${value}n` : String(value)),
    mapped: ({ parameter, parameterType, templateType, optionalModifier, readonlyModifier }) =>
      `${text(`{ ${readonlyModifier ? 'readonly ' : ''}[${parameter} in `)}${type(parameterType)}${text(`]${optionalModifier ? '?' : ''}: `)}${type(templateType)}${text(' }')}`,
    namedTupleMember: ({ name, isOptional, element }) => `${text(`${name}${isOptional ? '?' : ''}: `)}${type(element)}`,
    optional: ({ elementType }) => `${within(elementType)}${text('?')}`,
    predicate: ({ name, asserts, targetType }) =>
      `${text(`${asserts ? 'asserts ' : ''}${name}`)}${targetType ? `${text(' is ')}${type(targetType)}` : ''}`,
    query: ({ queryType }) => `${text('typeof ')}${type(queryType)}`,
    reference: (reference) => {
      const given = argumentsOf(reference);
      const name = link(reference.name, reference);
      return given.length ? `${name}${text('<')}${list(given, ', ')}${text('>')}` : name;
    },
    reflection: ({ declaration }) => {
      const [signature] = declaration.signatures ?? [];
      if (!signature) return object(declaration);
      return `${text('(')}${parameters(signature).join(text(', '))}${text(') => ')}${type(signature.type)}`;
    },
    rest: ({ elementType }) => `${text('...')}${within(elementType)}`,
    templateLiteral: ({ head, tail }) =>
      `${text(`\`${head}`)}${tail.map(([of, end]) => `${text('${')}${type(of)}${text(`}${end}`)}`).join('')}${text('`')}`,
    tuple: ({ elements }) => `${text('[')}${list(elements, ', ')}${text(']')}`,
    typeOperator: ({ operator, target }) => `${text(`${operator} `)}${type(target)}`,
    union: ({ types }) => types.map((one) => (isFunction(one) ? within(one) : type(one))).join(text(' | ')),
    unknown: ({ name }) => text(name),
  };

  function type(of) {
    const writer = writers[of.type];
    if (!writer) throw new Error(`typeWriter: a type must be of a kind that it knows, got ${of.type}`);
    return writer(of);
  }
  return { type, parameters };
}
