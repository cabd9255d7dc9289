import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fillNormal, magnitudeMask, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { root } from '../lib/root.mjs';

/** A document on one line, as a reader reads it. */
const textOf = (path: string) => readFileSync(join(root, path), 'utf8').replaceAll(/\s+/g, ' ');

// In tenths: versions of zlib differ by less.
it('a million pruned weights compress as the README and the page of pruning say', () => {
  const weights = fillNormal(new Float32Array(1e6), randomKey(0));
  const mask = magnitudeMask(weights, 200_000);
  const pruned = weights.map((weight, i) => (mask[i] ? weight : 0));
  const mega = (values: Float32Array) => (gzipSync(Buffer.from(values.buffer)).length / 1e6).toFixed(1);
  expect(pruned.filter((weight) => weight === 0)).toHaveLength(800_000);
  const says = `from 4.0 MB to ${mega(weights)} MB, and with 80 % of them pruned by magnitude to ${mega(pruned)} MB`;
  for (const path of ['packages/pruning/README.md', 'website/docs/start/pruning.md'])
    expect(textOf(path).includes(says), `${path}: ${says}`).toBe(true);
});

it('the bins of lesson 10 hold as many entries as the page says', () => {
  // 100 bins from -0.7 to 0.7; a layer of n inputs starts within 1 / sqrt(n).
  const perBin = (inputs: number, units: number) => (inputs * units * 0.014) / (2 / Math.sqrt(inputs));
  const page = textOf('lessons/weights-during-learning/lesson.mdx');
  const first = Math.round(perBin(784, 64) / 100) * 100;
  const last = Math.round(perBin(32, 10));
  const says = [
    `the first kernel has ${first.toLocaleString('en-US')} entries per bin of ±0.7, the last one has ${last}`,
    `a count of ${last} has a standard error of ${Math.sqrt(last).toFixed(1)}`,
  ];
  for (const sentence of says) expect(page.includes(sentence), sentence).toBe(true);
});
