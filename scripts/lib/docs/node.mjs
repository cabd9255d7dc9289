// Runs blocks in Node, in a folder where every package is installed, two processes at a time.
import { fork } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../root.mjs';

const child = fileURLToPath(new URL('run-child.mjs', import.meta.url));
const fixture = new URL('fixture.mjs', import.meta.url).href;
const TIMEOUT = 120_000;

/** Where every package is installed that a block may import: ours in the tour, backends with the test helpers. */
const HOMES = ['examples/tour', 'tooling/testing', 'packages/viz'].map((path) => join(root, path, 'node_modules'));

/** The packages in a `node_modules`, `@scope/name` included. */
const installedIn = (folder) =>
  readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((child) => `${name}/${child}`) : name,
  );

/** A `node_modules` that has what the others have; the first that has a package counts. */
function linkAll(into, homes) {
  for (const home of homes)
    for (const name of installedIn(home).filter((one) => !one.startsWith('.') && !existsSync(join(into, one)))) {
      mkdirSync(dirname(join(into, name)), { recursive: true });
      symlinkSync(realpathSync(join(home, name)), join(into, name), 'junction');
    }
}

/** A folder for the modules made of blocks and what they write; `folder` is where the packages are installed. */
export function workshop(folder) {
  const scratch = mkdtempSync(join(tmpdir(), 'weightkit-docs-'));
  linkAll(join(scratch, 'node_modules'), folder ? [join(folder, 'node_modules')] : HOMES);
  writeFileSync(
    join(scratch, 'preload.mjs'),
    `import * as tf from '@tensorflow/tfjs';\nimport { takeDownloads } from '${fixture}';\ntakeDownloads(tf);\nexport { tf };\n`,
  );
  return { scratch, remove: () => rmSync(scratch, { recursive: true, force: true }) };
}

/** The module of a doc comment's example: its package's exports and the fixture are in scope, and may be declared anew. */
function exampleModule({ path, code }) {
  const folder = join(root, path.split('/').slice(0, 2).join('/'));
  const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // The main entry comes last: where two entries have one name, such as `compare`, an example means its.
  const entries = Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .reverse();
  const modules = new Set([
    '@weightkit/core',
    '@weightkit/core/node',
    ...entries.map((entry) => name + entry.slice(1)),
  ]);
  const wasm = code.includes("'wasm'") ? "import '@tensorflow/tfjs-backend-wasm';" : '';
  return `import * as tf from '@tensorflow/tfjs';
import { fixture } from '${fixture}';
${wasm}
const modules = await Promise.all(${JSON.stringify([...modules])}.map((name) => import(name)));
const scope = Object.assign({}, ...modules, { tf }, fixture(tf));
const AsyncFunction = (async () => {}).constructor;
await new AsyncFunction(...Object.keys(scope), ${JSON.stringify(`{\n${code}\n}`)})(...Object.values(scope));
`;
}

const importsOf = (code) =>
  [...code.matchAll(/(?:from|import|import\(|require\()\s*'([^']+)'/g)].map(([, name]) => name);

/** A fresh process, as a reader has it: for blocks that choose a backend, or import tfjs by nothing but a package of ours. */
export function isAlone({ bare, code }) {
  if (/tfjs-node|tfjs-backend-|setBackend/.test(code)) return true;
  const names = importsOf(code);
  return (
    !bare &&
    names.some((name) => /^@weightkit\/(?!numerics|checkpoint|viz)/.test(name)) &&
    !names.includes('@tensorflow/tfjs')
  );
}
export const needsTfjsNode = ({ code }) => code.includes("'@tensorflow/tfjs-node'");

function start(scratch, preload) {
  const process_ = fork(
    child,
    preload.map((name) => join(scratch, name)),
    {
      cwd: scratch,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    },
  );
  const waiting = [];
  const settle = (answer) => waiting.shift()?.(answer);
  process_.on('message', settle);
  process_.on('exit', (code) => {
    while (waiting.length) settle({ error: `the process ended with ${code}` });
  });
  const answer = () => new Promise((resolve) => waiting.push(resolve));
  const ready = answer();
  const runOne = async (path) => {
    await ready;
    const answered = answer();
    process_.send({ path });
    const late = setTimeout(() => process_.kill(), TIMEOUT);
    const result = await answered;
    clearTimeout(late);
    return result;
  };
  return { runOne, end: () => process_.kill(), isAlive: () => process_.connected };
}

/** Lines as they are compared: no indentation, none empty. */
export const linesOf = (texts) =>
  texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** What is wrong with what a block printed; nothing when it is what it says. */
export function compare({ says }, printed) {
  const prints = linesOf(printed);
  if (prints.length === says.length && prints.every((line, i) => line === says[i])) return undefined;
  return `says\n  ${says.join('\n  ')}\nand prints\n  ${prints.join('\n  ')}`;
}

function write(block, scratch, i) {
  const isCommonJs = block.language === 'cjs' || block.meta.cjs;
  const path = join(scratch, `block-${i}.${isCommonJs ? 'cjs' : 'mjs'}`);
  const isFragment = block.bare && !/^import /m.test(block.code);
  writeFileSync(path, isFragment ? exampleModule(block) : block.code);
  return path;
}

/** Runs the blocks; calls `report(block, problem)` for each, without a problem when it ran as it says. */
export async function runInNode(blocks, { scratch, report }) {
  const queue = [...blocks.entries()];
  const worker = async () => {
    let shared;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [i, block] = next;
      if (!shared?.isAlive()) shared = start(scratch, ['preload.mjs']);
      const process_ = isAlone(block) ? start(scratch, block.bare ? ['preload.mjs'] : []) : shared;
      const { lines, error } = await process_.runOne(write(block, scratch, i));
      if (process_ !== shared) process_.end();
      report(block, error ? `fails: ${error.replaceAll(scratch, '')}` : compare(block, lines));
    }
    shared?.end();
  };
  await Promise.all([worker(), worker()]);
}

/** The code of TypeScript blocks as JavaScript, and by block what the compiler says against it. */
export function compileTypes(blocks, scratch) {
  const ts = createRequire(join(root, 'package.json'))('typescript');
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const files = blocks.map(({ code }, i) => {
    const file = join(scratch, `block-${i}.mts`);
    writeFileSync(file, code);
    return file;
  });
  const program = ts.createProgram(files, options);
  return blocks.map((block, i) => {
    const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(files[i]));
    const problem = found
      .map((one) => `TS${one.code} ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`)
      .join('\n');
    const compilerOptions = { target: options.target, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
    const code = ts.transpileModule(block.code, { compilerOptions }).outputText;
    return { block: { ...block, code }, problem: problem && `does not type-check: ${problem}` };
  });
}
