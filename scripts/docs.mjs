// Runs every code block of the READMEs, the site's pages, the lessons and the doc comments of the packages, as a reader would, and
// compares what each prints with its `// -> text` comments, in order. CONTRIBUTING.md says what a block may be.
//   node scripts/docs.mjs [--only-node] [--in folder] [--write] [--repeat n] [file ...]
// --in: the folder where the packages are installed, the workspace when left out. --only-node: the READMEs' js blocks alone.
// --write: what the commands of console blocks print goes into the pages. --repeat: the blocks that need no process of their own,
// n times: models without a seed start from other weights each time, and what a block says must be true of all.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backends, missingBackends } from './lib/backends.mjs';
import { blocksOf, documents } from './lib/docs/blocks.mjs';
import { runConsoles } from './lib/docs/console.mjs';
import { compileTypes, isAlone, needsTfjsNode, runInNode, workshop } from './lib/docs/node.mjs';
import { isShell, runCommands } from './lib/docs/shell.mjs';
import { root } from './lib/root.mjs';

const begin = Date.now();
const { values, positionals: given } = parseArgs({
  options: {
    in: { type: 'string' },
    'only-node': { type: 'boolean' },
    write: { type: 'boolean' },
    repeat: { type: 'string' },
  },
  allowPositionals: true,
});
const onlyNode = values['only-node'] || values.in !== undefined;
const files = given.length ? given : documents();
const KINDS = {
  node: 'run in Node',
  types: 'type-checked and run in Node',
  page: 'run in Chromium',
  console: 'commands of weightkit, run on sample files',
  shell: 'commands, run here, by e2e or by a step of npm test',
  file: 'the text of a file that a test runs',
  json: 'parsed',
};

const isTypeScript = (language) => ['ts', 'typescript'].includes(language);
const isScript = (language) => isTypeScript(language) || ['js', 'mjs', 'cjs', 'javascript'].includes(language);

/** How a block is executed; `shown` for what is not code; nothing when nothing would execute it. */
function kindOf({ language, meta }) {
  if (meta.output || ['text', 'mermaid', 'math'].includes(language)) return 'shown';
  if (meta.file) return 'file';
  if (language === 'html' || (meta.browser && isScript(language))) return 'page';
  if (isScript(language) && !isTypeScript(language)) return 'node';
  if (isTypeScript(language)) return 'types';
  if (language === 'console') return 'console';
  if (isShell({ language })) return 'shell';
  return language === 'json' ? 'json' : undefined;
}

/** A block that says `continue` goes on where the one before it on the page ended: they are one program. */
function chained(blocks) {
  const programs = [];
  for (const block of blocks) {
    const before = programs.at(-1);
    if (block.meta.continue && before?.kind === block.kind && before.path === block.path)
      programs[programs.length - 1] = {
        ...before,
        code: before.code + block.code,
        says: [...before.says, ...block.says],
        parts: [...before.parts, block],
      };
    else if (block.meta.continue)
      programs.push({ ...block, parts: [block], broken: 'goes on after no block of its kind' });
    else programs.push({ ...block, parts: [block] });
  }
  return programs;
}

/** Folders whose files tests and builds run. */
const RUN = /^(e2e\/apps|lessons|examples|packages\/[^/]+\/(src|test)|\.github\/workflows)\//;
const flat = (text) => text.replaceAll(/^\s+|\s+$/gm, '');

function checkFile({ code, meta }) {
  if (!RUN.test(meta.file)) return `names ${meta.file}, which no test runs`;
  return flat(readFileSync(join(root, meta.file), 'utf8')).includes(flat(code)) ? undefined : `is not in ${meta.file}`;
}

function checkJson({ code }) {
  try {
    JSON.parse(code);
    return undefined;
  } catch (error) {
    return error.message;
  }
}

