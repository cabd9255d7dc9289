// Blocks of `console`: lines after `$ ` are commands of weightkit, and the lines below each are what it prints in a terminal. All blocks of
// a page run in one folder of sample files, in order.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../root.mjs';

const child = fileURLToPath(new URL('console-child.mjs', import.meta.url));
const main = join(root, 'packages/cli/dist/program/run.js');

/** The commands of a block, each with what stands below it. */
export function sessionsOf(code) {
  const sessions = [];
  for (const line of code.trimEnd().split('\n'))
    if (line.startsWith('$ ')) sessions.push({ command: line.slice(2), says: [] });
    else sessions.at(-1)?.says.push(line);
  return sessions.map(({ command, says }) => ({ command, says: says.join('\n').trim() }));
}

/** The words of a command, of which those in quotes may have spaces. */
export const wordsOf = (command) =>
  [...command.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain,
  );

/** Versions of zlib and brotli compress a little better or worse. */
const withoutCompressed = (text) =>
  text
    .replaceAll(/(gzip|brotli) [\d.]+ \w+( \([\d,]+ bytes\))?/g, '$1 …')
    .replaceAll(/[\d.]+ times (smaller|larger) by gzip/g, '… times $1 by gzip')
    .replaceAll(/ +$/gm, '');

const PAGE_SIZE = /(\.html +)[\d.]+ kB \(([\d,]+) bytes\)/g;

/** The sizes of pages with figures as they were said, where they are within 5 %: every change of a drawing changes them a little. */
function withPageSizesOf(says, text) {
  const before = [...says.matchAll(PAGE_SIZE)];
  const bytes = (size) => Number(size.replaceAll(',', ''));
  let i = 0;
  return text.replaceAll(PAGE_SIZE, (now, _, size) => {
    const was = before[i++];
    return was && Math.abs(bytes(size) / bytes(was[2]) - 1) < 0.05 ? was[0] : now;
  });
}

/** Whether a command says what a page has it say, but for what other versions and other drawings change. */
export const agrees = (says, said) => withoutCompressed(says) === withoutCompressed(withPageSizesOf(says, said));

/** Runs the blocks of one page; gives what each should say. */
async function printed(blocks) {
  const commands = blocks.map(({ code }) => sessionsOf(code).map(({ command }) => wordsOf(command)));
  const folder = mkdtempSync(join(tmpdir(), 'weightkit-console-'));
  try {
    const stdout = await new Promise((done, fail) => {
      const options = { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 };
      const running = execFile(process.execPath, [child, main], options, (error, out) =>
        error ? fail(error) : done(out),
      );
      running.stdin.end(JSON.stringify(commands));
    });
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The text of a block whose commands say this. */
const codeOf = ({ code }, says) =>
  `${sessionsOf(code)
    .map(({ command }, i) => [`$ ${command}`, ...(says[i] === '' ? [] : [says[i]])].join('\n'))
    .join('\n\n')}\n`;

/** Writes what commands say into a page, the last block first, so that lines keep their numbers. */
function rewrite(path, blocks, outputs) {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  for (const [i, block] of [...blocks.entries()].reverse())
    lines.splice(block.line, block.code.split('\n').length - 1, ...codeOf(block, outputs[i]).trimEnd().split('\n'));
  writeFileSync(join(root, path), lines.join('\n'));
}

/** Runs blocks, and reports each; with `write` the pages get what was printed. */
export async function runConsoles(blocks, { report, write }) {
  for (const path of new Set(blocks.map((block) => block.path))) {
    const own = blocks.filter((block) => block.path === path);
    const outputs = await printed(own);
    if (write) rewrite(path, own, outputs);
    for (const [i, block] of own.entries()) {
      const sessions = sessionsOf(block.code);
      const wrong = sessions.findIndex(({ says }, k) => !agrees(says, outputs[i][k]));
      const stale =
        wrong >= 0 && `says otherwise below $ ${sessions[wrong].command}, where --write writes:\n${outputs[i][wrong]}`;
      report(block, sessions.length === 0 ? 'has no command' : (!write && stale) || undefined);
    }
  }
}
