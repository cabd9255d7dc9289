// The example projects, installed by npm from their own package.json with the packed packages, and run as their READMEs say.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkReadme, folderOf, npmIn } from '../lib/examples.mjs';

/** Where the published model is on this machine; users take it from a CDN. */
const MODEL = fileURLToPath(new URL('../node_modules/@upscalerjs/default-model/models/model.json', import.meta.url));

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
    const printed = await npmIn(folder, name, ['start'], { MODEL, TF_CPP_MIN_LOG_LEVEL: '3' });
    says.push(check(printed, folder));
    checkReadme(name, printed, outputs);
  }
  return says.join(', ');
}
