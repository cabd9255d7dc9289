import * as tf from '@tensorflow/tfjs';
import { gradientsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type OrthogonalMapName, orthogonalMap } from '../../src/index.ts';
import golden from '../golden/orthogonal.json' with { type: 'json' };

const MAPS = ['matrixExp', 'cayley', 'householder'] as const;

describe('orthogonalMap', () => {
  for (const { map, shape, x, dq, q, dx } of golden.maps)
    it(`orthogonalMap by ${map} of [${shape}], entries near ${Math.abs(x[1]!).toPrecision(1)}, has torch's values and gradients`, async () => {
      const [given, along] = [x, dq].map((values) => tf.tensor2d(values, shape as [number, number]));
      const of = (one: tf.Tensor) => orthogonalMap(one, { map: map as OrthogonalMapName });
      const [gradient] = gradientsOf((one) => tf.sum(tf.mul(of(one!), along!)), [given!]);
      const [value, slope] = await Promise.all([valuesOf(of(given!)), valuesOf(gradient!)]);
      // Row sums of |A| go to 12 · 2 · 1.6: five squarings double what the sum of 12 products of 12 has, each 2^-24 and on WebGPU more. An
      // inverse has the condition of 1 + |A|² / 4, about 50 here. The gradients are sums of 144 such.
      const largest = Math.max(1, ...dx.map(Math.abs));
      for (const [i, wanted] of q.entries()) expect(Math.abs(value[i]! - wanted)).toBeLessThan(2 ** -15);
      for (const [i, wanted] of dx.entries()) expect(Math.abs(slope[i]! - wanted)).toBeLessThan(2 ** -14 * largest);
    });

  for (const map of MAPS)
    for (const [rows, cols] of [
      [16, 16],
      [9, 4],
      [3, 8],
      [1, 1],
    ] as const)
      it(`orthogonalMap by ${map} of [${rows}, ${cols}]: the shorter side is orthonormal, and nothing leaks`, async () => {
        const leak = await leakOf(async () => {
          const x = tf.randomNormal([rows, cols], 0, 0.5, 'float32', 9);
          const gram = tf.tidy(() => {
            const q = orthogonalMap(x, { map });
            return tf.matMul(q, q, rows >= cols, rows < cols);
          });
          const side = Math.min(rows, cols);
          // As above, of |A| up to 16: four squarings of a sum of 16 products.
          for (const [i, one] of (await valuesOf(gram)).entries())
            expect(Math.abs(one - (i % (side + 1) === 0 ? 1 : 0))).toBeLessThan(2 ** -16);
          x.dispose();
        });
        expect(leak).toEqual({ tensors: 0, variables: 0 });
      });

  it('orthogonalMap by matrixExp rotates by any angle, far beyond one turn', async () => {
    for (const angle of [0, 1e-6, 1, 40, 700]) {
      const [a, b, c, d] = await valuesOf(orthogonalMap(tf.tensor2d([0, 0, angle, 0], [2, 2])));
      const rounded = Math.fround(angle);
      // Each of up to 10 squarings doubles the error.
      const atMost = 2 ** -22 * Math.max(1, 2 * angle);
      for (const [got, wanted] of [
        [a, Math.cos(rounded)],
        [b, -Math.sin(rounded)],
        [c, Math.sin(rounded)],
        [d, Math.cos(rounded)],
      ] as const)
        expect(Math.abs(got! - wanted)).toBeLessThan(atMost);
    }
  });

  it('orthogonalMap by householder: a zero on the diagonal counts as positive', async () => {
    expect((await valuesOf(orthogonalMap(tf.zeros([2, 1])))).map((x) => x + 0)).toEqual(Float32Array.of(-1, 0));
  });
});
