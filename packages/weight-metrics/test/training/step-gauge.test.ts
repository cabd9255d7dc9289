import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { readTogether } from '../../src/training/read-together.ts';
import { type StepGauge, type StepReading, stepGauge } from '../../src/training/step-gauge.ts';
import { measureOf, normsOfAll, stepSamples, tensorsIn } from '../../src/training/step-samples.ts';

/** One step to `value` with a gradient, inside a tidy as the optimizer's are. */
function step(gauge: StepGauge, variable: tf.Variable, value: number[], gradient: number[]): void {
  tf.tidy(() => {
    gauge.before();
    variable.assign(tf.tensor1d(value));
    gauge.after(tf.tensor1d(gradient));
  });
}

/** What the gauge has to say, its tensors freed. */
async function read(gauge: StepGauge): Promise<StepReading> {
  const { tensors, finish } = gauge.take();
  const reading = tensors.length === 0 ? finish([]) : finish(await readTogether(tensors));
  tf.dispose([...tensors]);
  return reading;
}

describe('stepGauge', () => {
  it('stepGauge reads the last update, the last gradient and the mean norm', async () => {
    const variable = tf.variable(tf.tensor1d([0, 0]));
    const gauge = stepGauge(variable, { gradients: true, samples: 32 });
    step(gauge, variable, [3, 4], [0, 8]);
    step(gauge, variable, [3, 16], [-3, 4]);
    expect(await read(gauge)).toEqual({
      update: {
        l2: 12,
        relative: 12 / 5,
        steps: 2,
        measured: 2,
        // The first step is from zeros.
        nonFiniteSteps: 1,
        meanRelative: 12 / 5,
        minRelative: 12 / 5,
        maxRelative: 12 / 5,
      },
      gradient: {
        steps: 2,
        measured: 2,
        nonFiniteSteps: 0,
        meanNorm: 6.5,
        stdNorm: 1.5,
        minNorm: 5,
        maxNorm: 8,
        norm: 5,
        mean: 0.5,
        std: 3.5,
        min: -3,
        max: 4,
        zeros: 0,
        nonFinite: 0,
      },
    });
    expect(await read(gauge)).toEqual({ update: null, gradient: null });
    variable.dispose();
  });

  it('stepGauge has update relative Infinity from a weight of zeros, 0 when nothing moved', async () => {
    const variable = tf.variable(tf.tensor1d([0, 0]));
    const gauge = stepGauge(variable, { gradients: false, samples: 32 });
    step(gauge, variable, [0, 0], [0, 0]);
    expect(await read(gauge)).toMatchObject({
      update: { l2: 0, relative: 0, meanRelative: 0, nonFiniteSteps: 0 },
      gradient: null,
    });
    step(gauge, variable, [1, 0], [0, 0]);
    expect((await read(gauge)).update).toMatchObject({
      l2: 1,
      relative: 'Infinity',
      nonFiniteSteps: 1,
      meanRelative: 'NaN',
      minRelative: 'NaN',
      maxRelative: 'NaN',
    });
    variable.dispose();
  });

  it('stepGauge counts non-finite gradients', async () => {
    const variable = tf.variable(tf.tensor1d([1, 1]));
    const gauge = stepGauge(variable, { gradients: true, samples: 32 });
    step(gauge, variable, [1, 1], [Number.NaN, 2]);
    expect((await read(gauge)).gradient).toMatchObject({
      steps: 1,
      nonFiniteSteps: 1,
      meanNorm: 'NaN',
      norm: 2,
      mean: 2,
      nonFinite: 1,
    });
    variable.dispose();
  });

  it('stepGauge leaves steps of NaN and infinity out of meanNorm and counts them', async () => {
    const variable = tf.variable(tf.tensor1d([1, 1]));
    const gauge = stepGauge(variable, { gradients: true, samples: 32 });
    step(gauge, variable, [1, 1], [3, 4]);
    step(gauge, variable, [1, 1], [Number.NaN, 2]);
    step(gauge, variable, [1, 1], [Number.NEGATIVE_INFINITY, 2]);
    step(gauge, variable, [1, 1], [0, 8]);
    const { gradient } = await read(gauge);
    expect(gradient).toMatchObject({ steps: 4, nonFiniteSteps: 2, meanNorm: 6.5, norm: 8, nonFinite: 0 });
    variable.dispose();
  });

  // 3e38 and 4e-38 have squares that no float32 holds, and so have all but the first of these.
  it.each([0, 2 ** 62, 2 ** 100, 2 ** 125, 2 ** -80, 2 ** -100, 2 ** -124])(
    'stepGauge has the mean norm of gradients of size %s',
    async (size) => {
      const variable = tf.variable(tf.tensor2d([[1, 1]]));
      const gauge = stepGauge(variable, { gradients: true, samples: 32 });
      const gradient = tf.tensor2d([[3 * size, -4 * size]]);
      tf.tidy(() => {
        gauge.before();
        gauge.after(gradient);
      });
      const { meanNorm, norm } = (await read(gauge)).gradient!;
      // Two quotients and squares and a sum, each within 3 ulp (WebGPU allows 2.5 of a quotient): 2^-24 · 3 · 3 at most.
      expect(Math.abs(Number(meanNorm) - 5 * size)).toBeLessThanOrEqual(5 * size * 9 * 2 ** -24);
      expect(norm).toBe(5 * size);
      tf.dispose([variable, gradient]);
    },
  );

  it.each([
    [32, 25, 97],
    [200, 200, 100.5],
    [1, 1, 1],
  ])(
    'stepGauge measures at most %i of 200 steps, evenly spaced from the first: %i',
    async (samples, measured, mean) => {
      const variable = tf.variable(tf.tensor1d([1, 1]));
      const gauge = stepGauge(variable, { gradients: true, samples });
      const before = tf.memory().numTensors;
      for (let i = 1; i <= 200; i++) step(gauge, variable, [1, 1], [0, i]);
      // The start, the last gradient and, on a GPU, a measure of each measured step: for 32 of 1, 9, 17, ... 193, of mean 97.
      const onDevice = ['cpu', 'wasm', 'tensorflow'].includes(tf.getBackend()) ? 0 : measured;
      expect(tf.memory().numTensors - before).toBe(2 + onDevice);
      expect((await read(gauge)).gradient).toMatchObject({
        steps: 200,
        measured,
        nonFiniteSteps: 0,
        meanNorm: mean,
        minNorm: 1,
        norm: 200,
      });
      expect(tf.memory().numTensors).toBe(before);
      variable.dispose();
    },
  );

  it('stepGauge holds nothing after read or clear', async () => {
    const variable = tf.variable(tf.tensor1d([1, 1]));
    const gauge = stepGauge(variable, { gradients: true, samples: 32 });
    const before = tf.memory().numTensors;
    for (let i = 0; i < 70; i++) step(gauge, variable, [i, 1], [1, 2]);
    gauge.clear();
    expect(tf.memory().numTensors).toBe(before);
    const body = async () => {
      step(gauge, variable, [1, 2], [1, 2]);
      await read(gauge);
    };
    expect(await leakOf(body)).toEqual({ tensors: 0, variables: 0 });
    variable.dispose();
  });
});

