import * as tf from '@tensorflow/tfjs';
import { fillNormal, haarOrthogonal, randomKey } from '@weightkit/numerics';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { linearCka } from '../../src/representations/linear-cka.ts';
import golden from '../golden/representations.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

const normal = (shape: [number, number], seed: number) =>
  tf.tensor2d(fillNormal(new Float32Array(shape[0] * shape[1]), randomKey(seed)), shape);
const rotation = (size: number, seed: number) =>
  tf.tensor2d(Float32Array.from(haarOrthogonal(size, size, randomKey(seed))), [size, size]);

describe('linearCka', () => {
  it.each(golden.cases)(
    'linearCka equals the definitions in numpy: $call',
    async ({ x, y, shift, plain, debiased }) => {
      const [a, b] = [goldenTensor(x), tf.add(goldenTensor(y), shift)];
      // Adding 5 rounds float32 values of 1 by up to 2^-22; the criteria are sums of at most 400 products of these.
      const most = shift === 0 ? 1e-11 : 1e-4;
      expect(Math.abs((await linearCka(a, b, { debiased: false })) - plain)).toBeLessThan(most);
      expect(Math.abs((await linearCka(a, b)) - debiased)).toBeLessThan(most);
      expect(await linearCka(b, a)).toBeCloseTo(await linearCka(a, b), 12);
    },
  );

  it('linearCka does not change when features are rotated, shifted, scaled, or in another order', async () => {
    const [x, y] = [normal([24, 6], 1), normal([24, 9], 2)];
    const changed = tf.add(tf.mul(tf.matMul(tf.reverse(y, 1), rotation(9, 3)), -50), 7);
    for (const debiased of [true, false]) {
      const before = await linearCka(x, y, { debiased });
      // The product with the rotation is computed in float32, each entry within 9 roundings of 2^-24, on WebGPU some more.
      expect(Math.abs((await linearCka(x, changed, { debiased })) - before)).toBeLessThan(1e-4);
      expect(Math.abs((await linearCka(x, tf.matMul(x, rotation(6, 4)), { debiased })) - 1)).toBeLessThan(1e-5);
      expect(await linearCka(x, x, { debiased })).toBeCloseTo(1, 12);
    }
  });

  it('linearCka of what has nothing in common is about 0 without bias and grows with the features with it', async () => {
    const found: number[] = [];
    for (let seed = 0; seed < 20; seed++)
      found.push(await linearCka(normal([20, 60], 2 * seed), normal([20, 60], 2 * seed + 1)));
    const mean = found.reduce((sum, value) => sum + value / 20, 0);
    const spread = Math.sqrt(found.reduce((sum, value) => sum + (value - mean) ** 2 / 19, 0));
    // Four standard errors of the mean of 20.
    expect(Math.abs(mean)).toBeLessThan((4 * spread) / Math.sqrt(20));
    expect(await linearCka(normal([20, 60], 1), normal([20, 60], 2), { debiased: false })).toBeGreaterThan(0.6);
  });

  it('linearCka has the closed form of one feature each: the squared correlation', async () => {
    const [a, b] = [tf.tensor2d([1, 2, 3, 4, 6], [5, 1]), tf.tensor2d([2, 1, 4, 3, 5], [5, 1])];
    // Means 3.2 and 3: Σ (a - 3.2)(b - 3) = 10, of squares 14.8 and 10.
    expect(await linearCka(a, b, { debiased: false })).toBeCloseTo(100 / 148, 6);
    expect(await linearCka(tf.cast(a, 'int32'), b, { debiased: false })).toBeCloseTo(100 / 148, 12);
  });

  it('linearCka refuses other examples, too few, and what does not differ, by name, and leaves no tensors', async () => {
    const x = normal([6, 3], 1);
    const wrong = (a: tf.Tensor, b: tf.Tensor, options: unknown, says: string) =>
      expect(linearCka(a, b, options as object)).rejects.toThrow(`linearCka: ${says}`);
    await wrong(x, normal([5, 3], 1), {}, 'y must have 6 examples, got [5, 3]');
    await wrong(normal([3, 3], 1), x, {}, 'x must have rank 2 or more, 4 examples or more and features, got [3, 3]');
    await wrong(x, tf.tensor1d([1, 2]), {}, 'y must have rank 2 or more');
    await wrong(x, tf.ones([6, 2]), {}, 'y must differ between examples, got [6, 2]');
    await wrong(x, tf.fill([6, 2], 0.1), {}, 'y must differ between examples, got [6, 2]');
    await wrong(tf.fill([6, 2], Number.NaN), x, {}, 'entries must be finite, got NaN at x[0]');
    await wrong(x, x, { debiased: 1 }, 'debiased must be true or false, got 1');
    await wrong(x, x, { bias: true }, 'options must be among debiased');
    expect(await leakOf(() => linearCka(x, x))).toEqual({ tensors: 0, variables: 0 });
    expect(await linearCka(normal([2, 3], 1), normal([2, 2], 2), { debiased: false })).toBeCloseTo(1, 10);
  });
});
