import * as tf from '@tensorflow/tfjs';
import { saveFolded, weightsOf } from '@weightkit/core';
import { artifactsOf, leakOf, loadStock } from '@weightkit/testing';
import { exportStateDict, lora, transferWeights, vera } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/vera.json' with { type: 'json' };
import { fileOf, type Listed, listed, predicted, valuesOf } from './helpers.ts';

const listedIn = (value: unknown) => value as Record<string, Listed>;
const tensor = ({ shape, values }: { shape: number[]; values: number[] }): tf.Tensor => tf.tensor(values, shape);

const twoLayers = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [4], activation: 'tanh', name: 'a' }),
      tf.layers.dense({ units: 6, name: 'b' }),
    ],
  });

const mixed = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.conv1d({ filters: 3, kernelSize: 2, inputShape: [5, 2], name: 'window' }),
      tf.layers.lstm({ units: 2, recurrentInitializer: 'glorotNormal', name: 'memory' }),
      tf.layers.dense({ units: 2, name: 'head' }),
    ],
  });

async function train(
  model: tf.LayersModel,
  x: tf.Tensor,
  y: tf.Tensor,
  steps: number,
  rate = golden.rate,
): Promise<void> {
  const optimizer = tf.train.sgd(rate);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  await model.fit(x, y, { epochs: steps, batchSize: x.shape[0]!, shuffle: false, verbose: 0 });
  optimizer.dispose();
}

/** Products of up to 5 · 6 and 7 · 6 terms below 8, over 3 steps of two layers: 6 · 42 · 8 · 2^-24 < 1.3e-4, and four times that on WebGPU. */
const TOLERANCE = 5e-4;

function expectNear(made: readonly number[], wanted: readonly number[]): void {
  expect(made).toHaveLength(wanted.length);
  expect(Math.max(...wanted.map((value, i) => Math.abs(value - made[i]!)))).toBeLessThan(TOLERANCE);
}

async function expectTensors(made: Record<string, Listed>, wanted: Record<string, Listed>): Promise<void> {
  expect(Object.keys(made).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, { shape, values }] of Object.entries(wanted)) {
    expect(made[name]!.shape, name).toEqual(shape);
    expectNear(made[name]!.values, values);
  }
}