describe('measureOf', () => {
  // Up to 2^18 entries are summed at hand on tfjs-node, more by operations, and those of sizes whose squares are lost with a scale.
  const FEW = [20_000, 1] as const;
  const MANY = [513, 512] as const;

  it.each([
    [[3, 1], 1],
    ...[FEW, MANY].flatMap((shape) => [1, 2 ** -100, 2 ** 90, 0].map((size) => [shape, size] as const)),
  ] as const)('measureOf has the norms of entries of shape %j and size %s', async (shape, size) => {
    const [rows, cols] = shape;
    const n = rows * cols;
    const tensors = [3, 2, -1].map((times) => tf.fill([rows, cols], times * size));
    const measure = measureOf(tensors[0]!, tensors[1]!, tensors[2]!);
    const [norms] = normsOfAll([measure], await readTogether(tensorsIn([measure])));
    // Squares of equal numbers are added in float32 along rows, then on the device over them: at most 20,000 in a run, 2^-24 · 20,000 / 2.
    for (const [i, times] of [1, 2, 1].entries())
      expect(Math.abs(norms![i]! - times * size * Math.sqrt(n))).toBeLessThanOrEqual(size * Math.sqrt(n) * 1.2e-3);
    tf.dispose([...tensors, ...tensorsIn([measure])]);
  });

  it('measureOf has no finite norm where an entry is not finite', async () => {
    for (const [shape, wrong] of [
      [[2, 1], Number.NaN],
      ...[FEW, MANY].flatMap((shape) => [Number.NaN, Number.POSITIVE_INFINITY].map((value) => [shape, value] as const)),
    ] as const) {
      const [rows, cols] = shape;
      const start = tf.ones([rows, cols]);
      const gradient = tf.tensor2d(new Float32Array(rows * cols).fill(1).fill(wrong, 1, 2), [rows, cols]);
      const measure = measureOf(start, start, gradient);
      const [norms] = normsOfAll([measure], await readTogether(tensorsIn([measure])));
      expect(norms![0]).toBe(0);
      expect(Number.isFinite(norms![2])).toBe(false);
      tf.dispose([start, gradient, ...tensorsIn([measure])]);
    }
  });
});

describe('stepSamples', () => {
  it.each([
    [8, 8],
    [9, 5],
    [20, 5],
    [64, 8],
    [200, 7],
    [256, 8],
    [469, 8],
  ])('stepSamples(8) measures of %i steps %i, in the first window and in the next', (steps, measured) => {
    // A window that is expected is measured as the second of two is; so is the first after what was held was freed.
    const [samples, expecting] = [stepSamples(8), stepSamples(8, steps)];
    const askedOf = (one: typeof samples) => Array.from({ length: steps }, () => one.due()).filter(Boolean).length;
    expect(askedOf(expecting)).toBe(measured);
    expecting.clear();
    expect(askedOf(expecting)).toBe(measured);
    for (let window = 0; window < 2; window++) {
      let asked = 0;
      for (let i = 0; i < steps; i++)
        if (samples.due()) {
          asked++;
          samples.add([i]);
        }
      const taken = samples.take() as number[][];
      expect(taken).toHaveLength(measured);
      const stride = taken[1]![0]!;
      expect(taken.map(([i]) => i)).toEqual(taken.map((_, i) => i * stride));
      if (window === 1) expect(asked).toBe(measured);
    }
  });
});
