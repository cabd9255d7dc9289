import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, runLesson } from '@weightkit/lesson';
import { normalizeWeight, weightNorm } from '@weightkit/weightnorm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { type Arrow, gradientsOf, INPUT, lengthOf, stepped, TARGET, weightsOf } from './arrow.ts';
import { BESIDE, type Params, type Result } from './experiment.ts';
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';

const data = nodeData();
/** The first step of a small network: what is said of signals needs no more. */
const FIRST: Partial<Params> = { epochs: 0, examples: 100, units: 16 };

async function run(params: Partial<Params>): Promise<Result> {
  const { result, leaked } = await runLesson(lesson, params, { data });
  expect(leaked).toBe(0);
  return result;
}
/** First steps from the smallest scale and from the largest, which tests share. */
const firstSteps = new Map<string, Promise<[Result, Result]>>();
function firstOf(beside: Params['beside']): Promise<[Result, Result]> {
  const make = async (): Promise<[Result, Result]> => [
    await run({ ...FIRST, beside, scale: 0.1 }),
    await run({ ...FIRST, beside, scale: 10 }),
  ];
  const made = firstSteps.get(beside) ?? make();
  firstSteps.set(beside, made);
  return made;
}
const lastSignals = ({ nets }: Result) => nets.map(({ signal }) => Math.log10(signal.at(-1)!));

