import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import { dequantizeValues, initialStep, type LearnedStepOptions, learnedStep } from '../../src/index.ts';
import { floats, golden, normals } from '../helpers.ts';

interface Case {
  dtype: NonNullable<LearnedStepOptions['dtype']>;
  axis: number | null;
  shape: number[];
  w: string;
  dy: string;
  step: string;
  initial: string;
  y: string;
  dw: string;
  ds: string;
}

const CASES = golden<Case>('learned-step');
const stepTensor = (values: Float32Array, axis: number | null) =>
  axis === null ? tf.scalar(values[0]!) : tf.tensor1d(values);

describe("learnedStep: the paper's pseudo-code under torch's autograd, in float64", () => {
  test('values, gradients of weights and of steps are those', async () => {
    for (const { dtype, axis, shape, ...c } of CASES) {
      const name = `${dtype} ${axis}`;
      const [w, dy, step] = [
        tf.tensor(floats(c.w), shape),
        tf.tensor(floats(c.dy), shape),
        stepTensor(floats(c.step), axis),
      ];
      const y = await valuesOf(learnedStep(w, step, { dtype, axis }));
      const [dw, ds] = tf.grads((w, s) => learnedStep(w, s, { dtype, axis }))([w, step], dy) as [tf.Tensor, tf.Tensor];
      // One rounding to float32 of values below 1.3; no w / s of these lies within 2^-20 of a tie or an end.
      for (const [i, x] of floats(c.y).entries())
        expect(Math.abs(y[i]! - x), name).toBeLessThanOrEqual(2 ** -23 * Math.abs(x));
      expect(
        (await valuesOf(dw)).map((x) => x + 0),
        name,
      ).toEqual(floats(c.dw).map((x) => x + 0));
      expect(ds.shape).toEqual(step.shape);
      // At most 30 products of |dy| < 4 and |code - v| <= 255, each off by 2^-22 of 255, over sqrt(n Qp) >= sqrt(5 * 1).
      const scale = { int2: 2, int3: 4, int4: 8, int8: 128, uint2: 3, uint3: 7, uint4: 15, uint8: 255 }[
        dtype as 'int2'
      ];
      const wanted = floats(c.ds);
      for (const [i, x] of (await valuesOf(ds)).entries())
        expect(Math.abs(x - wanted[i]!), name).toBeLessThanOrEqual((30 * 4 * scale * 2 ** -22) / Math.sqrt(5));
      tf.dispose([w, dy, step]);
    }
  });

  test('initialStep is 2 mean |w| / sqrt(Qp)', async () => {
    for (const { dtype, axis, shape, ...c } of CASES) {
      const w = tf.tensor(floats(c.w), shape);
      const got = await valuesOf(initialStep(w, { dtype, axis }));
      w.dispose();
      // 30 magnitudes are summed in float32, and there are three roundings more.
      for (const [i, x] of floats(c.initial).entries())
        expect(Math.abs(got[i]! / x - 1)).toBeLessThanOrEqual(33 * 2 ** -24);
    }
  });
});

describe('learnedStep: values', () => {
  const values = normals(60, 0.3, 0, 5);
  const shape = [3, 5, 4];

  test('learnedStep gives what codes and steps stand for, bit for bit', async () => {
    for (const [axis, block] of [
      [null, [3, 5, 4]],
      [1, [3, 1, 4]],
      [-1, [3, 5, 1]],
    ] as const)
      for (const dtype of ['int2', 'int4', 'int8'] as const) {
        const count = axis === null ? 1 : shape.at(axis)!;
        const scales = normals(count, 0.01, 0.05, 8);
        const [w, step] = [tf.tensor(values, shape), stepTensor(scales, axis)];
        const got = await valuesOf(learnedStep(w, step, { dtype, axis }));
        tf.dispose([w, step]);
        const indexOf = (i: number) => (axis === null ? 0 : axis === 1 ? Math.floor(i / 4) % 5 : i % 4);
        const most = 2 ** (Number(dtype.slice(3)) - 1) - 1;
        const codes = Int8Array.from(values, (x, i) => {
          const v = Math.fround(x * Math.fround(1 / scales[indexOf(i)]!));
          const low = Math.floor(v);
          const near = v - low === 0.5 ? low + (low % 2 === 0 ? 0 : 1) : Math.round(v);
          return Math.min(Math.max(near, -most - 1), most);
        });
        const exact = dequantizeValues({ dtype, shape, block: [...block], codes, scales, zeroPoints: null });
        expect(got, `${dtype} ${axis}`).toEqual(exact);
      }
  });

  test('learnedStep takes a step by its size, and one of 0 as the least', async () => {
    const w = tf.tensor1d([-3, 0.2, 0.6, 9]);
    const steps = [tf.scalar(0.5), tf.scalar(-0.5), tf.scalar(0)];
    const [one, other, none] = await Promise.all(steps.map((s) => valuesOf(learnedStep(w, s, { dtype: 'int4' }))));
    expect([...one!]).toEqual([-3, 0, 0.5, 3.5]);
    expect(other).toEqual(one);
    expect(Math.max(...none!.map(Math.abs))).toBeLessThanOrEqual(8 * 2 ** -126);
    tf.dispose([w, ...steps]);
  });

  test('initialStep of zeros is 1, and of a channel of zeros', async () => {
    const w = tf.tensor2d([
      [0, 1],
      [0, -3],
    ]);
    expect([...(await valuesOf(initialStep(w, { dtype: 'int2', axis: 1 })))]).toEqual([1, 4]);
    w.dispose();
  });

  test('learnedStep lets the step learn: it comes nearer to the values than where it began', async () => {
    const target = tf.tensor1d(normals(64, 0.5, 0, 9));
    const step = tf.variable(tf.scalar(2));
    const optimizer = tf.train.sgd(0.2);
    const loss = () => tf.sum(tf.squaredDifference(learnedStep(target, step, { dtype: 'int3' }), target)) as tf.Scalar;
    const before = (await valuesOf(loss()))[0]!;
    for (let i = 0; i < 40; i++) optimizer.minimize(loss, false, [step]);
    const after = (await valuesOf(loss()))[0]!;
    // At 2 all of them are 0 or ±2; three bits at a good step leave less than a twentieth of the squares.
    expect(after).toBeLessThan(before / 4);
    tf.dispose([target, step]);
    optimizer.dispose();
  });

  test('learnedStep leaves nothing behind', async () => {
    const [w, step] = [tf.tensor(values, shape), tf.tensor1d([0.1, 0.2, 0.3, 0.4])];
    const leak = await leakOf(() => {
      tf.dispose(tf.grads((w, s) => learnedStep(w, s, { axis: 2 }))([w, step]));
      initialStep(w).dispose();
    });
    expect(leak.tensors).toBe(0);
    tf.dispose([w, step]);
  });

  test('learnedStep and initialStep refuse steps of another shape, an axis that is not there and empty tensors', () => {
    const [w, step, empty] = [tf.ones([2, 3]), tf.tensor1d([1, 2]), tf.zeros([0])];
    expect(() => learnedStep(w, step)).toThrow('learnedStep: step must have shape [], got [2]');
    expect(() => learnedStep(w, step, { axis: 1 })).toThrow('learnedStep: step must have shape [3], got [2]');
    expect(() => learnedStep(w, step, { axis: 2 })).toThrow('learnedStep: axis must be');
    expect(() => learnedStep(w, step, { dtype: 'nf4' as 'int4' })).toThrow('dtype must be among int2 to int8');
    expect(() => initialStep(empty)).toThrow('initialStep: w must have an entry or more, got [0]');
    tf.dispose([w, step, empty]);
  });
});
