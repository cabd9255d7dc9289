// The example projects, installed by npm from their own package.json with the packed packages, and run as their READMEs say.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { examplesOf } from '../../scripts/lib/examples.mjs';
import { installExamples } from '../lib/install.mjs';
import { differenceOf } from '../lib/same-output.mjs';

const run = promisify(execFile);
const shell = process.platform === 'win32';

/** Where the published model is on this machine; users take it from a CDN. */
const MODEL = fileURLToPath(new URL('../node_modules/@upscalerjs/default-model/models/model.json', import.meta.url));

/** How far what they train may be from what their pages say, on another processor. */
const TOLERANCE = 0.03;
const OUTPUT = /(?<=^```text\n)[^`]*(?=^```$)/m;

let installed;
/** One install for all of them, for whichever case comes first. */
function folderOf(tarballs) {
  installed ??= installExamples(tarballs).then((folder) => {
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  });
  return installed;
}

/** Compares what an example printed with the block of text in its README, or puts it there. */
function checkReadme(name, printed, write) {
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

/** Runs `npm start` in an example; what it prints, npm's own lines left out. */
async function start(folder, name) {
  const env = { ...process.env, MODEL, TF_CPP_MIN_LOG_LEVEL: '3' };
  const { stdout } = await run('npm', ['--silent', 'start'], { cwd: join(folder, name), env, shell, timeout: 180_000 });
  return stdout;
}

/** The numbers that stand before a unit. */
const numbers = (text, unit) =>
  [...text.matchAll(new RegExp(`([\\d.]+) ${unit}`, 'g'))].map(([, number]) => Number(number));

/** What must be true of each, whatever the processor. */
const CHECKS = {
  'node-prune'(printed) {
    const [trained, pruned, reloaded, same] = numbers(printed, '%');
    const [, dense, , zeros, , small] = numbers(printed, 'kB');
    assert.ok(trained > 90 && pruned > trained - 2, `${trained} % trained, ${pruned} % pruned`);
    assert.ok(Math.abs(reloaded - pruned) < 0.5 && same > 99.5, `${reloaded} % reloaded, ${same} % the same`);
    assert.ok(dense > 6 * zeros && zeros > 2 * small, `${dense}, ${zeros}, ${small} kB`);
    assert.match(printed, /, 0 are not$/m);
    assert.match(printed, /^tensors left behind: 0$/m);
    return `node-prune ${trained} to ${pruned} %`;
  },
  'shrink-published'(printed) {
    const [before, half, , quarter] = numbers(printed, 'kB');
    assert.ok(half < 0.51 * before && quarter < 0.26 * before, `${before}, ${half}, ${quarter} kB`);
    const [same] = numbers(printed, '%');
    const [worst, worse] = [...printed.matchAll(/at most (\d+) of 255/g)].map(([, steps]) => Number(steps));
    assert.ok(same > 98 && worst === 1 && worse <= 8, `${same} % the same, ${worst} and ${worse} steps`);
    assert.match(printed, /^tensors left behind: 0$/m);
    return `shrink-published ${same} % the same`;
  },
  sweep(printed, folder) {
    const gain = (name) =>
      Number(/([+-][\d.]+), from/.exec(printed.split('\n').find((line) => line.startsWith(`| ${name} `)))[1]);
    assert.ok(gain('heNormal') > 0 && gain('orthogonal') > 0 && gain('torchDefault') < 0, printed);
    assert.match(printed, /tensors left behind: 0$/m);
    const page = readFileSync(join(folder, 'sweep/out/report.html'), 'utf8');
    assert.ok(page.startsWith('<!doctype html>') && page.includes('Loss while learning'));
    for (const file of ['report.md', 'curves.svg', 'gains.svg'])
      assert.ok(existsSync(join(folder, 'sweep/out', file)), file);
    return `sweep ${gain('orthogonal')} points`;
  },
};

export async function examples({ tarballs, outputs }) {
  const folder = await folderOf(tarballs);
  const says = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    const printed = await start(folder, name);
    says.push(check(printed, folder));
    checkReadme(name, printed, outputs);
  }
  return says.join(', ');
}
