import * as tf from '@tensorflow/tfjs';
import { FIRST_WORD, REVIEW_LENGTH, type Reviews } from '@weightkit/datasets';
import { nodeData } from '@weightkit/datasets/node';
import { SENTIMENT_MODEL } from '@weightkit/datasets/sentiment';
import type { Lesson } from '@weightkit/lesson';
import { initialValues } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { readDefault } from '../default-runs.ts';
import type { Params, Result } from './experiment.ts';
import { fastGradient } from './fast-gradient.ts';
import { pack } from './full.ts';
import { lesson } from './lesson.ts';
import { nearestReview } from './nearest-review.ts';
import { buildNet, FULL, inputsOf, STARTS, type Start } from './network.ts';
import { open } from './open.ts';
import { chanceOf, logOdds, readReview, step, strongestWords } from './read.ts';
import { accuracyOf, batchesOf, learner } from './train.ts';
import { trainedNet, trainedWeights } from './trained.ts';

const TEXTS = [
  'great',
  'The story is a mess and far too long, but the acting is superb.',
  `${'a dull film with a bad plot '.repeat(40)}but I loved it`,
];

/** Reviews of which every word is the same, and tells what the label is. */
function planted(count: number): Reviews {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const tokens = Uint16Array.from(
    { length: count * REVIEW_LENGTH },
    (_, i) => FIRST_WORD + labels[Math.floor(i / REVIEW_LENGTH)]!,
  );
  return { count, tokens, labels };
}

