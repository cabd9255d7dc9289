import * as tf from '@tensorflow/tfjs';
import { gradientsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type StandardizeWeightOptions, standardizeWeight } from '../../src/index.ts';
import golden from '../golden/standardize-weight.json' with { type: 'json' };

/** The value, and the gradient of Σ value · dy. */
async function run(w: tf.Tensor, dy: tf.Tensor, options: StandardizeWeightOptions) {
  const value = standardizeWeight(w, options);
  const [slope] = gradientsOf((one) => tf.sum(tf.mul(standardizeWeight(one!, options), dy)), [w]);
  return Promise.all([valuesOf(value), valuesOf(slope!)]);
}

describe('standardizeWeight', () => {
  for (const { call, axis, scaled, epsilon, gamma, shape, w, dy, ...wanted } of golden.cases)
    it(`standardizeWeight and its gradient equal ${call}, scale ${Math.abs(w[0]!).toPrecision(1)}`, async () => {
      const options = { axis, scaled, epsilon, gamma };
      const [y, dw] = await run(tf.tensor(w, shape), tf.tensor(dy, shape), options);
      // Sums of up to 12 numbers, a root and four quotients: 2^5 roundings of the largest, of 2^-24, on WebGPU up to 2^-22. Means of
      // twice the deviation lose one bit more.
      const atMost = (x: number[]) => 2 ** -16 * Math.max(...x.map(Math.abs));
      expect(maxAbsDifference(y, wanted.y)).toBeLessThan(atMost(wanted.y));
      expect(maxAbsDifference(dw, wanted.dw)).toBeLessThan(atMost(wanted.dw));
    });

  for (const scaled of [false, true])
    for (const epsilon of [undefined, 0])
      it(`standardizeWeight of equal entries is 0 with finite gradients, scaled ${scaled}, epsilon ${epsilon}`, async () => {
        const values = [0.1, 0, 1e30, -7].flatMap((x) => [x, x, x]);
        const w = tf.transpose(tf.tensor2d(values, [4, 3]));
        const dy = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 5, 2], [3, 4]);
        const [y, dw] = await run(w, dy, { scaled, ...(epsilon === undefined ? {} : { epsilon }) });
        expect(y).toEqual(new Float32Array(12));
        expect(dw.every(Number.isFinite)).toBe(true);
        if (epsilon === 0) expect(dw.map(Math.abs)).toEqual(new Float32Array(12));
        // dy without its mean over √ε: in the first column (1 − 5) / √ε.
        else expect(Math.abs(dw[0]! / (-4 / (scaled ? 1e-2 : Math.sqrt(1e-5))) - 1)).toBeLessThan(2 ** -19);
      });

  it('standardizeWeight neither overflows nor underflows, and does not see what is added or multiplied', async () => {
    const base = [1, -2, 4, 0.5, 8, 3];
    const unit = await valuesOf(standardizeWeight(tf.tensor2d(base, [6, 1]), { epsilon: 0 }));
    for (const [factor, offset] of [
      [2 ** 100, 0],
      [2 ** -90, 0],
      [1, 1024],
      [-4, 16],
    ] as const) {
      const w = tf.tensor2d(
        base.map((x) => x * factor + offset),
        [6, 1],
      );
      const same = await valuesOf(standardizeWeight(w, { epsilon: 0 }));
      const signed = unit.map((x) => x * Math.sign(factor));
      // Of sums of 6 and two quotients, each with up to 2^-22.
      expect(maxAbsDifference(same, signed)).toBeLessThan(2 ** -19);
    }
    const far = tf.tensor2d([1e25, -1e25, 3, 4], [2, 2]);
    const [y, dw] = await run(far, tf.tensor2d([1, 0, 0, 1], [2, 2]), {});
    expect(maxAbsDifference(y, [1, -1, -1, 1])).toBeLessThan(1e-4);
    expect(dw.every(Number.isFinite)).toBe(true);
  });

  for (const scaled of [false, true])
    it(`standardizeWeight, scaled ${scaled}: units have mean 0 and their variance, by any axes, and nothing leaks`, async () => {
      const leak = await leakOf(async () => {
        const w = tf.randomNormal([3, 4, 2, 2], 0.5, 2, 'float32', 5);
        for (const axis of [-1, 0, [1, 3], null]) {
          const [mean, square] = tf.tidy(() => {
            const y = standardizeWeight(w, { axis, scaled, epsilon: 0, gamma: 1.5 });
            const axes = (axis === null ? [] : [axis].flat()).map((one) => (one + 4) % 4);
            const others = [0, 1, 2, 3].filter((i) => !axes.includes(i));
            const all = tf.sum(tf.square(y), others);
            return [tf.mean(y, others), scaled ? all : tf.div(all, (w.size / all.size) | 0)] as [tf.Tensor, tf.Tensor];
          });
          for (const one of await valuesOf(mean)) expect(Math.abs(one)).toBeLessThan(2 ** -19);
          for (const one of await valuesOf(square)) expect(Math.abs(one - 2.25)).toBeLessThan(2 ** -16);
          tf.dispose([mean, square]);
        }
        gradientsOf((one) => tf.sum(standardizeWeight(one!, { scaled })), [w]).map((one) => one.dispose());
        w.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    });

  it('standardizeWeight refuses what it cannot take', () => {
    const w = tf.ones([2, 2]);
    for (const [options, message] of [
      [{ axis: 2 }, 'standardizeWeight: axis must be an integer in [-2, 2), got 2'],
      [{ epsilon: -1 }, 'standardizeWeight: epsilon must be 0 or more, and finite in float32, got -1'],
      [{ gamma: 0 }, 'standardizeWeight: gamma must be above 0, and finite in float32, got 0'],
      [{ scaled: 1 }, 'standardizeWeight: scaled must be true or false, got 1'],
      [{ eps: 1 }, 'standardizeWeight: options must be among axis, scaled, epsilon, gamma, got "eps"'],
    ] as const)
      expect(() => standardizeWeight(w, options as never)).toThrow(message);
    expect(() => standardizeWeight(tf.scalar(1), { axis: null })).toThrow('w must have an axis or more');
  });
});
