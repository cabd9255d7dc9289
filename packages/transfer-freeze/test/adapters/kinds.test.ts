import * as tf from '@tensorflow/tfjs';
import { saveFolded, weightsOf } from '@weightkit/core';
import { artifactsOf, loadStock } from '@weightkit/testing';
import { dora, freeze, lora, pissa } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import { KINDS, listed, predicted, train, valuesOf } from './helpers.ts';

function mixed(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [4, 2], name: 'steps' }),
      tf.layers.lstm({ units: 2, recurrentInitializer: 'glorotNormal', name: 'memory' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.dense({ units: 4, activation: 'tanh', biasInitializer: 'glorotNormal', name: 'body' }),
      tf.layers.dense({ units: 2, name: 'head' }),
    ],
  });
}

const data = () => [tf.randomNormal([4, 4, 2], 0, 1, 'float32', 1), tf.ones([4, 2])] as const;
const ADAPTED = ['steps/kernel', 'memory/cell/kernel', 'memory/cell/recurrentKernel', 'body/kernel'];

describe.each(Object.keys(KINDS))('%s', (kind) => {
  const put = KINDS[kind]!;

  it('changes nothing at first, trains beside weights that stand still, and loads in stock when saved', async () => {
    const model = mixed();
    const [x, y] = data();
    const [before, start] = [await predicted(model, x), await valuesOf(model)];
    const held = tf.memory().numTensors;
    const frozen = await freeze(model, 'body/**');
    const adapters = await put(model, { train: 'head/**' });
    expect(adapters.paths).toEqual(ADAPTED);
    expect(await predicted(model, x)).toEqual(before);
    await train(model, x, y, 1);
    const trained = await predicted(model, x);
    expect(trained).not.toEqual(before);
    expect((await frozen.verify()).moved).toEqual([]);
    const stock = await loadStock(await artifactsOf((handler) => saveFolded(model, handler)));
    expect(await predicted(stock, x)).toEqual(trained);
    stock.dispose();
    const file = await listed(await adapters.toCheckpoint());
    const changed = Object.values(file).map(({ values }) => new Set(values).size > 1);
    expect(changed).toEqual(changed.map(() => true));
    frozen.unfreeze();
    adapters.remove();
    const after = await valuesOf(model);
    for (const [i, { path }] of weightsOf(model).entries())
      if (!path.startsWith('head/')) expect(after[i], path).toEqual(start[i]);
    expect(tf.memory().numTensors).toBe(held);
    model.dispose();
    tf.dispose([x, y]);
  });

  it('merges and unmerges to the same bits, whatever the weights became, and goes to another model by a file', async () => {
    const model = mixed();
    const [x, y] = data();
    const start = await valuesOf(model);
    const held = tf.memory().numTensors;
    const adapters = await put(model, { filter: ['steps/*', 'body/*'] });
    await train(model, x, y, 1);
    const [trained, file] = [await predicted(model, x), await adapters.toCheckpoint()];
    adapters.merge({ keepBase: true });
    expect(adapters.active).toBe(false);
    expect(await predicted(model, x)).toEqual(trained);
    await expect(adapters.toCheckpoint()).rejects.toThrow('toCheckpoint: adapters must be in place');
    tf.tidy(() => weightsOf(model, 'body/kernel')[0]!.write(tf.ones([2, 4])));
    adapters.unmerge();
    expect(await predicted(model, x)).toEqual(trained);
    expect(await listed(await adapters.toCheckpoint())).toEqual(await listed(file));
    await train(model, x, y, 1);
    expect(await predicted(model, x)).not.toEqual(trained);
    await adapters.load(file);
    expect(await predicted(model, x)).toEqual(trained);
    adapters.remove();
    expect(await valuesOf(model)).toEqual(start);
    expect(tf.memory().numTensors).toBe(held);

    const again = await put(model, { filter: ['steps/*', 'body/*'] });
    await again.load(file);
    expect(await predicted(model, x)).toEqual(trained);
    again.merge();
    expect(await predicted(model, x)).toEqual(trained);
    expect(() => again.unmerge()).toThrow('unmerge: adapters must be merged with keepBase, got nothing kept');
    expect(tf.memory().numTensors).toBe(held);
    model.dispose();
    tf.dispose([x, y]);
  });
});

