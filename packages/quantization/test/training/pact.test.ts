import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import { dequantizeValues, pact } from '../../src/index.ts';
import { floats, golden, normals } from '../helpers.ts';

interface Case {
  bits: number;
  shape: number[];
  alpha: number;
  x: string;
  dy: string;
  y: string;
  dx: string;
  da: number;
}

describe('pact', () => {
  test("pact has the values and gradients of the paper's equations under torch, in float64", async () => {
    for (const { bits, shape, alpha, da, ...c } of golden<Case>('pact')) {
      const name = `${bits} bits, ${alpha}`;
      const [x, dy, a] = [tf.tensor(floats(c.x), shape), tf.tensor(floats(c.dy), shape), tf.scalar(alpha)];
      const y = await valuesOf(pact(x, a, { bits }));
      // alpha, the step and the product are rounded to float32; no entry lies within 2^-20 of a tie.
      for (const [i, v] of floats(c.y).entries())
        expect(Math.abs(y[i]! - v), name).toBeLessThanOrEqual(2 ** -22 * Math.abs(v));
      const [dx, dAlpha] = tf.grads((x, a) => pact(x, a, { bits }))([x, a], dy) as [tf.Tensor, tf.Tensor];
      // + 0 makes a -0 of either a +0.
      expect(
        (await valuesOf(dx)).map((v) => v + 0),
        name,
      ).toEqual(floats(c.dx).map((v) => v + 0));
      expect(dAlpha.shape).toEqual([]);
      // 30 summands below 4, added in float32.
      expect(Math.abs((await valuesOf(dAlpha))[0]! - da), name).toBeLessThanOrEqual(30 * 30 * 4 * 2 ** -24);
      tf.dispose([x, dy, a]);
    }
  });

  test('pact gives multiples of the float32 step, bit for bit', async () => {
    const values = normals(60, 1, 0.5, 12);
    const alpha = Math.fround(1.3);
    for (const bits of [2, 5, 8]) {
      const most = 2 ** bits - 1;
      const scale = Math.fround(alpha / most);
      const inverse = Math.fround(1 / scale);
      const codes = Uint8Array.from(values, (x) => Math.min(Math.max(Math.round(Math.fround(x * inverse)), 0), most));
      const dtype = `uint${bits}` as 'uint8';
      const [x, a] = [tf.tensor1d(values), tf.scalar(alpha)];
      const got = await valuesOf(pact(x, a, { bits }));
      const scales = Float32Array.of(scale);
      expect(got).toEqual(dequantizeValues({ dtype, shape: [60], block: [60], codes, scales, zeroPoints: null }));
      tf.dispose([x, a]);
    }
  });

  test('pact takes no entries, the size of alpha, and 4 bits by default', async () => {
    const [none, x, minus, plus] = [tf.zeros([0, 2]), tf.tensor1d([0.4, 20]), tf.scalar(-15), tf.scalar(15)];
    expect(await valuesOf(pact(none, plus))).toHaveLength(0);
    expect([...(await valuesOf(pact(x, minus)))]).toEqual([0, 15]);
    expect([...(await valuesOf(pact(x, plus)))]).toEqual([0, 15]);
    const slope = await valuesOf(tf.grad((a) => pact(x, a))(minus));
    expect([...slope]).toEqual([-1]);
    tf.dispose([none, x, minus, plus]);
  });

  test('pact lets alpha learn: it moves to where the targets end', async () => {
    const x = tf.tensor1d([1, 2, 3, 4]);
    const alpha = tf.variable(tf.scalar(4));
    const optimizer = tf.train.sgd(0.05);
    const loss = () => tf.sum(tf.squaredDifference(pact(x, alpha, { bits: 8 }), tf.minimum(x, 2.5))) as tf.Scalar;
    for (let i = 0; i < 60; i++) optimizer.minimize(loss, false, [alpha]);
    // Beyond 2.5 two entries pull alpha there: (alpha - 2.5) shrinks by 1 - 0.05 * 2 * 2 a step once both are clipped.
    expect(Math.abs((await valuesOf(tf.clone(alpha)))[0]! - 2.5)).toBeLessThan(0.02);
    tf.dispose([x, alpha]);
    optimizer.dispose();
  });

  test('pact leaves nothing behind, and refuses other tensors and bits', async () => {
    const [x, alpha, wide] = [tf.tensor1d([1, 2]), tf.scalar(1), tf.tensor1d([1])];
    const leak = await leakOf(() => tf.dispose(tf.grads((x, a) => pact(x, a))([x, alpha])));
    expect(leak.tensors).toBe(0);
    expect(() => pact(x, wide)).toThrow('pact: alpha must be a scalar, got [1]');
    for (const bits of [1, 9, 2.5, Number.NaN]) expect(() => pact(x, alpha, { bits })).toThrow('pact: bits must be');
    tf.dispose([x, alpha, wide]);
  });
});
