// The page of an entry point in Markdown: an index of its functions with a line each, the functions, each with its options below it,
// and the types.
import { ReflectionKind } from 'typedoc';
import { linkLines } from '../cross-links.mjs';
import { exampleWriter } from './example.mjs';
import { typeWriter } from './types.mjs';

const { Class, Function: Fn, Interface, Namespace, TypeAlias, Variable, Reference } = ReflectionKind;
const LINE = 76;
const escapeHtml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const plain = typeWriter({ text: (text) => text, link: (name) => name });
const isMethod = ({ kind, type }) => kind === ReflectionKind.Method || type === undefined;

/** The first sentence of a Markdown text, on one line. */
export const firstSentence = (markdown) =>
  /^.*?[.!?](?=\s|$)(?<!\b(?:e\.g|i\.e|vs|cf)\.)|^.+/s.exec(markdown.replaceAll(/\s+/g, ' ').trim())?.[0] ?? '';

/**
 * What makes pages: `urlOf` gives the address of a declaration, from inside the page of `module`; `sourceOf` that of its code;
 * `entryOf` the entry point from which an example means a name; `leadsTo` the recipes and lessons that lead to an export.
 */
export function pageWriter({ module, urlOf, sourceOf, entryOf, leadsTo }) {
  const writeExample = exampleWriter(entryOf);
  const addressOf = (type) => (type.reflection ? urlOf(type.reflection, module) : type.externalUrl);
  // Inside a table a bar ends a cell.
  const linked = typeWriter({
    text: (text) =>
      escapeHtml(text)
        .replaceAll('|', '&#124;')
        .replaceAll('[', '&#91;')
        .replaceAll('`', '&#96;')
        .replaceAll('*', '&#42;')
        .replaceAll('_', '&#95;'),
    link: (name, type) => {
      const url = addressOf(type);
      return url ? `<a href="${url}">${name}</a>` : name;
    },
  });

  // Not `code`: with links in it the site would make a block of it.
  const shown = (html) => `<span class="type">${html}</span>`;

  function parts(content = []) {
    const written = content.map((part) => {
      if (part.kind !== 'inline-tag') return part.text;
      const { target } = part;
      const url = typeof target === 'string' ? target : target && urlOf(target, module);
      return url ? `[\`${part.text}\`](${url})` : `\`${part.text}\``;
    });
    return written.join('').trim();
  }
  const summaryOf = ({ comment }) => parts(comment?.summary);
  const tagsOf = ({ comment }, tag) =>
    (comment?.blockTags ?? []).filter((one) => one.tag === tag).map(({ content }) => parts(content));

  const cell = (markdown) => markdown.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/(?<!\\)\|/g, '\\|');
  const table = (names, rows) => [
    '<div class="members">',
    '',
    `| ${names.join(' | ')} |`,
    `| ${names.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
    '',
    '</div>',
    '',
  ];

  const unfenced = (text) => /^```\w*\n(.*?)\n?```$/s.exec(text)?.[1] ?? text;
  /** A default is code or, when it is a sentence, text. */
  function defaultOf(member) {
    const [text] = tagsOf(member, '@defaultValue').map(unfenced);
    if (text === undefined) return '';
    return ` Default: ${/^[\w.'"{}[\]():,+\-/*`\\<>=]+$/.test(text) && !text.includes('`') ? `\`${text}\`` : text}.`;
  }
  function typeOf(member) {
    if (!isMethod(member)) return linked.type(member.type);
    const [signature] = member.signatures ?? [member.getSignature];
    return `(${linked.parameters(signature).join(', ')}) =&gt; ${linked.type(signature.type)}`;
  }
  function memberRow(owner, member) {
    const described = member.comment ? member : (member.signatures?.[0] ?? member.getSignature ?? member);
    const optional = member.flags.isOptional ? '?' : '';
    const anchor = owner ? `<a id="${owner.name}.${member.name}"></a>` : '';
    const returns = tagsOf(described, '@returns').map((text) => ` Gives ${text}.`);
    return [
      `${anchor}\`${member.name}${optional}\``,
      shown(typeOf(member)),
      `${summaryOf(described)}${returns}${defaultOf(described)}`,
    ];
  }
  /** Members as a table, its own before those that it has from another. */
  function members(owner, name, anchored = true) {
    const shown = (owner.children ?? []).filter(
      ({ kind, flags }) => kind !== ReflectionKind.Constructor && !flags.isPrivate,
    );
    const own = shown.filter(({ inheritedFrom }) => !inheritedFrom);
    const all = [...own, ...shown.filter(({ inheritedFrom }) => inheritedFrom)];
    return all.length
      ? table(
          [name, 'Type', 'Meaning'],
          all.map((member) => memberRow(anchored && owner, member)),
        )
      : [];
  }

  const code = (text) => ['```ts', text, '```', ''];
  function signatureText(signature, name) {
    const generics = (signature.typeParameters ?? []).map(
      (one) => `${one.name}${one.type ? ` extends ${plain.type(one.type)}` : ''}`,
    );
    const head = `${name}${generics.length ? `<${generics.join(', ')}>` : ''}`;
    const given = plain.parameters(signature);
    const line = `${head}(${given.join(', ')}): ${plain.type(signature.type)}`;
    if (line.length <= LINE) return line;
    return `${head}(\n${given.map((one) => `  ${one},\n`).join('')}): ${plain.type(signature.type)}`;
  }
  /** `svd`, or `linalg.svd` in a namespace. */
  const nameOf = ({ name, parent }) => (parent === module ? name : `${parent.name}.${name}`);
  function heading(reflection) {
    const [name, source] = [nameOf(reflection), sourceOf(reflection)];
    const link = `<p class="source"><a href="${source}" aria-label="Source of ${name}">source</a></p>`;
    return [`### ${name} {#${name}}`, '', ...(source ? [link, ''] : [])];
  }
  const optionsOf = ({ type }) =>
    type?.type === 'reference' &&
    type.reflection?.kind === Interface &&
    type.reflection.parent === module &&
    type.name.endsWith('Options')
      ? type.reflection
      : undefined;
  const examples = (reflection) => tagsOf(reflection, '@example').flatMap(writeExample);

  const anchored = new Set();
  function signatureBody(signature) {
    const given = signature.parameters ?? [];
    const rows = given.map((one) => [
      `\`${one.name}${one.flags.isOptional || one.defaultValue !== undefined ? '?' : ''}\``,
      shown(linked.type(one.type)),
      summaryOf(one),
    ]);
    const options = given.map(optionsOf).filter(Boolean);
    const [returns] = tagsOf(signature, '@returns');
    const throws = tagsOf(signature, '@throws');
    return [
      summaryOf(signature),
      '',
      ...examples(signature),
      ...(rows.length ? table(['Parameter', 'Type', 'Meaning'], rows) : []),
      ...options.flatMap((one) => {
        const first = !anchored.has(one);
        anchored.add(one);
        return [
          `${first ? `<a id="${one.name}"></a>` : ''}**\`${one.name}\`**: ${summaryOf(one)}`,
          '',
          ...members(one, 'Option', first),
        ];
      }),
      ...(returns ? [`**Returns** ${shown(linked.type(signature.type))}: ${returns}`, ''] : []),
      ...throws.flatMap((text) => [`**Throws** ${text}`, '']),
    ];
  }
  const functionOf = (reflection) => [
    ...heading(reflection),
    ...code(reflection.signatures.map((one) => signatureText(one, nameOf(reflection))).join('\n')),
    ...reflection.signatures.filter(({ comment }) => comment).flatMap(signatureBody),
    ...linkLines(leadsTo(nameOf(reflection))).flatMap(({ label, pages }) => [
      `${label}: ${pages.map(({ to, title }) => `[${title}](${to})`).join(', ')}.`,
      '',
    ]),
  ];

  const generics = ({ typeParameters = [] }) =>
    typeParameters.length ? `<${typeParameters.map(({ name }) => name).join(', ')}>` : '';
  const bases = ({ extendedTypes = [] }) =>
    extendedTypes.length ? [`Has all of ${shown(extendedTypes.map(linked.type).join(', '))}.`, ''] : [];
  function typeSection(reflection) {
    const { kind, name, type } = reflection;
    const built = (reflection.children ?? []).filter((one) => one.kind === ReflectionKind.Constructor);
    const definition =
      kind === TypeAlias
        ? code(`type ${name}${generics(reflection)} = ${plain.type(type)}`)
        : kind === Variable
          ? code(`const ${name}: ${plain.type(type)}`)
          : built.length
            ? code(
                built
                  .flatMap(({ signatures }) => signatures.map((one) => signatureText(one, `new ${name}`)))
                  .join('\n'),
              )
            : reflection.typeParameters
              ? code(`interface ${name}${generics(reflection)}`)
              : [];
    const inner = type?.type === 'reflection' && type.declaration.children ? type.declaration : reflection;
    return [
      ...heading(reflection),
      ...definition,
      summaryOf(reflection),
      '',
      ...bases(reflection),
      ...examples(reflection),
      ...members(inner, 'Member', inner === reflection),
    ];
  }

  const all = (module.children ?? [])
    .flatMap((one) => (one.kind === Namespace ? (one.children ?? []) : [one]))
    .sort((a, b) => (nameOf(a).toLowerCase() < nameOf(b).toLowerCase() ? -1 : 1));
  const of = (...kinds) => all.filter(({ kind }) => kinds.includes(kind));
  const functions = of(Fn);
  const lineOf = (reflection) =>
    firstSentence(summaryOf(reflection.signatures?.find(({ comment }) => comment) ?? reflection));

  return {
    /** Every function with its line: `[{name, line}]`. */
    functions: functions.map((one) => ({ name: nameOf(one), line: lineOf(one) })),
    intro: summaryOf(module),
    body() {
      const unknown = all.filter(({ kind }) => ![Class, Fn, Interface, TypeAlias, Variable, Reference].includes(kind));
      if (unknown.length)
        throw new Error(`API reference: nothing writes ${unknown.map(({ name }) => name)} of ${module.name}`);
      const written = functions.map(functionOf);
      const types = of(Class, Interface, TypeAlias).filter((one) => !anchored.has(one));
      const list = (reflections) => reflections.map((one) => `- [\`${nameOf(one)}\`](#${nameOf(one)}): ${lineOf(one)}`);
      const section = (title, reflections, write) =>
        reflections.length ? [`## ${title}`, '', ...reflections.flatMap(write)] : [];
      return [
        ...(functions.length ? ['## All functions', '', ...list(functions), ''] : []),
        ...(functions.length ? ['## Functions', '', ...written.flat()] : []),
        ...section('Constants', of(Variable), typeSection),
        ...section('Types', types, typeSection),
        ...of(Reference).map(
          (one) => `- \`${one.name}\` is [that of the other entry](${urlOf(one.getTargetReflectionDeep(), module)})`,
        ),
      ];
    },
  };
}
