import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { glorotNormal, heNormal } from '@weightkit/initializers';
import { decodeResult, type Lesson, type Measured, meanInterval, runLesson, type StoredRun } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { expectSound } from '../corners.ts';
import { allAdvice } from './advice.ts';
import { advantage, ahead } from './ahead.ts';
import { KINDS, THEN } from './choices.ts';
import { INPUTS, shrink } from './digits.ts';
import { LAWS, layersOf, type Pair, type Params, type Result } from './experiment.ts';
import { figures, pairsAt } from './figure.ts';
import { lesson } from './lesson.ts';
import type { Row } from './measure.ts';
import measured from './measured.json' with { type: 'json' };
import { settingsOf } from './parts.ts';
import { signed, verdictOf } from './summary.ts';

const data = nodeData();
const BASE: Params = {
  activation: 'relu',
  depth: 10,
  units: 32,
  pairs: 20,
  seed: 0,
  network: 'all of one width',
  optimizer: 'SGD',
  epochs: 3,
  layer: 'Dense',
  after: 'relu',
};
async function run(params: Partial<Params>): Promise<Result> {
  const { result, leaked } = await runLesson(lesson, params, { data });
  expect(leaked).toBe(0);
  return result;
}

describe('Xavier against Kaiming', () => {
  it('He beats Xavier with ten layers of ReLU: the intervals of the default run and of the 20 measured pairs are above 0, and in 3 others He is ahead as well', async () => {
    const stored = JSON.parse(readFileSync(new URL('default.json', import.meta.url).pathname, 'utf8')) as StoredRun;
    const { pairs } = decodeResult(stored.result) as Result;
    expect(pairs).toHaveLength(12);
    expect(advantage(pairs)!.low).toBeGreaterThan(0);
    const table = settingsOf((measured as unknown as Measured<Row>).rows);
    const { xavier, he } = table.find(
      ({ activation, depth, optimizer }) => `${activation} ${depth} ${optimizer}` === 'relu 10 SGD',
    )!;
    expect(he).toHaveLength(20);
    expect(meanInterval(he.map((points, i) => points - xavier[i]!)).low).toBeGreaterThan(0);
    const others = await run({ pairs: 3, seed: 500, units: 24 });
    // Three pairs are few for an interval: all are ahead.
    for (const points of ahead(others.pairs)) expect(points).toBeGreaterThan(0);
    // Why: Xavier's signal loses half of its mean square in every layer, He's keeps it.
    for (const { xavier, he } of others.pairs) {
      expect(he.scales).toHaveLength(10);
      expect(xavier.scales[9]! / he.scales[9]!).toBeLessThan(0.1);
    }
  });

  it('a pair has the same random numbers, only scaled, and the same seed gives the same pair', async () => {
    const options = { seed: 3, path: 'layer2/kernel' };
    const [xavier, he] = [glorotNormal()([40, 20], options), heNormal()([40, 20], options)];
    const [one, other] = [await xavier.data(), await he.data()];
    // √(2/40) over √(2/60), each value rounded to 32 bits twice or so.
    for (const [i, value] of other.entries()) expect(value / one[i]! / Math.sqrt(60 / 40)).toBeCloseTo(1, 5);
    tf.dispose([xavier, he]);
    expect(Object.keys(LAWS)).toEqual(['xavier', 'he']);
    const small = { pairs: 2, depth: 1, units: 8, epochs: 1 };
    const [first, again, next] = [await run(small), await run(small), await run({ ...small, seed: 1 })];
    expect(again).toEqual(first);
    expect(next.pairs[0]).toEqual(first.pairs[1]);
  });

  it('trains as stock TensorFlow.js does, with the slide’s network and with the other', async () => {
    expect(layersOf({ ...BASE, network: 'slide 12: 100-64-32-1' })).toEqual([
      [100, 64],
      [64, 32],
      [32, 1],
    ]);
    const { pairs } = await run({ pairs: 2, depth: 1, units: 8, epochs: 1, optimizer: 'Adam' });
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ name: 'layer1', units: 8, activation: 'relu', inputShape: [INPUTS] }),
        tf.layers.dense({ name: 'layer2', units: 10, activation: 'softmax' }),
      ],
    });
    const { initialize } = await import('@weightkit/initializers');
    initialize(model, heNormal(), { seed: 1 });
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    const { train } = await data.digits({ train: 1000, test: 10 });
    const { examplesOf, spreadOf } = await import('./digits.ts');
    const { x, digit, large } = examplesOf(train, spreadOf(shrink(train)));
    const loss = model.evaluate(x, digit, { batchSize: 1000 }) as tf.Scalar;
    // The loss before training; stock takes the logarithm of a softmax in 32 bits.
    expect(Math.abs((await loss.data())[0]! / pairs[1]!.he.loss[0]! - 1)).toBeLessThan(1e-4);
    expect(pairs[1]!.he.loss[1]).toBeLessThan(pairs[1]!.he.loss[0]!);
    tf.dispose([loss, x, digit, large]);
    model.optimizer.dispose();
    model.dispose();
  });

  it('shrinks a digit to the means of four pixels', async () => {
    const pixels = new Uint8Array(784);
    pixels[4 * 28 + 4] = 255;
    pixels[23 * 28 + 23] = 51;
    pixels[0] = 255;
    const small = shrink({ count: 1, pixels, labels: Uint8Array.of(7) });
    expect(small).toHaveLength(100);
    expect(small[0]).toBeCloseTo(0.25, 6);
    expect(small[99]).toBeCloseTo(0.05, 6);
    expect(small.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0.3, 5);
  });

  it('recommends something with a reason and a source for every layer that can be chosen', () => {
    const before = tf.memory().numTensors;
    const all = allAdvice();
    expect(tf.memory().numTensors).toBe(before);
    for (const kind of KINDS)
      for (const then of THEN) {
        const advice = all[kind][then];
        expect(advice.length, `${kind} ${then}`).toBeGreaterThan(0);
        for (const { law, gain, reason, reference } of advice) {
          expect(law).toMatch(/^[a-z]/i);
          expect(gain).toBeGreaterThan(0);
          expect(`${reason} ${reference}`).toMatch(/https:/);
        }
      }
    // The tips of the slide.
    const first = (then: (typeof THEN)[number]) => all.Dense[then][0]!.law;
    expect([first('relu'), first('tanh'), first('sigmoid'), first('selu')]).toEqual([
      'heNormal',
      'glorotUniform',
      'glorotUniform',
      'lecunNormal',
    ]);
    expect(all.LSTM.tanh.map(({ law }) => law)).toEqual(['glorotUniform', 'orthogonal', 'forgetBias']);
  });

  it('says who is ahead only where the interval says so, and meets its challenge only with 20 pairs', () => {
    const pairOf = (points: number, seed: number): Pair => {
      const one = { loss: [1, 1], scales: [1] };
      return { seed, xavier: { ...one, accuracy: 0.5 }, he: { ...one, accuracy: 0.5 + points / 100 } };
    };
    const of = (all: readonly number[]) => ({ pairs: all.map(pairOf), advice: {} as Result['advice'] });
    const spread = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 3 : -3));
    expect(verdictOf(advantage(of(spread).pairs))).toBe('no difference that could be told from chance');
    expect(verdictOf(advantage(of(spread.map((x) => x + 9)).pairs))).toBe('He is ahead');
    expect(verdictOf(advantage(of(spread.map((x) => x - 9)).pairs))).toBe('Xavier is ahead');
    expect(verdictOf(advantage(of([5]).pairs))).toBe('one pair says nothing yet');
    expect(lesson.check(of(spread.map((x) => x - 9)), BASE).met).toBe(true);
    expect(lesson.check(of(spread), BASE).met).toBe(false);
    expect(lesson.check(of(spread.slice(0, 8).map((x) => x - 9)), BASE).met).toBe(false);
    expect([signed(-0.04), signed(0), signed(-1.25), signed(3)]).toEqual(['+0.0', '+0.0', '−1.3', '+3.0']);
    expect(pairsAt(of([1, 2, 3, 4]), 0)).toHaveLength(2);
    expect(pairsAt(of([1, 2, 3, 4]), undefined)).toHaveLength(4);
  });

  it('another layer for the recommender takes no run, and all else one', () => {
    const result = {} as Result;
    expect(lesson.derive!(result, BASE, { ...BASE, layer: 'LSTM', after: 'tanh' })).toBe(result);
    // Run means run, also where nothing was changed.
    expect(lesson.derive!(result, BASE, BASE)).toBeUndefined();
    for (const other of [{ seed: 20 }, { pairs: 3 }, { depth: 2 }, { activation: 'tanh' }] as const)
      expect(lesson.derive!(result, BASE, { ...BASE, ...other })).toBeUndefined();
  });

  it('shows nothing that is no number at some corners of its controls, and draws a run that has one pair so far', async () => {
    const corner = { ...BASE, pairs: 2, depth: 1, units: 8, epochs: 1, seed: 9999 };
    const result = (await expectSound(lesson, corner)) as Result;
    const begun = { ...result, pairs: result.pairs.slice(0, 1) };
    for (const figure of Object.values(figures(begun, corner)))
      expect(`${figure.title} ${figure.description} ${figure.svg()}`).not.toMatch(/NaN|undefined|Infinity/);
    await expectSound(lesson as unknown as Lesson, {
      ...corner,
      network: 'slide 12: 100-64-32-1',
      activation: 'sigmoid',
      layer: 'Embedding',
      after: 'linear',
    });
  });
});
