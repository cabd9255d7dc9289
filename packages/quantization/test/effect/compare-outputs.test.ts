import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { expect, test } from 'vitest';
import { probeSet } from '../../src/effect/probes.ts';
import { compareOutputs, quantizeModel } from '../../src/index.ts';
import { golden } from '../helpers.ts';

interface Case {
  x: number[];
  before: number[][];
  after: number[][];
  equal: number;
  interval: [number, number];
  largestClass: number;
  relative: number;
  largest: number;
  sqnr: [number, number];
}

const network = ([w1, b1, w2]: number[][]): tf.Sequential => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 7, inputShape: [5], activation: 'relu', name: 'hidden' }),
      tf.layers.dense({ units: 3, activation: 'softmax', useBias: false, name: 'out' }),
    ],
  });
  tf.tidy(() => model.setWeights([tf.tensor(w1!, [5, 7]), tf.tensor(b1!), tf.tensor(w2!, [7, 3])]));
  return model;
};

test.each(golden<Case>('effect').map((c, i) => ({ ...c, i })))(
  'compareOutputs gives what numpy and scipy give: case $i',
  async (c) => {
    const [before, after, x] = [network(c.before), network(c.after), tf.tensor(c.x, [60, 5])];
    const effect = await compareOutputs(before, after, { probes: x });
    expect(effect).toMatchObject({ probes: 60, from: 'given', agree: c.equal / 60 });
    const [output] = effect.outputs;
    expect(output!.classes).toMatchObject({ rows: 60, equal: c.equal, largestClass: c.largestClass });
    expect(output!.classes!.tooUniform).toBe(c.largestClass > 0.5);
    for (const i of [0, 1]) expect(output!.classes!.interval[i]).toBeCloseTo(c.interval[i]!, 12);
    // Outputs are probabilities, float32 and exp on a GPU err by 1e-6; the first case differs by 5e-3.
    expect(Math.abs(output!.largest - c.largest)).toBeLessThan(4e-6);
    expect(Math.abs(output!.relative - c.relative)).toBeLessThan(4e-6);
    const layers = effect.layers.filter(({ path }) => path === 'hidden' || path === 'out');
    // An error of 2e-6 of the signal beside noise of 5e-3 and more moves the ratio by 4e-4, or 0.004 dB.
    for (const [i, { sqnr }] of layers.entries()) expect(Math.abs(sqnr - c.sqnr[i]!)).toBeLessThan(0.02);
    const first = ['hidden', 'out'].find((_, i) => c.sqnr[i]! < 20) ?? null;
    expect(effect.firstDiverging).toBe(first);
    for (const one of [before, after]) one.dispose();
    x.dispose();
  },
);

test('compareOutputs of a model with itself finds nothing, and leaks nothing', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [8, 8, 2], name: 'conv' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({ units: 5, name: 'out' }),
    ],
  });
  const result = await compareOutputs(model, model, { probes: 24 });
  expect(result).toMatchObject({ probes: 24, agree: 1, relative: 0, largest: 0, firstDiverging: null });
  expect(result.from).toContain('scaled by');
  expect(result.layers.every(({ sqnr }) => sqnr === Number.POSITIVE_INFINITY)).toBe(true);
  expect(await leakOf(() => compareOutputs(model, model, { probes: 3 }))).toEqual({ tensors: 0, variables: 0 });
  model.dispose();
});

test('compareOutputs makes integers for an Embedding, and has steps of probabilities as rows', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 11, outputDim: 4, inputLength: 6, name: 'table' }),
      tf.layers.dense({ units: 3, activation: 'softmax', name: 'out' }),
    ],
  });
  const effect = await compareOutputs(model, model, { probes: 10 });
  expect(effect.from).toBe('made: integers below 11');
  expect(effect.outputs[0]!.classes).toMatchObject({ rows: 60, equal: 60, share: 1 });
  model.dispose();
});