describe('vera', () => {
  it("vera takes peft's file of two layers that share their matrices, computes, trains, writes and merges alike", async () => {
    const model = twoLayers();
    await transferWeights(fileOf(listedIn(golden.base)), model);
    const before = await valuesOf(model);
    const adapters = vera(model, { rank: golden.rank });
    const [x, y] = [tensor(golden.x), tensor(golden.y)];
    await adapters.load(fileOf(listedIn(golden.start)));
    expectNear(await predicted(model, x), golden.first.values);
    await train(model, x, y, golden.steps);
    expectNear(await predicted(model, x), golden.last.values);
    await expectTensors(await listed(await adapters.toCheckpoint()), listedIn(golden.trained));
    adapters.merge({ keepBase: true });
    const { checkpoint } = await exportStateDict(model);
    await expectTensors(await listed(checkpoint), listedIn(golden.merged));
    adapters.unmerge();
    adapters.remove();
    expect(await valuesOf(model)).toEqual(before);
    model.dispose();
    tf.dispose([x, y]);
  });

  it("vera begins as peft does: d 0.1, b 0, and matrices within Kaiming's bounds of the largest layer", async () => {
    const model = twoLayers();
    const adapters = vera(model, { rank: 64 });
    const file = await listed(await adapters.toCheckpoint());
    for (const layer of ['a', 'b']) {
      const untouched = listedIn(golden.untouched);
      for (const name of ['vera_lambda_b', 'vera_lambda_d']) {
        const [value] = untouched[`base_model.model.${layer}.${name}`]!.values;
        const own = file[`base_model.model.${layer}.${name}`]!.values;
        expect(own.every((one) => one === value)).toBe(true);
      }
    }
    for (const [name, fanIn] of [
      ['base_model.vera_A', 4],
      ['base_model.vera_B', 64],
    ] as const) {
      const { values } = file[name]!;
      const bound = Math.sqrt(6 / fanIn);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound * (1 + 2 ** -23));
      // Of 256 and more uniform values: the variance is bound² / 3 within six standard errors of 0.9 / √256.
      const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan(0.35);
    }
    expect(adapters.report().trainableParameters).toBe(2 * 64 + 3 + 6);
    adapters.remove();
    model.dispose();
  });

  it('vera changes nothing at first, trains convolutions and gates too, loads in stock, and leaves nothing behind', async () => {
    const leak = await leakOf(async () => {
      const model = mixed();
      const [x, y] = [tf.randomNormal([4, 5, 2], 0, 1, 'float32', 1), tf.ones([4, 2])];
      const [before, start] = [await predicted(model, x), await valuesOf(model)];
      const adapters = vera(model, { rank: 7, train: 'head/**', filter: ['memory/**/*ernel'] });
      expect(await predicted(model, x)).toEqual(before);
      await train(model, x, y, 2);
      const trained = await predicted(model, x);
      expect(trained).not.toEqual(before);
      const stock = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
      expect(await predicted(stock, x)).toEqual(trained);
      stock.dispose();
      adapters.remove();
      const after = await valuesOf(model);
      for (const [i, { path }] of weightsOf(model).entries())
        if (!path.startsWith('head/')) expect(after[i], path).toEqual(start[i]);
      model.dispose();
      tf.dispose([x, y]);
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });

  it('vera writes files of vectors alone, which adapters of the same seed take and others refuse', async () => {
    const model = twoLayers();
    const x = tf.randomNormal([3, 4], 0, 1, 'float32', 2);
    const first = vera(model, { rank: 8, seed: 5, saveProjection: false });
    const y = tf.ones([3, 6]);
    await train(model, x, y, 3);
    y.dispose();
    const [learned, file] = [await predicted(model, x), await first.toCheckpoint()];
    expect(file.tensors.map(({ name }) => name.split('.').at(-1))).toEqual([
      'vera_lambda_b',
      'vera_lambda_d',
      'vera_lambda_b',
      'vera_lambda_d',
    ]);
    first.remove();
    const same = vera(model, { rank: 8, seed: 5 });
    await same.load(file);
    expect(await predicted(model, x)).toEqual(learned);
    const whole = await same.toCheckpoint();
    same.remove();
    const other = vera(model, { rank: 8, seed: 6, saveProjection: false });
    const base = await predicted(model, x);
    await expect(other.load(file)).rejects.toThrow(
      'load: checkpoint must have base_model.vera_A and base_model.vera_B',
    );
    expect(await predicted(model, x)).toEqual(base);
    await other.load(whole);
    expect(await predicted(model, x)).toEqual(learned);
    // What came from a file cannot be drawn from the seed: it is written.
    expect((await other.toCheckpoint()).tensors.map(({ name }) => name)).toContain('base_model.vera_A');
    other.remove();
    model.dispose();
    x.dispose();
  });

  it('vera refuses wrong options and weights that are not there', () => {
    const model = twoLayers();
    expect(() => vera(model, { rank: 0 })).toThrow('vera: rank must be an integer of 1 or more');
    expect(() => vera(model, { dInitial: Number.NaN })).toThrow('vera: dInitial must be a number of float32');
    expect(() => vera(model, { filter: 'none' })).toThrow('vera: filter must match a weight');
    expect(() => vera(model, { train: 'none' })).toThrow('vera: train must match a weight');
    expect(() => vera(model, { saveProjection: 1 as never })).toThrow('vera: saveProjection must be');
    model.dispose();
  });
});

describe('load with fit', () => {
  it('load takes files of smaller ranks and other scales into adapters in place, one after another, and they train on', async () => {
    const model = mixed();
    const x = tf.randomNormal([3, 5, 2], 0, 1, 'float32', 1);
    const y = tf.ones([3, 2]);
    const filter = ['memory/**/*ernel', 'head/kernel'];
    const files = [];
    for (const [rank, alpha] of [
      [1, 3],
      [2, 1],
    ] as const) {
      const adapters = lora(model, { rank, alpha, seed: rank, filter });
      await train(model, x, y, 3, 0.5);
      files.push({ file: await adapters.toCheckpoint(), learned: await predicted(model, x) });
      adapters.remove();
    }
    const base = await predicted(model, x);
    const adapters = lora(model, { rank: 2, alpha: 2, filter });
    const optimizer = tf.train.sgd(0.5);
    model.compile({ optimizer, loss: 'meanSquaredError' });
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    const [small] = files;
    await expect(adapters.load(small!.file)).rejects.toThrow('load: ');
    for (const { file, learned } of [...files, ...files]) {
      await adapters.load(file, { fit: true });
      // The scale is rounded into a factor, sums of one and two products: 2^-22 of numbers below 4 through two layers.
      const now = await predicted(model, x);
      expect(Math.max(...now.map((value, i) => Math.abs(value - learned[i]!)))).toBeLessThan(2 ** -18);
      expect(now).not.toEqual(base);
    }
    await adapters.load(small!.file, { fit: true });
    // The same optimizer, the same variables; the row beyond the file's rank learns as well.
    await model.fit(x, y, { epochs: 2, verbose: 0 });
    const trained = await listed(await adapters.toCheckpoint());
    const { shape, values } = trained['base_model.model.head.lora_B.weight']!;
    expect(shape).toEqual([2, 2]);
    expect(values[1]).not.toBe(0);
    optimizer.dispose();
    adapters.remove();
    model.dispose();
    tf.dispose([x, y]);
  });

  it('load fits an embedding, whose first factor is the one of zeros', async () => {
    const model = tf.sequential({
      layers: [tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2, name: 'words' })],
    });
    const x = tf.tensor2d([0, 3, 4, 1], [2, 2]);
    const one = lora(model, { rank: 1, alpha: 2, seed: 1 });
    const file = await one.toCheckpoint();
    const changed = {
      ...file,
      tensors: file.tensors.map((its) => ({
        ...its,
        values: async () => Float32Array.from((await its.values()) as Float32Array, (value, i) => value + i / 8),
      })),
    };
    await one.load(changed);
    const learned = await predicted(model, x);
    one.remove();
    const adapters = lora(model, { rank: 3 });
    await adapters.load(changed, { fit: true });
    const now = await predicted(model, x);
    expect(Math.max(...now.map((value, i) => Math.abs(value - learned[i]!)))).toBeLessThan(2 ** -20);
    adapters.remove();
    model.dispose();
    x.dispose();
  });

  it('load refuses a larger rank, a scale without fit, and a scale for products that are multiplied by 0', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [4], name: 'fc' })] });
    const wide = lora(model, { rank: 3 });
    const file = await wide.toCheckpoint();
    wide.remove();
    const narrow = lora(model, { rank: 2, alpha: 0 });
    const before = await listed(await narrow.toCheckpoint());
    await expect(narrow.load(file, { scale: 2 })).rejects.toThrow('load: scale must be left out without fit');
    await expect(narrow.load(file, { fit: true })).rejects.toThrow('load: products must not be multiplied by 0');
    await expect(narrow.load(file, { fit: true, scale: 0 })).rejects.toThrow(
      'load: checkpoint must have a rank of 2 at most',
    );
    await expect(narrow.load(file, { fit: 1 as never })).rejects.toThrow('load: fit must be');
    expect(await listed(await narrow.toCheckpoint())).toEqual(before);
    narrow.remove();
    model.dispose();
  });
});