describe('batch and weight normalization', () => {
  it('the signal of five layers goes with the fifth power of the scale, and with every normalization but weight norm it does not move', async () => {
    for (const beside of BESIDE) {
      const [small, large] = await firstOf(beside);
      const [plain, batch, third] = lastSignals(large).map((log, i) => log - lastSignals(small)[i]!);
      // Layers of ReLU without biases are homogeneous. Five layers of some dozen roundings of 2^-24 each.
      expect(Math.abs(plain! - 10)).toBeLessThan(1e-4);
      // What batch norm adds to variances, 0.001, is felt where they are small.
      expect(Math.abs(batch!)).toBeLessThan(0.15);
      // At installation weight norm takes over the lengths, and with them the scale.
      expect(Math.abs(third! - (beside === 'weight norm' ? 10 : 0))).toBeLessThan(1e-3);
    }
  }, 60_000);

  it('the length of every unit is g, and the kernels that the figure shows are those that the library makes', async () => {
    for (const [i, { spectra }] of (await firstOf('weight norm, g = 1')).entries()) {
      const [drawn, normed, spectral, standard] = spectra;
      for (const { values, lengths } of spectra) {
        // The squares of the singular values are those of all entries.
        const squares = values.reduce((sum, value) => sum + value * value, 0);
        expect(squares / 16).toBeGreaterThanOrEqual(lengths[0] ** 2 * (1 - 1e-5));
        expect(squares / 16).toBeLessThanOrEqual(lengths[1] ** 2 * (1 + 1e-5));
      }
      // Four roundings of 2^-24 of each entry.
      for (const length of normed!.lengths) expect(Math.abs(length - 1)).toBeLessThan(1e-6);
      // 200 steps of the power iteration leave nothing of the second singular value.
      expect(Math.abs(spectral!.values[0]! - 1)).toBeLessThan(1e-4);
      expect(standard!.mean).toBeLessThan(1e-6);
      for (const length of standard!.lengths) expect(Math.abs(length - Math.SQRT2)).toBeLessThan(1e-5);
      expect(drawn!.lengths[1]).toBeGreaterThan([0.1, 10][i]!);
    }
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 5, inputShape: [10] })] });
    const handle = weightNorm(model.layers[0]!);
    const optimizer = tf.train.sgd(0.1);
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const [x, y] = [tf.randomNormal([20, 10], 0, 1, 'float32', 1), tf.ones([20, 5])];
    for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y);
    const w = handle.value();
    const lengths = tf.tidy(() => tf.norm(w, 2, 0));
    const [measured, g] = [await lengths.data(), await handle.variables.g!.data()];
    for (const [i, length] of measured.entries()) expect(Math.abs(length - Math.abs(g[i]!))).toBeLessThan(1e-5);
    tf.dispose([x, y, w, lengths]);
    handle.fold();
    model.dispose();
    optimizer.dispose();
  });

  it('from ×0.1 and from ×10 batch norm learns in a few steps, about as well from both, and is ahead of no normalization', async () => {
    const ends: number[] = [];
    for (const scale of [0.1, 10]) {
      const { nets } = await run({ scale, units: 16, examples: 100, epochs: 6, rate: 0.03, seed: 20 });
      const [plain, batch] = nets.map(({ losses }) => losses.slice(-3).reduce((sum, loss) => sum + loss / 3, 0));
      expect(plain! - batch!).toBeGreaterThan(0.2);
      ends.push(batch!);
    }
    // Guessing has 2.30.
    expect(Math.max(...ends)).toBeLessThan(2);
    expect(Math.abs(ends[1]! - ends[0]!)).toBeLessThan(0.3);
  }, 60_000);

  it('the gradient of v stands at a right angle to it, is that of the library, and no step makes v shorter', async () => {
    const part = fc.double({ min: 0.2, max: 3, noNaN: true });
    fc.assert(
      fc.property(part, part, part, (x, y, g) => {
        const arrow: Arrow = { v: [x, -y], g };
        const { v } = gradientsOf(arrow);
        expect(Math.abs(v[0] * x - v[1] * y)).toBeLessThan(1e-9);
        expect(lengthOf(stepped(arrow, 0.3).v)).toBeGreaterThanOrEqual(lengthOf(arrow.v) * (1 - 1e-12));
        expect(lengthOf(weightsOf(arrow))).toBeCloseTo(g, 9);
        // Twice as long, the gradient is half as long.
        const half = gradientsOf({ v: [2 * x, -2 * y], g }).v;
        expect(2 * half[0]).toBeCloseTo(v[0], 9);
      }),
    );
    const arrow: Arrow = { v: [-0.6, 1.1], g: 1.4 };
    const loss = (v: tf.Tensor, g: tf.Tensor) => {
      const output = tf.sum(tf.mul(normalizeWeight(v, g, { axis: -1 }), tf.tensor2d([[INPUT[0]], [INPUT[1]]])));
      return tf.mul(tf.square(tf.sub(output, TARGET)), 0.5) as tf.Scalar;
    };
    const [dv, dg] = tf.tidy(() =>
      tf.grads(loss)([tf.tensor2d([[arrow.v[0]], [arrow.v[1]]]), tf.tensor1d([arrow.g])]),
    ) as [tf.Tensor, tf.Tensor];
    const { v, g } = gradientsOf(arrow);
    const [byV, byG] = [await dv.data(), await dg.data()];
    tf.dispose([dv, dg]);
    for (const i of [0, 1] as const) expect(byV[i]!).toBeCloseTo(v[i], 5);
    expect(byG[0]!).toBeCloseTo(g, 5);
  });

  it('answers what the page asks: with batch norm the signal of ten layers hardly grows, and without by ten powers of ten', async () => {
    const values = { ...BASE, ...FIRST, depth: 10, seed: 0 } as Params;
    const result = await run(values);
    expect(lesson.answer(result, values)).toBe('hardly at all');
    // He's law keeps the signal within a factor of 10 or so over ten layers of 16 units.
    expect(Math.abs(lastSignals(result)[0]! - 10)).toBeLessThan(1);
    expect(lesson.check(result, values).met).toBe(false);
  });

  it('shows nothing that is no number at the corners of its controls', async () => {
    const tiny = {
      depth: [1],
      epochs: [0, 1],
      examples: [100],
      units: [4],
      rate: [0.3],
      seed: [0],
      beside: ['spectral norm'],
    };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it.each([
    [{ scale: 0.01 }, 'normalization: scale must be in [0.1, 10], got 0.01'],
    [{ units: 60.5 }, 'normalization: units must be an integer, got 60.5'],
    [
      { beside: 'luck' },
      'normalization: beside must be among weight norm, g = 1; weight norm; spectral norm; weight standardization, got "luck"',
    ],
  ])('refuses %j', async (wrong, message) => {
    await expect(lesson.experiment({ ...BASE, seed: 0, ...wrong } as Params, { data })).rejects.toThrow(message);
  });
});
