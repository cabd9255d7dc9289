import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { maxNorm, minMaxNorm, nonNeg, unitNorm } from '../../src/index.ts';
import golden from '../golden/constraints.json' with { type: 'json' };

const call = { maxNorm, minMaxNorm, unitNorm };

for (const { name, kind, options, axis, shape, w, value } of golden.keras.cases)
  it(`${name}(${JSON.stringify(options)}) of ${kind}, entries near ${Math.abs(w[0]!).toPrecision(1)}, is what keras.constraints gives`, async () => {
    const given = tf.tensor(Float32Array.from(w), shape);
    const result = options === null ? nonNeg(given) : call[name as 'maxNorm'](given, { ...options, axis });
    const got = await valuesOf(result);
    // Both in float32: a sum of up to 12 squares, a root, two sums, a division and a product; 5 ulp of 2^-23 each on WebGPU.
    for (const [i, x] of value.entries())
      expect(Math.abs(got[i]! - x)).toBeLessThanOrEqual(20 * 5 * 2 ** -23 * Math.abs(x));
  });

it('maxNorm, unitNorm, minMaxNorm of zero units give zeros, with epsilon 0 too, and of huge ones no infinity', async () => {
  const w = tf.tensor2d([0, 3e30, 0, 4e30], [2, 2]);
  for (const epsilon of [0, 1e-7]) {
    expect((await valuesOf(unitNorm(w, { epsilon }))).map((x) => Math.round(x * 1000))).toEqual(
      Float32Array.of(0, 600, 0, 800),
    );
    expect((await valuesOf(maxNorm(w, { epsilon, maxValue: 10 }))).map(Math.round)).toEqual(
      Float32Array.of(0, 6, 0, 8),
    );
    expect((await valuesOf(minMaxNorm(w, { epsilon, minValue: 5, maxValue: 10 }))).map(Math.round)).toEqual(
      Float32Array.of(0, 6, 0, 8),
    );
  }
});

it('maxNorm, unitNorm, minMaxNorm over several axes of units, or none, leave no tensor behind', async () => {
  const leak = await leakOf(async () => {
    const w = tf.ones([2, 3, 4]);
    for (const [axis, length] of [
      [[1, 2], Math.sqrt(2)],
      [null, Math.sqrt(24)],
      [0, Math.sqrt(12)],
    ] as const)
      for (const result of [
        unitNorm(w, { axis }),
        maxNorm(w, { axis, maxValue: 1 }),
        minMaxNorm(w, { axis, rate: 1 }),
      ]) {
        // As above.
        for (const x of await valuesOf(result)) expect(Math.abs(x * length - 1)).toBeLessThan(2 ** -17);
      }
    w.dispose();
  });
  expect(leak).toEqual({ tensors: 0, variables: 0 });
});
