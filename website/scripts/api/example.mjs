// The examples of doc comments as blocks of the reference: which of them can be opened in an editor, and what they need for it.
import { parser } from '@lezer/javascript';
import { FIXTURE } from '../../../scripts/lib/docs/fixture-code.mjs';

/** What only Node has, or what reads and writes where a page cannot. */
const NOT_HERE = /\b(process|Buffer|require|__dirname)\b|:\/\/|\btf\.io\b|setBackend/;

/** The names that a program uses and does not declare; nothing where it is not JavaScript. */
export function missingNames(code) {
  const tree = parser.parse(code);
  const [used, declared] = [new Set(), new Set()];
  let isProgram = true;
  tree.iterate({
    enter(node) {
      const text = code.slice(node.from, node.to);
      if (node.type.isError) isProgram = false;
      else if (node.name === 'VariableName') used.add(text);
      else if (node.name === 'VariableDefinition') declared.add(text);
      // { model } in an object.
      else if (node.name === 'Property' && /^[\w$]+$/.test(text)) used.add(text);
    },
  });
  return isProgram ? [...used].filter((name) => !declared.has(name)) : undefined;
}

/**
 * Makes blocks of examples. `entryOf(name)` gives the entry point from which an example means a name, as
 * `weight-metrics/layers`, or nothing.
 */
export function exampleWriter(entryOf) {
  /** What stands behind the language of an example that runs in a page: what is written above it there; nothing where it does not. */
  function needsOf(code) {
    const missing = missingNames(code);
    if (!missing || NOT_HERE.test(code)) return undefined;
    const needs = [];
    for (const name of missing) {
      if (name === 'tf' || name in FIXTURE) needs.push(name);
      else if (entryOf(name)) needs.push(`${name}:${entryOf(name)}`);
      else if (!(name in globalThis)) return undefined;
    }
    return needs.some((need) => need.endsWith('/node')) ? undefined : needs.join(' ');
  }
  return (text) => {
    const [, meta = '', body = text] = /^```\w+([^\n]*)\n(.*?)\n?```$/s.exec(text) ?? [];
    const needs = needsOf(body);
    // An example that a page cannot run stays a program to read; one that imports from Node says so by itself.
    if (needs === undefined && !/^import .*node/m.test(body)) return ['```ts', body, '```', ''];
    return [`\`\`\`js${meta}${needs ? ` needs="${needs}"` : ''}`, body, '```', ''];
  };
}
