import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import { type AffineQuantized, dequantize, fakeQuantize, quantize } from '../../src/index.ts';
import { normals } from '../helpers.ts';

const fake = (values: Float32Array, options?: Parameters<typeof fakeQuantize>[1]) => {
  const w = tf.tensor1d(values);
  const result = fakeQuantize(w, options);
  w.dispose();
  return valuesOf(result);
};

describe('fakeQuantize: values', () => {
  // More than 2^14 entries are rounded by one operation on tfjs-node, ranges of other sizes than its own by many.
  const inputs: [string, Float32Array][] = [
    ['many', normals(20_000, 0.05)],
    ['many positive', normals(20_000, 0.1, 3)],
    ['many negative', normals(20_000, 0.1, -3)],
    ['many 0 to 1', normals(20_000).map(Math.abs)],
    ['many tiny', normals(20_000).map((x) => x * 2 ** -90)],
    ['many large', normals(20_000).map((x) => x * 2 ** 123)],
    ['normal', normals(5000, 0.05)],
    ['positive', normals(5000, 0.1, 3)],
    ['negative', normals(5000, 0.1, -3)],
    ['0 to 1', normals(5000).map(Math.abs)],
    ['tiny', normals(5000).map((x) => x * 2 ** -90)],
    ['large', normals(5000).map((x) => x * 2 ** 123)],
    ['symmetric', Float32Array.from({ length: 513 }, (_, i) => i / 256 - 1)],
  ];

  // Float32: scale is off by 3 · 2^-24 of itself, a code before rounding by 2 · 2^-24 · levels more, the product and the sum by
  // 2^-24 each: 2^-20 M in all, with room. A code within levels · 2^-21 of a tie may go the other way, which happens to a share of
  // levels · 2^-20 of the entries, 6 % for uint16; 10 % is the limit here. Where the zero point itself is a tie (symmetric) only the clipped ends move.
  test.each(inputs)(
    'fakeQuantize(%s) is dequantize(quantize(w)) but for float32 rounding and ties',
    async (_, values) => {
      for (const dtype of ['uint8', 'uint16'] as const) {
        const quantized = quantize(values, { dtype }) as AffineQuantized;
        const exact = dequantize(quantized);
        const got = await fake(values, { dtype });
        const slack = 2 ** -20 * values.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
        const off = got.map((x, i) => Math.abs(x - exact[i]!));
        const error = got.map((x, i) => Math.abs(x - values[i]!));
        const flipped = off.filter((d) => d > slack).length;
        expect(off.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(quantized.scale + slack);
        expect(error.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(quantized.scale / 2 + slack);
        expect(flipped / values.length).toBeLessThanOrEqual(dtype === 'uint8' ? 0.01 : 0.1);
      }
    },
  );

  test('fakeQuantize(w) is dequantize(quantize(w)), bit for bit, where values are at hand', async () => {
    if (!['cpu', 'wasm', 'tensorflow'].includes(tf.getBackend())) return;
    for (const [, values] of inputs)
      for (const dtype of ['uint8', 'uint16'] as const) {
        const some = values.subarray(0, 5000);
        expect(await fake(some, { dtype })).toEqual(dequantize(quantize(some, { dtype })));
      }
  });

  test('fakeQuantize(w) of many entries keeps 0 exact, constants as they are, and passes NaN on but for wasm', async () => {
    const values = normals(20_000, 0.7, 0.3).map((x, i) => (i % 3 ? x : 0));
    for (const bits of [2, 3, 8, 11, 16]) {
      const got = await fake(values, { bits });
      expect(got.filter((x, i) => values[i] === 0 && !Object.is(x, 0))).toHaveLength(0);
      expect(new Set(got).size).toBeLessThanOrEqual(2 ** bits);
    }
    const constant = new Float32Array(20_000).fill(0.3);
    expect(await fake(constant)).toEqual(constant);
    values[777] = Number.NaN;
    const got = await fake(values);
    if (tf.getBackend() !== 'wasm') expect(got[777]).toBeNaN();
  });

  test('fakeQuantize(w) keeps every 0 exact', async () => {
    const values = normals(1000, 0.7, 0.3).map((x, i) => (i % 3 ? x : 0));
    for (const bits of [2, 3, 4, 8, 11, 16]) {
      const got = await fake(values, { bits });
      expect(got.filter((x, i) => values[i] === 0 && x !== 0)).toHaveLength(0);
    }
  });

  test('fakeQuantize(w, {bits}) has at most 2^bits values and reaches them', async () => {
    const values = Float32Array.from({ length: 4001 }, (_, i) => i / 1000 - 1);
    for (const bits of [2, 3, 4, 7]) expect(new Set(await fake(values, { bits })).size).toBe(2 ** bits);
  });

  test('fakeQuantize(w, {bits: 2}) of -1, 0.4, 0.6, 2 is -1, 0, 1, 2', async () => {
    expect([...(await fake(Float32Array.of(-1, 0.4, 0.6, 2), { bits: 2 }))]).toEqual([-1, 0, 1, 2]);
  });

  test('fakeQuantize(w) rounds halves to even on the device too', async () => {
    expect([...(await fake(Float32Array.of(0, 0.5, 1.5, 2.5, 255)))]).toEqual([0, 0, 2, 2, 255]);
  });

  test('fakeQuantize(w) is uint8 by default, and bits 8 and 16 are uint8 and uint16', async () => {
    const values = normals(200);
    expect(await fake(values)).toEqual(await fake(values, { dtype: 'uint8' }));
    expect(await fake(values, { bits: 8 })).toEqual(await fake(values, { dtype: 'uint8' }));
    expect(await fake(values, { bits: 16 })).toEqual(await fake(values, { dtype: 'uint16' }));
  });

  test('fakeQuantize(w) leaves constants, zeros, single and no entries as they are', async () => {
    for (const values of [[0.3, 0.3, 0.3], [-2, -2], [0, 0], [5], []])
      expect(await fake(Float32Array.from(values))).toEqual(Float32Array.from(values));
  });

  test('fakeQuantize(fakeQuantize(w)) is on the same grid', async () => {
    const values = normals(500, 0.1);
    const once = await fake(values);
    const twice = await fake(once);
    const { scale } = quantize(values) as AffineQuantized;
    // Both ends of the once rounded range are rounded to float32, which moves the second grid by 2^-20 M at most.
    expect(Math.max(...once.map((x, i) => Math.abs(x - twice[i]!)))).toBeLessThanOrEqual(2 ** -20 * 0.5);
    expect(2 ** -20 * 0.5).toBeLessThan(scale / 100);
  });
});

describe('fakeQuantize: gradient', () => {
  test('fakeQuantize(w) passes any gradient straight through', async () => {
    const w = tf.tensor1d(normals(50));
    const dy = tf.tensor1d(normals(50, 1, 0, 2));
    const dx = tf.grad((x) => fakeQuantize(x, { bits: 3 }))(w, dy);
    expect(await dx.data()).toEqual(await dy.data());
    tf.dispose([w, dy, dx]);
  });

  test('fakeQuantize(w) has gradient 1 beside another use of w', async () => {
    const w = tf.tensor2d([
      [-1, 0.3],
      [0.4, 2],
    ]);
    const dx = tf.grad((x) => tf.sum(tf.add(fakeQuantize(x), tf.mul(x, 3))))(w);
    expect([...(await dx.data())]).toEqual([4, 4, 4, 4]);
    expect(dx.shape).toEqual([2, 2]);
    tf.dispose([w, dx]);
  });

  test('fakeQuantize(w) lets weights learn: least squares on a 3-bit grid ends within a step of the target', async () => {
    const w = tf.variable(tf.tensor1d([-1, 0.9, 0.1, 1]));
    const target = tf.tensor1d([-1, 0.2, -0.4, 1]);
    const optimizer = tf.train.sgd(0.1);
    for (let i = 0; i < 100; i++)
      optimizer.minimize(
        () => tf.mean(tf.squaredDifference(fakeQuantize(w, { bits: 3 }), target)) as tf.Scalar,
        false,
        [w],
      );
    const got = await valuesOf(fakeQuantize(w, { bits: 3 }));
    const wanted = await target.data();
    // A straight-through step ends on the grid value beside the target or swings between the two around it: one step of
    // 2 / 7, and the range moves with the ends.
    expect(Math.max(...got.map((x, i) => Math.abs(x - wanted[i]!)))).toBeLessThan((2 / 7) * 1.1);
    tf.dispose([w, target]);
    optimizer.dispose();
  });
});

describe('fakeQuantize: contract', () => {
  test('fakeQuantize(w) leaves one tensor, in the gradient too', async () => {
    const w = tf.tensor1d(normals(20));
    const one = await leakOf(() => fakeQuantize(w).dispose());
    const two = await leakOf(() =>
      tf
        .grad((x) => fakeQuantize(x))(w)
        .dispose(),
    );
    expect([one.tensors, two.tensors]).toEqual([0, 0]);
    expect(w.isDisposed).toBe(false);
    w.dispose();
  });

  test('fakeQuantize refuses bits out of range, both options, other names and other tensors', () => {
    const w = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    for (const bits of [0, 1, 17, 2.5, Number.NaN])
      expect(() => fakeQuantize(w, { bits })).toThrow(`fakeQuantize: bits must be an integer in 2..16, got ${bits}`);
    expect(() => fakeQuantize(w, { bits: 8, dtype: 'uint8' })).toThrow('options must be dtype or bits, not both');
    expect(() => fakeQuantize(w, { dtype: 'float16' as 'uint8' })).toThrow(
      'dtype must be uint8 or uint16, got "float16"',
    );
    expect(() => fakeQuantize(w, { bit: 8 } as object)).toThrow('options must be among dtype, bits, grid, got "bit"');
    const i = tf.tensor1d([1, 2], 'int32');
    expect(() => fakeQuantize(i)).toThrow('fakeQuantize: w must be a tensor of float32, got "int32"');
    i.dispose();
    expect(tf.memory().numTensors).toBe(before);
    w.dispose();
  });
});
