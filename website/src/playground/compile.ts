import { parser } from '@lezer/javascript';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** A program as the body of an async function. */
export interface Compiled {
  /**
   * The body, each line where it was. It calls `$import(name)` for a module, `$last(value, isCall)` with the value of its last
   * statement, and `$end(() => ({ name: value, … }))` with its names when it has come to its end.
   */
  readonly body: string;
  /** The modules that it names, and the lines on which it does. */
  readonly imports: ReadonlyMap<string, number>;
}

/** What is wrong with a program, and on which line, from 1. */
export class ProgramError extends SyntaxError {
  constructor(
    message: string,
    readonly line: number,
    name = 'SyntaxError',
  ) {
    super(message);
    this.name = name;
  }
}

interface Edit {
  from: number;
  to: number;
  text: string;
}

const childrenOf = (node: SyntaxNode): SyntaxNode[] => {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
};

const OWN_SCOPE = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunction',
  'ClassDeclaration',
  'ClassExpression',
  'Block',
]);

/** Makes a module, as it would stand in a file of its own, the body of an async function. */
export function compile(source: string): Compiled {
  const tree = parser.parse(source);
  const textOf = ({ from, to }: { from: number; to: number }) => source.slice(from, to);
  const lineOf = (at: number) => source.slice(0, at).split('\n').length;
  const edits: Edit[] = [];
  const imports = new Map<string, number>();
  const hoisted: string[] = [];
  const names: string[] = [];

  const moduleOf = (node: SyntaxNode): string => {
    const name = textOf(node).slice(1, -1);
    if (!imports.has(name)) imports.set(name, lineOf(node.from));
    return JSON.stringify(name);
  };

  /** `import …` as a declaration that awaits the module. */
  function importOf(node: SyntaxNode): string {
    const name = node.getChild('String');
    if (!name) throw new ProgramError('An import must name a module in quotes.', lineOf(node.from));
    const module = `await $import(${moduleOf(name)})`;
    const star = node.getChild('Star');
    const group = node.getChild('ImportGroup');
    const [first] = node.getChildren('VariableDefinition');
    if (star && first) return `const ${textOf(first)} = ${module};`;
    const parts = [
      ...(first ? [`default: ${textOf(first)}`] : []),
      // `a as b` of an import is `a: b` of an object.
      ...(group ? textOf(group).slice(1, -1).replaceAll(/\s+/g, ' ').replaceAll(' as ', ': ').split(',') : []),
    ].filter((part) => part.trim() !== '');
    return parts.length === 0 ? `${module};` : `const { ${parts.join(', ')} } = ${module};`;
  }

  /** The names that a declaration of the outermost level brings. */
  function namesOf(node: SyntaxNode): void {
    if (node.name === 'VariableDefinition') names.push(textOf(node));
    else if (!OWN_SCOPE.has(node.name)) for (const child of childrenOf(node)) namesOf(child);
  }

  tree.iterate({
    enter: (node) => {
      if (node.type.isError)
        throw new ProgramError('There is something here that is not JavaScript.', lineOf(node.from));
      if (node.name === 'DynamicImport')
        edits.push({ from: node.from, to: node.from + 'import'.length, text: '$import' });
    },
  });
  const statements = childrenOf(tree.topNode);
  for (const node of statements) {
    if (node.name === 'ImportDeclaration') {
      hoisted.push(importOf(node));
      // Its lines stay, so that errors name the right ones.
      edits.push({ from: node.from, to: node.to, text: textOf(node).replaceAll(/[^\n]/g, '') });
    } else if (node.name === 'ExportDeclaration')
      throw new ProgramError('A program here is one file: it cannot export.', lineOf(node.from));
    else if (node.name === 'VariableDeclaration') namesOf(node);
  }
  const last = statements.filter(({ name }) => !/Comment$/.test(name)).at(-1);
  const value = last?.name === 'ExpressionStatement' ? last.firstChild : null;
  if (value) {
    const isCall = /^(Call|Await)Expression$/.test(value.name);
    edits.push({ from: value.from, to: value.from, text: '$last((' });
    edits.push({ from: value.to, to: value.to, text: `), ${isCall})` });
  }
  let body = '';
  let at = 0;
  for (const { from, to, text } of edits.sort((a, b) => a.from - b.from || a.to - b.to)) {
    body += source.slice(at, from) + text;
    at = to;
  }
  body += source.slice(at);
  return { body: `"use strict"; ${hoisted.join(' ')} ${body}\n;$end(() => ({ ${names.join(', ')} }));`, imports };
}
