import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orthonormal, simplex } from '../../src/index.ts';
import golden from '../golden/constraints.json' with { type: 'json' };

for (const { name, shape, w, value } of golden.nearest.cases)
  it(`${name} of [${shape}] is what scipy, or bisection, gives in float64`, async () => {
    const given = tf.tensor2d(Float32Array.from(w), shape as [number, number]);
    const got = await valuesOf(name === 'orthonormal' ? orthonormal(given, { iterations: 25 }) : simplex(given));
    // An orthonormal factor is as ill-conditioned as the smallest singular value is small: here 0.1 of the largest. A sum of 8, 25 steps.
    const atMost = name === 'orthonormal' ? 2 ** -16 : 16 * 2 ** -23;
    for (const [i, x] of value.entries()) expect(Math.abs(got[i]! - x)).toBeLessThanOrEqual(atMost);
  });

describe('simplex', () => {
  it('simplex: each unit is 0 or more and adds up to 1, what is on the simplex stays, shifts change nothing', async () => {
    const columns = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(columns, async (values) => {
        const w = tf.tensor2d(values, [4, 3]);
        const [once, twice, shifted] = tf.tidy(() => {
          const first = simplex(w);
          return [first, simplex(first), simplex(tf.add(w, 1))] as const;
        });
        const [a, b, c] = await Promise.all([valuesOf(once), valuesOf(twice), valuesOf(shifted)]);
        for (const unit of [0, 1, 2]) {
          const column = a.filter((_, i) => i % 3 === unit);
          expect(Math.min(...column)).toBeGreaterThanOrEqual(0);
          // Four differences and four sums of numbers up to 4, each rounded to 2^-24 of it, with a division on WebGPU.
          expect(Math.abs(column.reduce((sum, x) => sum + x, 0) - 1)).toBeLessThan(16 * 4 * 2 ** -23);
        }
        for (const [i, x] of a.entries()) {
          expect(Math.abs(x - b[i]!)).toBeLessThan(16 * 4 * 2 ** -23);
          // The shift itself is rounded to 2^-24 of 9.
          expect(Math.abs(x - c[i]!)).toBeLessThan(16 * 9 * 2 ** -23);
        }
        w.dispose();
      }),
      { numRuns: 12 },
    );
  });

  it('simplex over other axes, and over all of a weight', async () => {
    const w = tf.tensor([1, 0.5, 0.75, -2], [1, 2, 2]);
    expect(await valuesOf(simplex(w, { axis: 1 }))).toEqual(Float32Array.of(0.75, 0.25, 1, 0));
    expect((await valuesOf(simplex(w, { axis: null }))).map((x) => Math.round(x * 1e4))).toEqual(
      Float32Array.of(5833, 833, 3333, 0),
    );
  });
});

describe('orthonormal', () => {
  for (const shape of [
    [3, 3, 2, 4],
    [8, 8],
    [2, 6],
  ])
    it(`orthonormal of [${shape}]: the shorter side is orthonormal, and it leaves no tensor behind`, async () => {
      const leak = await leakOf(async () => {
        const w = tf.randomNormal(shape, 0, 1, 'float32', 3);
        const units = shape.at(-1)!;
        const product = tf.tidy(() => {
          const matrix = tf.reshape(orthonormal(w, { iterations: 30 }), [-1, units]);
          const isTall = matrix.shape[0]! >= units;
          return tf.matMul(matrix, matrix, isTall, !isTall);
        });
        const side = product.shape[0]!;
        const got = await valuesOf(product);
        // The last step rounds sums of up to 18 products below 1.
        for (const [i, x] of got.entries()) expect(Math.abs(x - (i % (side + 1) === 0 ? 1 : 0))).toBeLessThan(2 ** -18);
        w.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    });

  it('orthonormal of zeros is zero, and of huge entries finite', async () => {
    expect(await valuesOf(orthonormal(tf.zeros([2, 2])))).toEqual(new Float32Array(4));
    const huge = await valuesOf(orthonormal(tf.tensor2d([3e30, 0, 0, 2e30], [2, 2])));
    expect(huge.map((x) => Math.round(x * 1000))).toEqual(Float32Array.of(1000, 0, 0, 1000));
  });
});
