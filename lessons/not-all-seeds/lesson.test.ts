import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { initialize, torchDefault, uniform } from '@weightkit/initializers';
import { type Lesson, runLesson, wilson } from '@weightkit/lesson';
import { snapshot } from '@weightkit/weight-metrics';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { byHand } from './by-hand.ts';
import {
  GOAL,
  INPUTS,
  type Law,
  layout,
  notAllSeeds,
  type Params,
  type Result,
  startOf,
  TARGETS,
} from './experiment.ts';
import { lesson } from './lesson.ts';

const data = nodeData();

async function run(params: Partial<Params>): Promise<Result> {
  const { result, leaked } = await runLesson(lesson, params, { data });
  expect(leaked).toBe(0);
  return result;
}

/** One network as stock TensorFlow.js trains it, alone. */
async function alone(law: Law, seed: number, steps: number): Promise<{ start: number[]; end: number[] }> {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ name: 'hidden', units: 2, activation: 'sigmoid', inputShape: [2] }),
      tf.layers.dense({ name: 'output', units: 1 }),
    ],
  });
  const laws = { 'U(−5, 5)': () => uniform({ min: -5, max: 5 }), 'PyTorch’s default': () => torchDefault() };
  initialize(model, { '**': laws[law as keyof typeof laws]() }, { seed });
  model.compile({ optimizer: tf.train.adam(0.01, 0.9, 0.999, 1e-8), loss: 'meanSquaredError' });
  const row = async () => [...(await snapshot(model)).values()].flatMap((values) => Array.from(values));
  const start = await row();
  const [x, y] = [tf.tensor2d(INPUTS.map((x) => [...x])), tf.tensor2d(TARGETS as number[], [4, 1])];
  for (let step = 0; step < steps; step++) await model.trainOnBatch(x, y);
  const end = await row();
  tf.dispose([x, y]);
  model.optimizer.dispose();
  model.dispose();
  return { start, end };
}

describe('not all seeds are equal', () => {
  it('fifty networks as one batch are what each of them is alone: the same start bit for bit, the same steps', async () => {
    const steps = 100;
    for (const law of ['U(−5, 5)', 'PyTorch’s default'] as const) {
      const { moments } = await run({ law, nets: 10, steps, seed: 40 });
      expect(moments[0]!.step).toBe(0);
      for (const i of [0, 7]) {
        const { start, end } = await alone(law, 40 + i, steps);
        expect(moments[0]!.weights[i]).toEqual(start);
        expect(await startOf(law, 40 + i, 2)).toEqual(start);
        // 100 steps of at most 0.01, each off by a few roundings of Adam's quotient: 100 x 0.01 x 2^-20 = 1e-6 while its root is well
        // above its epsilon; ten times that.
        for (const [k, weight] of moments.at(-1)!.weights[i]!.entries())
          expect(Math.abs(weight - end[k]!), `${law} ${i} ${k}`).toBeLessThan(1e-5);
      }
    }
  });

  it('the same seed gives the same run bit for bit, and the networks of another are its neighbors', async () => {
    const [one, again, next] = [
      await run({ nets: 10, steps: 100, seed: 7 }),
      await run({ nets: 10, steps: 100, seed: 7 }),
      await run({ nets: 10, steps: 100, seed: 8 }),
    ];
    expect(again).toEqual(one);
    expect(next.moments[0]!.weights.slice(0, 9)).toEqual(one.moments[0]!.weights.slice(1));
    expect(next.moments[0]!.weights[9]).not.toEqual(one.moments[0]!.weights[0]);
  });

  it('within 3000 steps clearly more of fifty fail from U(−5, 5) than from the scaled laws, and which did is in its loss', async () => {
    const { outcomes, moments } = await run({});
    const failed = (law: Law) => outcomes[law].filter(({ learned }) => learned === null).length;
    const [wide, scaled] = [failed('U(−5, 5)'), failed('Xavier') + failed('PyTorch’s default')];
    const [above, below] = [wilson(wide, 50), wilson(scaled, 100)];
    expect(above.low, `${wide} of 50 against ${scaled} of 100`).toBeGreaterThan(below.high);
    for (const { learned, loss } of outcomes['U(−5, 5)'])
      if (learned === null) expect(loss).toBeGreaterThan(GOAL);
      else expect(learned).toBeLessThanOrEqual(3000);
    // The sums by hand are those of the batch.
    const last = moments.at(-1)!;
    expect(last.step).toBe(3000);
    for (const [i, weights] of last.weights.entries()) {
      const errors = INPUTS.map((x, k) => (byHand(weights, 2, x).answer - TARGETS[k]!) ** 2);
      const loss = errors.reduce((sum, error) => sum + error, 0) / 4;
      expect(Math.abs(loss - last.losses[i]!)).toBeLessThan(1e-5);
    }
  }, 240_000);

  it('layout tells each of the numbers of a network its own place', () => {
    for (const hidden of [2, 3, 8]) {
      const { size, input, bias, output, outputBias } = layout(hidden);
      const units = Array.from({ length: hidden }, (_, unit) => unit);
      const places = [
        ...units.flatMap((unit) => [input(0, unit), input(1, unit), bias(unit), output(unit)]),
        outputBias,
      ];
      expect([...places].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
    }
  });

  it('shows nothing that is no number at the corners of its controls', async () => {
    const instead = { nets: [10], steps: [100], seed: [9999], law: ['U(−5, 5)'], follow: [0, 100] };
    for (const values of cornersOf(lesson as unknown as Lesson, instead))
      await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it('stops between two steps', async () => {
    const stop = new AbortController();
    const before = tf.memory().numTensors;
    const params = { law: 'Xavier', nets: 10, hidden: 2, rate: 0.01, steps: 100, follow: 0, seed: 0 } as const;
    const stopped = notAllSeeds(params, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect(tf.memory().numTensors).toBe(before);
  });
});
