import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

// On wasm, whose sums are the same on every processor: it comes out again bit for bit, and rounded as it is stored.
it.runIf(tf.getBackend() === 'wasm')('the sample of BITS.md comes out again', { timeout: 300_000 }, async () => {
  const { measureSample } = await import('../../../benchmarks/bits-sample.mjs');
  const stored = JSON.parse(readFileSync(new URL('../../../benchmarks/bits.json', import.meta.url), 'utf8'));
  expect(stored.sample.cells.length).toBeGreaterThanOrEqual(4);
  const before = tf.memory().numTensors;
  expect(await measureSample(), 'stale: npm run bench:bits').toEqual(stored.sample);
  expect(tf.memory().numTensors).toBe(before);
});