describe('merging', () => {
  it('unmerge refuses weights with other parametrizations than before, and dispose lets the copies go', async () => {
    const model = mixed();
    const held = tf.memory().numTensors;
    const adapters = lora(model, { rank: 1, filter: 'body/kernel' });
    expect(() => adapters.unmerge()).toThrow('unmerge: adapters must be merged with keepBase, got some in place');
    expect(() => adapters.merge({ keepBase: 1 as never })).toThrow('merge: keepBase must be');
    adapters.merge({ keepBase: true });
    const other = dora(model, { rank: 1, filter: 'body/kernel' });
    const now = await valuesOf(model);
    expect(() => adapters.unmerge()).toThrow(
      'unmerge: weights must have the parametrizations of before, got dora at body/kernel',
    );
    expect(await valuesOf(model)).toEqual(now);
    other.remove();
    adapters.dispose();
    adapters.dispose();
    expect(() => adapters.unmerge()).toThrow('got nothing kept');
    expect(tf.memory().numTensors).toBe(held);
    adapters.dispose();
    model.dispose();
  });

  it('load refuses a file whose products are multiplied by another number', async () => {
    const model = mixed();
    const adapters = lora(model, { rank: 1, alpha: 2, filter: 'body/kernel' });
    const file = await adapters.toCheckpoint();
    adapters.remove();
    const plain = lora(model, { rank: 1, filter: 'body/kernel' });
    await expect(plain.load(file)).rejects.toThrow(
      'load: checkpoint must be of products that are multiplied by 1, got 2',
    );
    plain.remove();
    model.dispose();
  });
});

describe('layers whose trainable is false', () => {
  it('are refused, themselves and within a model, for their adapters would not train', () => {
    const base = tf.sequential({ name: 'base', layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'fc' })] });
    const model = tf.sequential({ layers: [base, tf.layers.dense({ units: 1, name: 'head' })] });
    const held = weightsOf(model).length;
    const rule = (name: string) =>
      `lora: layers that get adapters must have trainable true, or these would not train, got ${name};`;
    for (const layer of [base, base.layers[0]!]) {
      layer.trainable = false;
      expect(() => lora(model, { rank: 1 })).toThrow(rule(layer.name));
      layer.trainable = true;
    }
    expect(weightsOf(model)).toHaveLength(held);
    model.layers[1]!.trainable = false;
    lora(model, { rank: 1, filter: 'base/**' }).remove();
    model.dispose();
  });
});

describe('dora', () => {
  it('leaves columns of zeros as they are, without NaN in values or gradients', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'fc' })] });
    const kernel = tf.tensor2d([3, 0, 4, 0], [2, 2]);
    weightsOf(model)[0]!.write(kernel);
    const adapters = dora(model, { rank: 1 });
    const [x, y] = [tf.tensor2d([1, -2], [1, 2]), tf.tensor2d([1, 1], [1, 2])];
    await train(model, x, y, 2);
    const [now] = await valuesOf(model);
    expect([now![1], now![3], now!.every(Number.isFinite)]).toEqual([0, 0, true]);
    expect(now![0]).not.toBe(3);
    adapters.remove();
    model.dispose();
    tf.dispose([kernel, x, y]);
  });
});

describe('pissa', () => {
  it('begins with the best approximation of its rank, and its file is a lora of twice the rank', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [5], name: 'fc' })] });
    // Rank 1: the residual is 0 but for roundings of 15 products below 8.
    const kernel = tf.tidy(() => tf.outerProduct(tf.tensor1d([1, 2, -1, 0.5, 2]), tf.tensor1d([1, -1, 2])));
    weightsOf(model)[0]!.write(kernel);
    const adapters = await pissa(model, { rank: 1, alpha: 2 });
    const file = await adapters.toCheckpoint();
    const { 'base_model.model.fc.lora_A.weight': a, 'base_model.model.fc.lora_B.weight': b } = await listed(file);
    expect([a!.shape, b!.shape]).toEqual([
      [2, 5],
      [3, 2],
    ]);
    const values = await kernel.data();
    for (let row = 0; row < 5; row++)
      for (let col = 0; col < 3; col++)
        expect(Math.abs(2 * a!.values[row]! * b!.values[2 * col]! - values[3 * row + col]!)).toBeLessThan(2 ** -19);
    await adapters.load({
      ...file,
      tensors: file.tensors.map((tensor) => ({
        ...tensor,
        values: async () => ((await tensor.values()) as Float32Array).map((value, i) => value + (i % 3) / 4),
      })),
    });
    const x = tf.randomNormal([3, 5], 0, 1, 'float32', 1);
    const [wanted, moved] = [await predicted(model, x), await adapters.toCheckpoint()];
    adapters.remove();
    const plain = lora(model, { rank: 2, alpha: 4 });
    await plain.load(moved);
    const made = await predicted(model, x);
    // 5 products and two of rank 2, of values below 16: 9 · 16 · 2^-23, and four times that on WebGPU.
    expect(Math.max(...made.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(7e-5);
    plain.remove();
    await expect(pissa(model, { alpha: 0 })).rejects.toThrow('pissa: alpha must be above 0');
    const bad = tf.fill([5, 3], Number.NaN);
    weightsOf(model)[0]!.write(bad);
    await expect(pissa(model)).rejects.toThrow('pissa: weights must be finite, got NaN at fc/kernel[0]');
    model.dispose();
    tf.dispose([kernel, x, bad]);
  });
});