const all = files.flatMap(blocksOf).map((block) => ({ ...block, kind: kindOf(block) }));
const shown = all.filter(({ kind }) => kind === 'shown').length;
const isReadme = ({ path, kind }) => path.endsWith('README.md') && kind === 'node';
const repeat = Number(values.repeat ?? 1);
const isRepeated = (block) => block.kind === 'node' && !isAlone(block);
const blocks = all.filter(
  (block) => block.kind !== 'shown' && (!onlyNode || isReadme(block)) && (repeat === 1 || isRepeated(block)),
);
const programs = chained(blocks);
const of = (kind) => programs.filter((program) => program.kind === kind && !program.broken);
const outcomes = new Map();
const report = ({ name, parts }, problem) => {
  if (!outcomes.get(name)?.problem) outcomes.set(name, { parts, problem });
  if (problem) console.error(`${name} ${problem.replaceAll(`${root}/`, '')}\n`);
};
const skipped = new Map();
const skip = ({ parts }, reason) => skipped.set(reason, (skipped.get(reason) ?? 0) + parts.length);

for (const block of programs)
  if (!block.kind || block.broken)
    report(
      block,
      block.broken ?? `nothing executes a block of language '${block.language}': mark it as output, or give file=`,
    );
for (const block of of('json')) report(block, checkJson(block));
for (const block of of('file')) report(block, checkFile(block));

/** Blocks as JavaScript; those in TypeScript that do not type-check are reported and left out. */
function compiled(list, scratch) {
  const typed = list.filter(({ language }) => isTypeScript(language));
  const results = new Map();
  for (const { block, problem } of typed.length ? compileTypes(typed, scratch) : []) {
    if (problem) report(block, problem);
    results.set(block.name, problem ? [] : [block]);
  }
  return list.flatMap((block) => results.get(block.name) ?? [block]);
}

async function inChromium(list) {
  if (!list.length) return;
  const { openChromium } = await import('./lib/chromium.mjs');
  const { checkInPage } = await import('./lib/docs/page.mjs');
  const { browser, reason } = await openChromium();
  for (const block of list) browser ? report(block, await checkInPage(browser, block)) : skip(block, reason);
  await browser?.close();
}

async function inShell(list) {
  for (const block of list) report(block, await runCommands(block));
}

async function inNode(list, scratch) {
  const [reason] = missingBackends({ list: backends().filter(({ project }) => project === 'node') });
  const left = list.filter((block) => reason && needsTfjsNode(block));
  for (const block of left) skip(block, reason);
  const rest = list.filter((block) => !left.includes(block));
  await runInNode(Array(repeat).fill(rest).flat(), { scratch, report });
}

const { scratch, remove } = workshop(values.in);
try {
  const ready = compiled([...of('node'), ...of('types'), ...of('page')], scratch);
  const pages = ready.filter(({ kind }) => kind === 'page');
  const scripts = ready.filter(({ kind }) => kind !== 'page');
  const consoles = runConsoles(of('console'), { report, write: values.write });
  await Promise.all([inNode(scripts, scratch), inChromium(pages), inShell(of('shell')), consoles]);
} finally {
  remove();
}
const done = [...outcomes.values()];
const executed = done.filter(({ problem }) => !problem).reduce((sum, { parts }) => sum + parts.length, 0);
for (const [kind, how] of Object.entries(KINDS)) {
  const count = of(kind).reduce((sum, { parts }) => sum + parts.length, 0);
  if (count) console.log(`${String(count).padStart(6)}  ${how}`);
}
for (const [reason, count] of skipped) console.log(`${String(count).padStart(6)}  skipped: ${reason}`);
const left = [...skipped.values()].reduce((sum, count) => sum + count, 0);
console.log(
  `${blocks.length} code blocks, ${executed} executed as they say, ${left} skipped; ${shown} blocks of output and diagrams`,
);
console.log(`in ${files.length} files, ${((Date.now() - begin) / 1000).toFixed(1)} s`);
process.exit(blocks.length > 0 && executed + left === blocks.length ? 0 : 1);
