// TypeScript sources as plain modules in a folder, for tests that start processes: Node 20 does not read TypeScript.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const OWN = /^@weightkit\/([^/]+)(?:\/(.+))?$/;

/**
 * Writes a source file and all that it imports from the packages below a folder, as JavaScript.
 *
 * @param {string} entry - a path from the repository's root
 * @param {string} folder
 * @returns {string} the module to import
 */
export function plainNode(entry, folder) {
  const done = new Set();
  const target = (source) => join(folder, source.replace(/\.ts$/, '.mjs'));
  const visit = (source) => {
    if (done.has(source)) return;
    done.add(source);
    const { outputText } = ts.transpileModule(readFileSync(join(root, source), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    const text = outputText.replace(/(from\s+|import\(\s*(?:\/\*[^*]*\*\/\s*)?)'([^']+)'/g, (all, from, name) => {
      const [, own, file = 'index'] = OWN.exec(name) ?? [];
      if (!own && !name.startsWith('.')) return all;
      const wanted = own ? `packages/${own}/src/${file}.ts` : join(dirname(source), name);
      visit(wanted);
      const path = relative(dirname(target(source)), target(wanted)).replaceAll('\\', '/');
      return `${from}'${path.startsWith('.') ? path : `./${path}`}'`;
    });
    mkdirSync(dirname(target(source)), { recursive: true });
    writeFileSync(target(source), text);
  };
  visit(entry);
  return target(entry);
}