describe('sentiment', () => {
  it('by hand the network says what stock TensorFlow.js predicts', async () => {
    const weights = await trainedWeights();
    const net = await trainedNet();
    const tokens = new Uint16Array(TEXTS.length * REVIEW_LENGTH);
    const readings = TEXTS.map((text) => readReview(weights, text));
    for (const [i, reading] of readings.entries())
      tokens.set(reading.tokens, (i + 1) * REVIEW_LENGTH - reading.tokens.length);
    const x = inputsOf(tokens, [0, 1, 2], FULL, REVIEW_LENGTH, 1);
    const y = net.predict(x) as tf.Tensor;
    const chances = await y.data();
    tf.dispose([x, y]);
    net.dispose();
    // 200 steps in float32: each adds an error of some 1e-6 of sums of 32 products, which a step shrinks or grows by a factor near 1.
    for (const [i, { odds }] of readings.entries()) expect(Math.abs(chanceOf(odds) - chances[i]!)).toBeLessThan(1e-4);
  }, 60_000);

  it('hides each word as if an unknown one stood there, and ends where the last word leaves it', async () => {
    const weights = await trainedWeights();
    const [whole, hidden] = ['a superb film', 'a zzyzx film'].map((text) => readReview(weights, text));
    expect(whole!.effects[1]).toBeCloseTo(whole!.odds - hidden!.odds, 12);
    expect(hidden!.tokens[1]).toBe(1);
    expect(hidden!.effects[1]).toBeCloseTo(0, 12);
    expect(whole!.after.at(-1)).toBe(chanceOf(whole!.odds));
    expect(whole!.after).toHaveLength(4);
    // Only the last 200 words are read.
    const long = readReview(weights, `superb ${'film '.repeat(200)}`);
    expect([long.words.length, long.odds]).toEqual([200, readReview(weights, 'film '.repeat(200)).odds]);
  });

  it('finds words that speak for a film and words that speak against it', async () => {
    const all = strongestWords(await trainedWeights(), 20);
    expect(all).toHaveLength(40);
    expect(all.every(({ odds }, i) => i === 0 || odds <= all[i - 1]!.odds)).toBe(true);
    const names = all.map(({ word }) => word);
    // What any reader would say; none of them is on the wrong side.
    const good = ['excellent', 'superb', 'wonderful', 'perfect', 'great', 'favorite', 'loved', 'amazing', 'brilliant'];
    const bad = ['worst', 'awful', 'waste', 'terrible', 'boring', 'poorly', 'disappointment', 'horrible', 'dull'];
    expect(names.slice(0, 20).some((word) => good.includes(word))).toBe(true);
    expect(names.slice(20).some((word) => bad.includes(word))).toBe(true);
    expect(names.slice(0, 20).some((word) => bad.includes(word))).toBe(false);
    expect(names.slice(20).some((word) => good.includes(word))).toBe(false);
  });

  it('has a file of at most 150 kB that says at least 75 %', () => {
    expect(SENTIMENT_MODEL.bytes).toBeLessThanOrEqual(150_000);
    expect(SENTIMENT_MODEL.measured.packed).toBeGreaterThanOrEqual(0.75);
  });

  // A word that has another number, or a file from before, moves some of these.
  it('its file belongs to the words and the reviews of today: of the first unseen ones as many are right as it says', async () => {
    const count = 500;
    const { test } = await nodeData().reviews({ train: 0, test: count });
    const net = await trainedNet();
    const accuracy = await accuracyOf(net, test, FULL);
    net.dispose();
    // Another backend may round one chance near one half to the other side.
    expect(Math.abs(accuracy - SENTIMENT_MODEL.measured.first)).toBeLessThan(1.5 / count);
  }, 120_000);

  it('packs a network that stock TensorFlow.js loads, within the error of its codes', async () => {
    const size = { ...FULL, words: 50, length: 5 };
    const net = buildNet(size, 'normal, std 1', 3);
    const again = await open(await pack(net));
    const [kept, read] = [net, again].map((one) => one.getWeights().map((weight) => Array.from(weight.dataSync())));
    for (const [i, values] of kept!.entries()) {
      const most = values.reduce((top: number, value) => Math.max(top, Math.abs(value)), 0);
      // Symmetric codes: half a step of the largest over 7 or 127. Biases stay.
      const steps = i === 0 ? 7 : i < 3 ? 127 : Number.POSITIVE_INFINITY;
      for (const [j, value] of values.entries())
        expect(Math.abs(value - read![i]![j]!)).toBeLessThanOrEqual(most / steps / 2 + 1e-6);
    }
    net.dispose();
    again.dispose();
  }, 60_000);

  it('the laws have the spread that they say: one embedding of 1,000 words has it fourfold, and he_normal that of glorot_uniform', async () => {
    const spread = async (start: Start) => {
      const net = buildNet({ words: 1000, length: 2, width: 8, units: 2 }, start, 1);
      const values = Array.from(await net.getWeights()[0]!.data());
      net.dispose();
      return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    };
    // 8,000 values: the spread of such a sample is within 5 % of the law's, six standard errors.
    const near = async (start: Start, law: number) => expect((await spread(start)) / law).toBeCloseTo(1, 1);
    expect(Object.keys(STARTS)).toHaveLength(4);
    await near('uniform ±0.05', 0.1 / Math.sqrt(12));
    await near('glorot_uniform', Math.sqrt(2 / 1008));
    await near('he_normal', Math.sqrt(2 / 1000));
    await near('normal, std 1', 1);
  });

  it('learns words that tell the label, leaves no tensor, and takes each review once in a pass', async () => {
    const before = tf.memory().numTensors;
    const size = { words: 10, length: 4, width: 4, units: 4 };
    const reviews = planted(40);
    expect(batchesOf(40, 7, 0, 1)).toHaveLength(5);
    expect(new Set(batchesOf(40, 10, 3, 1).flatMap((batch) => [...batch])).size).toBe(40);
    const learning = learner(size, 'uniform ±0.05', reviews, { rate: 0.05, batch: 10, clip: 1, seed: 1 });
    const restore = fastGradient();
    const losses: number[] = [];
    for (let epoch = 0; epoch < 8; epoch++) await learning.pass(epoch, (loss) => void losses.push(loss));
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    expect(await accuracyOf(learning.net, reviews, size)).toBe(1);
    restore();
    learning.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }, 60_000);

  it('a step by hand is tanh(e W + h U + b)', () => {
    const weights = {
      embedding: Float32Array.of(0, 0, 1, 2),
      kernel: Float32Array.of(0.5, -1, 0.25, 0.5),
      recurrent: Float32Array.of(0, 1, 2, 0),
      bias: Float32Array.of(0.5, 0),
      out: Float32Array.of(1, -1),
      outBias: 0.25,
    };
    const next = step(weights, Float64Array.of(0.5, 0.25), 1);
    expect([...next]).toEqual([Math.tanh(2), Math.tanh(0.5)]);
    expect(logOdds(weights, next)).toBeCloseTo(Math.tanh(2) - Math.tanh(0.5) + 0.25, 12);
  });

  it('takes any text as a review, in one line', () => {
    expect(nearestReview(' a\n b ')).toEqual({ value: 'a b' });
    expect(nearestReview('…')).toEqual({ value: 'good', said: 'there is no word in it' });
    const long = nearestReview('word '.repeat(200)).value;
    expect(long.length).toBeLessThanOrEqual(600);
    expect(nearestReview(long)).toEqual({ value: long });
  });

  it('judges the challenge by the review, and reads another one without training', async () => {
    const values = initialValues<Params>(lesson);
    const { decodeResult } = await import('@weightkit/lesson');
    const result = decodeResult(readDefault('sentiment').result) as Result;
    const other = { ...values, review: 'What a great waste of time, the worst and most boring film, awful' };
    const again = await lesson.rerun!(result, values, other, {} as Parameters<Lesson['experiment']>[1])!;
    expect(again.moments).toBe(result.moments);
    expect(lesson.check(again, other)).toMatchObject({ met: true });
    expect(lesson.check(result, values).met).toBe(false);
    const few = { ...values, review: 'great' };
    expect(lesson.check(result, few).text).toContain('1 words');
    expect(lesson.rerun!(result, values, { ...other, seed: 1 }, {} as never)).toBeUndefined();
  });
});