test('compareOutputs makes integers for the inputs that tables read, below the rows of each, and numbers for others', async () => {
  const input = (name: string, size: number) => tf.input({ shape: [size], name });
  const table = (inputDim: number, inputLength: number, name: string) =>
    tf.layers.embedding({ inputDim, outputDim: 3, inputLength, name });
  const [word, tag, x] = [input('word', 4), input('tag', 2), input('x', 5)];
  const within = tf.input({ shape: [2] });
  const inner = tf.model({
    inputs: within,
    outputs: tf.layers.flatten().apply(table(5, 2, 'tags').apply(within)) as tf.SymbolicTensor,
    name: 'inner',
  });
  const words = tf.layers.flatten().apply(table(50, 4, 'words').apply(word));
  const joined = tf.layers
    .concatenate()
    .apply([words, inner.apply(tag), tf.layers.dense({ units: 3, name: 'd' }).apply(x)] as tf.SymbolicTensor[]);
  const out = tf.layers.dense({ units: 2, name: 'out' }).apply(joined) as tf.SymbolicTensor;
  const model = tf.model({ inputs: [x, word, tag], outputs: out });
  expect((await probeSet('test', model, 8)).from).toBe(
    'made: noise, one-hot rows and waves; integers below 50; integers below 5',
  );
  const effect = await compareOutputs(model, model, { probes: 64 });
  expect(effect).toMatchObject({ probes: 64, agree: 1, relative: 0 });
  const set = await probeSet('test', model, 64);
  const [xs, wordIds, tagIds] = set.batch(0);
  expect(xs!.dtype).toBe('float32');
  for (const [ids, rows] of [[wordIds, 50] as const, [tagIds, 5] as const]) {
    const values = [...(await ids!.data())];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBe(rows - 1);
  }
  tf.dispose([xs!, wordIds!, tagIds!]);
  model.dispose();
});

test('what is to be tried on NaN or infinity is refused, by example and index, and nothing is left', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'd' })] });
  const values = new Float32Array(12).fill(1);
  values[7] = Number.NaN;
  const x = tf.tensor2d(values, [4, 3]);
  for (const probes of [x, { values, shape: [4, 3] }]) {
    await expect(compareOutputs(model, model, { probes })).rejects.toThrow(
      'compareOutputs: probes must be finite, got NaN at probes[2][1]',
    );
    for (const dtype of ['uint8', 'auto'] as const)
      await expect(quantizeModel(model, { dtype, probes })).rejects.toThrow(
        'quantizeModel: probes must be finite, got NaN at probes[2][1]',
      );
  }
  expect(
    await leakOf(async () => {
      await compareOutputs(model, model, { probes: x }).catch(() => {});
    }),
  ).toEqual({ tensors: 0, variables: 0 });
  x.dispose();
  model.dispose();
});

test('compareOutputs refuses other models and probes that do not fit', async () => {
  const dense = (units: number) =>
    tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [3], name: `d${units}` })] });
  const [two, three, x] = [dense(2), dense(3), tf.ones([2, 4])];
  const wrong = (b: unknown, options?: unknown) => compareOutputs(two, b as never, options as never);
  await expect(wrong({})).rejects.toThrow('compareOutputs: model must be a LayersModel');
  await expect(wrong(three)).rejects.toThrow('compareOutputs: models must have outputs of one size');
  await expect(wrong(two, { probes: x })).rejects.toThrow(
    'compareOutputs: probes must have shape [null,3], got [2, 4]',
  );
  await expect(wrong(two, { probes: [x, x] })).rejects.toThrow('compareOutputs: probes must have 1 tensors, got 2');
  await expect(wrong(two, { probes: 0.5 })).rejects.toThrow('compareOutputs: probes must be tensors, or how many');
  await expect(wrong(two, { count: 3 })).rejects.toThrow('compareOutputs: options must be');
  tf.dispose(x);
  for (const one of [two, three]) one.dispose();
});
