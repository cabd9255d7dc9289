import * as tf from '@tensorflow/tfjs';
import { isParametrized, saveFolded, weightsOf } from '@weightkit/core';
import { artifactsOf, leakOf, loadStock } from '@weightkit/testing';
import { bottleneck, combineAdapters, freeze, lora, transferWeights } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/bottleneck.json' with { type: 'json' };
import { fileOf, type Listed, listed, predicted, train, valuesOf } from './helpers.ts';

const listedIn = (value: unknown) => value as Record<string, Listed>;
const tensor = ({ shape, values }: { shape: number[]; values: number[] }): tf.Tensor => tf.tensor(values, shape);

const net = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 2, inputShape: [4, 4, 2], activation: 'relu', name: 'conv' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ units: 5, activation: 'tanh', name: 'body' }),
      tf.layers.dense({ units: 2, name: 'head' }),
    ],
  });

const dense = (name: string, units = 4, inputShape?: number[]) =>
  tf.layers.dense({ units, name, activation: 'tanh', ...(inputShape ? { inputShape } : {}) });

/** A layer called twice, models within, one of them first, batch statistics, an initial state, and a sum of branches. */
const MODELS: Readonly<Record<string, { make: () => tf.LayersModel; adapted: string[] }>> = {
  sequential: {
    make: () =>
      tf.sequential({
        name: 'net',
        layers: [
          dense('one', 4, [3]),
          tf.layers.batchNormalization({ name: 'norm' }),
          dense('two'),
          tf.layers.dropout({ rate: 0.5 }),
          dense('head', 2),
        ],
      }),
    adapted: ['one', 'two'],
  },
  'sequential with a model first': {
    make: () =>
      tf.sequential({
        name: 'net',
        layers: [
          tf.sequential({ name: 'base', layers: [dense('one', 4, [3]), dense('two')] }),
          dense('top'),
          dense('head', 2),
        ],
      }),
    adapted: ['base', 'top'],
  },
  functional: {
    make: () => {
      const input = tf.input({ shape: [3], name: 'in' });
      const one = dense('one').apply(input) as tf.SymbolicTensor;
      const twice = dense('twice');
      const two = tf.layers
        .add({ name: 'sum' })
        .apply([one, twice.apply(twice.apply(one)) as tf.SymbolicTensor]) as tf.SymbolicTensor;
      const inner = tf.sequential({ name: 'inner', layers: [dense('deep', 5, [4])] });
      const state = dense('state', 2).apply(one) as tf.SymbolicTensor;
      const memory = tf.layers
        .gru({ units: 2, name: 'memory', recurrentInitializer: 'glorotNormal' })
        .apply([
          tf.layers.reshape({ targetShape: [5, 1], name: 'shaped' }).apply(inner.apply(two)) as tf.SymbolicTensor,
          state,
        ]) as tf.SymbolicTensor;
      return tf.model({ inputs: input, outputs: dense('head', 2).apply(memory) as tf.SymbolicTensor, name: 'net' });
    },
    adapted: ['one', 'twice', 'inner', 'state', 'memory'],
  },
};

/** Disposes a model's weights, which tfjs leaves where a layer is called twice. */
function disposeAll(model: tf.LayersModel): void {
  for (const { variable } of weightsOf(model)) variable!.dispose();
}

/**
 * Sums of at most 8 products below 16 in float32, over four layers and three steps whose gradients are such sums again:
 * 3 · 2 · 4 · 8 · 16 · 2^-24 < 2e-4; tanh and erf of WebGPU and WebAssembly lie within 1e-6 of the true ones, and five times is left.
 */
const TOLERANCE = 1e-3;

function expectNear(made: readonly number[], wanted: readonly number[]): void {
  expect(made).toHaveLength(wanted.length);
  expect(Math.max(...wanted.map((value, i) => Math.abs(value - made[i]!)))).toBeLessThan(TOLERANCE);
}

