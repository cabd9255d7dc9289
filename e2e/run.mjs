// npm run e2e: the packages as users get them. Packs them, installs them by the commands of the pages outside the repository, and
// uses them there: Node by import and require, TypeScript, a Vite app with a worker, pages without a bundler, sizes, example projects.
//   node e2e/run.mjs [--sizes] [--outputs] [case ...]
// --sizes rewrites e2e/SIZES.md and the documents that take their figures from it, --outputs what the examples print in their READMEs
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openChromium } from '../scripts/lib/chromium.mjs';
import { pack, packagesOf } from '../scripts/lib/packages.mjs';
import { command } from './cases/command.mjs';
import { examplePages } from './cases/example-pages.mjs';
import { examples } from './cases/examples.mjs';
import { files } from './cases/files.mjs';
import { importMap } from './cases/import-map.mjs';
import { commonjs, esm, onNode } from './cases/node.mjs';
import { sizes } from './cases/sizes.mjs';
import { types } from './cases/types.mjs';
import { vite } from './cases/vite.mjs';
import { install } from './lib/install.mjs';

const CASES = {
  esm: { title: 'Node: every package by import; saved, reloaded in stock tfjs', run: esm },
  commonjs: { title: 'Node: every entry by require', run: commonjs },
  'node-22': { title: 'Node 22: import and require', run: onNode(22) },
  'node-24': { title: 'Node 24: import and require', run: onNode(24) },
  files: { title: 'weight files in a folder without TensorFlow.js', run: files },
  command: { title: 'the command in a folder without TensorFlow.js, Node 20, 22 and 24', run: command },
  types: { title: 'TypeScript: strict, declarations checked', run: types },
  sizes: { title: 'sizes', run: sizes },
  examples: { title: 'example projects in Node', run: examples },
  vite: { title: 'Chromium: Vite app with a worker', run: vite, inBrowser: true },
  'import-map': { title: 'Chromium: import map, no bundler', run: importMap, inBrowser: true },
  'example-pages': { title: 'Chromium: example projects', run: examplePages, inBrowser: true },
};

const { values, positionals } = parseArgs({
  options: { sizes: { type: 'boolean' }, outputs: { type: 'boolean' } },
  allowPositionals: true,
});
const wanted = positionals.length ? positionals : Object.keys(CASES);
const unknown = wanted.filter((name) => !(name in CASES));
if (unknown.length) {
  console.error(`e2e: cases must be among ${Object.keys(CASES).join(', ')}, got ${unknown.join(', ')}`);
  process.exit(1);
}

const rows = [];
const scratch = mkdtempSync(join(tmpdir(), 'weightkit-tarballs-'));
/** Runs one step; a failure is printed with it and does not hide the next. */
async function step(title, body) {
  const begin = Date.now();
  let [status, says] = ['ok', ''];
  let result;
  try {
    result = await body();
    says = typeof result === 'string' ? result : (result?.says ?? '');
    if (result?.skipped) [status, says] = ['skipped', result.skipped];
  } catch (error) {
    [status, says] = ['FAILED', error.stderr || error.stdout || error.stack || error.message];
  }
  rows.push({ status });
  const seconds = ((Date.now() - begin) / 1000).toFixed(1).padStart(6);
  console.log(`${status.padEnd(8)}${seconds} s  ${title}${says ? `: ${says}` : ''}`);
  return result;
}

const chosen = (inBrowser) => wanted.map((name) => CASES[name]).filter((one) => Boolean(one.inBrowser) === inBrowser);
let folder;
const state = {};
try {
  const tarballs = await step('npm pack', () => pack(packagesOf(), scratch));
  folder = tarballs && (await step('npm install, outside the repository', () => install(tarballs)))?.folder;
  if (folder) {
    cpSync(fileURLToPath(new URL('apps', import.meta.url)), folder, { recursive: true });
    const context = { folder, tarballs, write: values.sizes, outputs: values.outputs };
    // Two at a time: those without a browser, beside those with one.
    const inNode = async () => {
      for (const { title, run } of chosen(false)) await step(title, () => run(context));
    };
    const inBrowser = async () => {
      if (!chosen(true).length) return;
      const { browser, reason, error } = await openChromium().catch((thrown) => ({ error: thrown }));
      state.browser = browser;
      for (const { title, run } of chosen(true))
        await step(title, () => {
          if (error) throw error;
          return browser ? run({ ...context, browser }) : { skipped: reason };
        });
    };
    await Promise.all([inNode(), inBrowser()]);
  }
} finally {
  await state.browser?.close();
  for (const path of [folder, scratch]) if (path) rmSync(path, { recursive: true, force: true });
}

const count = (status) => rows.filter((row) => row.status === status).length;
console.log(`${count('ok')} passed, ${count('FAILED')} failed, ${count('skipped')} skipped`);
process.exit(count('FAILED') === 0 && folder ? 0 : 1);
