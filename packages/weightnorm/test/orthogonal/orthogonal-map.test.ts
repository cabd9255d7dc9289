import * as tf from '@tensorflow/tfjs';
import { gradientsOf, valuesAtHand } from '@weightkit/core';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type OrthogonalMapName, orthogonalMap } from '../../src/index.ts';
import { inverse, inverseAtHand } from '../../src/orthogonal/cayley.ts';
import { byOperations, householder } from '../../src/orthogonal/householder.ts';
import { product } from '../../src/orthogonal/product.ts';
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

  it('householder by loops and by operations: the same values and gradients, of any shape and signs', async () => {
    for (const [rows, cols] of [
      [1, 1],
      [5, 1],
      [7, 7],
      [12, 5],
    ] as const) {
      const x = tf.randomNormal([rows, cols], 0, 1, 'float32', 4) as tf.Tensor2D;
      const along = tf.randomNormal([rows, cols], 0, 1, 'float32', 5);
      const of = (map: (one: tf.Tensor2D) => tf.Tensor) => {
        const [slope] = gradientsOf((one) => tf.sum(tf.mul(map(one as tf.Tensor2D), along)), [x]);
        return Promise.all([valuesOf(map(x)), valuesOf(slope!)]);
      };
      const [[q, dx], [wanted, slope]] = await Promise.all([of(householder), of(byOperations)]);
      // Products of up to 7 reflections, each of sums of 12: some 84 roundings of numbers up to 1, of gradients up to 8.
      expect(maxAbsDifference(q!, wanted!)).toBeLessThan(2 ** -17);
      expect(maxAbsDifference(dx!, slope!)).toBeLessThan(2 ** -14);
      tf.dispose([x, along]);
    }
  });

  it('cayley by elimination and by iteration: the same inverse', async () => {
    const x = tf.randomNormal([9, 9], 0, 1, 'float32', 6);
    const skew = tf.sub(x, tf.transpose(x)) as tf.Tensor2D;
    const found = inverseAtHand(skew);
    expect(found === null).toBe(valuesAtHand(skew) === null);
    if (!found) return;
    // The condition of I − A / 2 is below 1 + |A| / 2, about 6: of 2^-24 and its square by the iteration.
    expect(maxAbsDifference(await valuesOf(found), await valuesOf(inverse(skew)))).toBeLessThan(2 ** -17);
  });

  it('product has the values and gradients of tf.matMul, of what is not finite too', async () => {
    const [a, b] = [tf.randomNormal([5, 7], 0, 1, 'float32', 1), tf.randomNormal([7, 3], 0, 1, 'float32', 2)] as [
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    const along = tf.randomNormal([5, 3], 0, 1, 'float32', 3);
    const of = async (multiply: (one: tf.Tensor2D, other: tf.Tensor2D) => tf.Tensor) => {
      const slopes = gradientsOf(
        (one, other) => tf.sum(tf.mul(multiply(one as tf.Tensor2D, other as tf.Tensor2D), along)),
        [a, b],
      );
      return Promise.all([multiply(a, b), ...slopes].map(valuesOf));
    };
    const [ours, theirs] = await Promise.all([of(product), of((one, other) => tf.matMul(one, other))]);
    // Sums of 7 products of numbers below 4, at 2^-24 each.
    for (const [i, one] of ours.entries()) expect(maxAbsDifference(one, theirs[i]!)).toBeLessThan(2 ** -18);
    const broken = await valuesOf(product(tf.tensor2d([[Number.NaN, 1]]), tf.tensor2d([[1], [2]])));
    expect(broken[0]).toBeNaN();
    tf.dispose([a, b, along]);
  });
});