describe('bottleneck', () => {
  it.each(Object.entries(golden.cases))(
    'bottleneck computes, trains and writes as torch does, with %s',
    async (activation, wanted) => {
      const model = net();
      await transferWeights(fileOf(listedIn(wanted.base)), model);
      const before = await valuesOf(model);
      const { layers, parallel } = wanted;
      const options = { layers, parallel, size: golden.size, activation: activation as 'relu' };
      const adapters = bottleneck(model, options);
      const [x, y] = [tensor(wanted.x), tensor(wanted.y)];
      await adapters.load(fileOf(listedIn(wanted.start)));
      expectNear(await predicted(adapters.model, x), wanted.first.values);
      const optimizer = tf.train.sgd(golden.rate);
      adapters.model.compile({ optimizer, loss: 'meanSquaredError' });
      await adapters.model.fit(x, y, { epochs: golden.steps, batchSize: 6, shuffle: false, verbose: 0 });
      optimizer.dispose();
      expectNear(await predicted(adapters.model, x), wanted.last.values);
      const file = await listed(await adapters.toCheckpoint());
      expect(Object.keys(file).sort()).toEqual(Object.keys(wanted.trained).sort());
      for (const [name, { shape, values }] of Object.entries(listedIn(wanted.trained))) {
        expect(file[name]!.shape, name).toEqual(shape);
        expectNear(file[name]!.values, values);
      }
      adapters.remove();
      expect(await valuesOf(model)).toEqual(before);
      model.dispose();
      tf.dispose([x, y]);
    },
  );

  it.each(Object.entries(MODELS))(
    'bottleneck of a %s model changes nothing at first, trains alone, loads in stock, swaps, and leaves nothing behind',
    async (_, { make, adapted }) => {
      const leak = await leakOf(async () => {
        const model = make();
        const start = tf.memory().numTensors;
        const [x, y] = [tf.randomNormal([4, 3], 0, 1, 'float32', 1), tf.ones([4, 2])];
        const [before, values] = [await predicted(model, x), await valuesOf(model)];
        const adapters = bottleneck(model, { size: 3, train: 'head/**' });
        expect(adapters.paths).toEqual(adapted);
        expect(await predicted(adapters.model, x)).toEqual(before);
        const first = await adapters.toCheckpoint();
        await train(adapters.model, x, y, 2);
        const [trained, learned] = [await predicted(adapters.model, x), await adapters.toCheckpoint()];
        expect(trained).not.toEqual(before);
        const stock = await loadStock(await artifactsOf((handler) => saveFolded(adapters.model, handler)));
        expect(await predicted(stock, x)).toEqual(trained);
        disposeAll(stock);
        const native = await loadStock(await artifactsOf((handler) => adapters.model.save(handler)));
        expect(await predicted(native, x)).toEqual(trained);
        disposeAll(native);

        await adapters.load(first);
        expect(await predicted(adapters.model, x)).toEqual(await predicted(model, x));
        await adapters.load(learned);
        expect(await predicted(adapters.model, x)).toEqual(trained);
        const own = weightsOf(adapters.model).filter(({ path }) => /_adapter_(down|up)\//.test(path));
        const entries = own.reduce((sum, { shape }) => sum + shape.reduce((size, n) => size * n, 1), 0);
        const { trainableParameters, trained: trains } = adapters.report();
        const heads = weightsOf(model, 'head/**').reduce((sum, { variable }) => sum + variable!.size, 0);
        expect([trainableParameters, trains]).toEqual([entries + heads, ['head/kernel', 'head/bias']]);

        adapters.remove();
        expect(adapters.active).toBe(false);
        const after = await valuesOf(model);
        for (const [i, { path, trainable }] of weightsOf(model).entries())
          if (!path.startsWith('head/')) {
            expect(after[i], path).toEqual(values[i]);
            expect(trainable).toBe(!/moving/.test(path));
          }
        tf.dispose([x, y]);
        expect(tf.memory().numTensors).toBe(start);
        // It trains again, statistics as well.
        const [x2, y2] = [tf.randomNormal([4, 3], 0, 1, 'float32', 2), tf.ones([4, 2])];
        await train(model, x2, y2, 1);
        const moved = await valuesOf(model);
        expect(moved.every((one, i) => one.join() !== after[i]!.join())).toBe(true);
        tf.dispose([x2, y2]);
        disposeAll(model);
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    },
  );

  it('bottleneck: the model with adapters outlives the one that was given, and other adapters train in it', async () => {
    const leak = await leakOf(async () => {
      const model = MODELS['sequential with a model first']!.make();
      const x = tf.randomNormal([4, 3], 0, 1, 'float32', 1);
      const frozen = await freeze(model);
      const adapters = bottleneck(model, { size: 2, seed: 3 });
      const y = tf.ones([4, 2]);
      await train(adapters.model, x, y, 2);
      expect((await frozen.verify()).moved).toEqual([]);
      frozen.unfreeze();
      const trained = await predicted(adapters.model, x);
      model.dispose();
      expect(await predicted(adapters.model, x)).toEqual(trained);
      const more = lora(adapters.model, { rank: 1, filter: 'base/**' });
      await train(adapters.model, x, y, 1);
      expect(await predicted(adapters.model, x)).not.toEqual(trained);
      more.remove();
      expect(await predicted(adapters.model, x)).toEqual(trained);
      adapters.model.dispose();
      await expect(adapters.toCheckpoint()).rejects.toThrow('toCheckpoint: model must not be disposed');
      adapters.remove();
      tf.dispose([x, y]);
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });

  it('bottleneck: adapters that were put in its model are merged into the layers after remove() too', async () => {
    const leak = await leakOf(async () => {
      const model = MODELS['sequential with a model first']!.make();
      const [x, y] = [tf.randomNormal([4, 3], 0, 1, 'float32', 1), tf.ones([4, 2])];
      const first = await predicted(model, x);
      const around = bottleneck(model, { size: 2 });
      const adapters = lora(around.model, { rank: 1, filter: 'base/**' });
      await train(around.model, x, y, 2);
      around.remove();
      const before = await predicted(model, x);
      expect(before).not.toEqual(first);
      adapters.merge({ keepBase: true });
      adapters.dispose();
      expect(isParametrized(model)).toBe(false);
      // The merged sum is the very one that the layer computed with.
      expect(await predicted(model, x)).toEqual(before);
      tf.dispose([x, y]);
      disposeAll(model);
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });

  it('bottleneck begins with the same kernels for the same seed, and the second kernels at 0', async () => {
    const model = net();
    const fileAt = async (seed: number) => {
      const adapters = bottleneck(model, { layers: ['conv', 'body'], size: 4, seed });
      const file = await listed(await adapters.toCheckpoint());
      adapters.remove();
      return file;
    };
    const [one, same, other] = [await fileAt(1), await fileAt(1), await fileAt(2)];
    expect(one).toEqual(same);
    for (const [name, { values }] of Object.entries(one)) {
      const isFirst = name.endsWith('adapter_down.weight');
      expect(values.every((value) => value === 0)).toBe(!isFirst);
      if (!isFirst) continue;
      expect(values).not.toEqual(other[name]!.values);
      const inputs = one[name]!.shape[1]!;
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual((1 + 2 ** -23) / Math.sqrt(inputs));
    }
    model.dispose();
  });

  it('bottleneck skips layers that can have none, and refuses them by name when they are asked for; nothing changes', async () => {
    const masked = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 4, maskZero: true, name: 'words' }),
        tf.layers.lstm({ units: 3, name: 'memory', recurrentInitializer: 'glorotNormal' }),
        tf.layers.dense({ units: 2, name: 'head' }),
      ],
    });
    const x = tf.tensor2d([1, 2, 0, 0], [1, 4]);
    // WebGPU of tfjs 4.22 has no transposition of bools, which recurrent layers need for masks.
    const outputs = async (one: tf.LayersModel) => (tf.getBackend() === 'webgpu' ? [] : predicted(one, x));
    const before = await outputs(masked);
    const adapters = bottleneck(masked);
    expect(adapters.paths).toEqual(['memory']);
    expect(adapters.report().skipped).toEqual([
      { path: 'words', reason: 'its outputs have a mask, which sums of TensorFlow.js lose' },
    ]);
    expect(await outputs(adapters.model)).toEqual(before);
    adapters.remove();
    const counts = () =>
      masked.layers.map(({ inboundNodes, outboundNodes }) => [inboundNodes.length, outboundNodes.length]);
    const [nodes, tensors] = [counts(), tf.memory().numTensors];
    const refused = (options: object, message: string): void => {
      expect(() => bottleneck(masked, options)).toThrow(message);
      expect(counts()).toEqual(nodes);
      expect(tf.memory().numTensors).toBe(tensors);
      expect(weightsOf(masked).every(({ variable }) => variable!.trainable)).toBe(true);
    };
    refused(
      { layers: ['memory', 'words'] },
      'bottleneck: layers must be able to have an adapter: of words its outputs',
    );
    refused(
      { layers: ['memory'], parallel: true },
      'what it takes, [,4,3], and gives, [,3], differ in more than channels',
    );
    refused({ layers: ['memory/cell'] }, 'bottleneck: layers must be layers of the model itself');
    refused({ layers: ['other'] }, 'bottleneck: layers must be in the model');
    refused({ layers: [] }, 'bottleneck: layers must be one or more');
    refused({ size: 0 }, 'bottleneck: size must be an integer of 1 or more, got 0');
    refused({ size: 2.5 }, 'bottleneck: size must be an integer');
    refused({ activation: 'step' }, 'bottleneck: activation must be one of');
    refused({ parallel: 1 }, 'bottleneck: parallel must be');
    refused({ rank: 2 }, 'bottleneck: ');
    refused({ train: 'none' }, 'bottleneck: train must match a weight');
    refused({ train: 'memory/**', parallel: true }, 'bottleneck: model must have a layer for an adapter');
    x.dispose();
    masked.dispose();
  });

  it('bottleneck refuses a second adapter behind the same layer, a single layer, and a model with nothing below its head', () => {
    const model = net();
    const adapters = bottleneck(model);
    expect(() => bottleneck(adapters.model, { layers: ['body'] })).toThrow(
      'bottleneck: layers must not have adapters already, got "body_adapter_down"',
    );
    adapters.remove();
    expect(() => adapters.remove()).toThrow('remove: adapters must be in place, got some taken away (of conv)');
    expect(() => bottleneck(model.layers[0] as never)).toThrow('bottleneck: model must be a LayersModel');
    model.dispose();
    const single = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'fc' })] });
    expect(() => bottleneck(single)).toThrow('bottleneck: model must have a layer with weights and another behind it');
    single.dispose();
  });

  it('load refuses files of other adapters and changes nothing, and combineAdapters refuses to add such files', async () => {
    const model = net();
    const adapters = bottleneck(model, { size: 2 });
    const file = await adapters.toCheckpoint();
    const now = await listed(file);
    const [first] = file.tensors;
    const without = { ...file, tensors: file.tensors.slice(1) };
    await expect(adapters.load(without)).rejects.toThrow(`load: checkpoint must have ${first!.name}`);
    const more = { ...first!, name: 'base_model.model.else.adapter_up.bias' };
    await expect(adapters.load({ ...file, tensors: [...file.tensors, more] })).rejects.toThrow(
      'load: checkpoint must have no adapters but of the kind and the weights of those in place',
    );
    const tanh = { ...file, extras: { metadata: { activation: 'tanh' } } };
    await expect(adapters.load(tanh)).rejects.toThrow('load: checkpoint must be of adapters with activation relu');
    const beside = { ...file, extras: { metadata: { parallel: 'true' } } };
    await expect(adapters.load(beside)).rejects.toThrow('load: checkpoint must be of adapters with parallel false');
    const values = async () => new Float32Array(8).fill(Number.NaN);
    const broken = { ...file, tensors: file.tensors.map((one, i) => (i === 7 ? { ...one, values } : one)) };
    await expect(adapters.load(broken)).rejects.toThrow('load: ');
    adapters.remove();
    const wide = bottleneck(model, { size: 3 });
    await expect(wide.load(file)).rejects.toThrow(`load: ${first!.name} must be [3,4], got "[2,4]"`);
    wide.remove();
    expect(await listed(file)).toEqual(now);
    await expect(combineAdapters([file, file], [1, 1])).rejects.toThrow(
      'combineAdapters: checkpoints must be of lora or ia3, for nothing else can be added',
    );
    model.dispose();
  });
});
