// What both cases of the example projects share.
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { examplesOf } from '../../scripts/lib/examples.mjs';
import { installExamples } from './install.mjs';
import { differenceOf } from './same-output.mjs';

const run = promisify(execFile);

/** How far what they train may be from what their pages say, on another processor. */
const TOLERANCE = 0.03;
const OUTPUT = /(?<=^```text\n)[^`]*(?=^```$)/m;

let installed;
/** One install for all of them, for whichever case comes first. */
export function folderOf(tarballs) {
  installed ??= installExamples(tarballs).then((folder) => {
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  });
  return installed;
}

/** Compares what an example printed with the block of text in its README, or puts it there. */
export function checkReadme(name, printed, write) {
  const path = join(examplesOf().find((example) => example.name === name).folder, 'README.md');
  const text = readFileSync(path, 'utf8');
  const [said] = OUTPUT.exec(text);
  if (write)
    writeFileSync(
      path,
      text.replace(OUTPUT, () => `${printed.trim()}\n`),
    );
  const difference = write ? undefined : differenceOf(said, printed, TOLERANCE);
  if (difference) throw new Error(`examples/${name}/README.md: ${difference}`);
}

/** Runs npm in an example; what is printed, npm's own lines left out. */
export async function npmIn(folder, name, args, more = {}) {
  const env = { ...process.env, ...more };
  const options = { cwd: join(folder, name), env, shell: process.platform === 'win32', timeout: 300_000 };
  const { stdout } = await run('npm', ['--silent', ...args], options);
  return stdout;
}
