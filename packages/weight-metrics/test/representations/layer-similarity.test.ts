import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { layerSimilarity } from '../../src/representations/layer-similarity.ts';
import { linearCka } from '../../src/representations/linear-cka.ts';
import golden from '../golden/representations.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

const kernelInitializer = (seed: number) => tf.initializers.glorotNormal({ seed });
const made = (seed: number) =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 3,
        kernelSize: 2,
        inputShape: [4, 4, 1],
        kernelInitializer: kernelInitializer(seed),
        activation: 'tanh',
        name: `conv${seed}`,
      }),
      tf.layers.flatten({ name: `flat${seed}` }),
      tf.layers.dense({ units: 5, kernelInitializer: kernelInitializer(seed + 10), name: `out${seed}` }),
    ],
  });
const probe = (count: number) => tf.randomNormal([count, 4, 4, 1], 0, 1, 'float32', 5);

describe('layerSimilarity', () => {
  it('layerSimilarity has the alignment of each layer with each: linearCka of what they return', async () => {
    const [model, x] = [made(1), probe(12)];
    const outputs: tf.Tensor[] = [];
    let at: tf.Tensor = x;
    for (const layer of model.layers) {
      at = layer.apply(at) as tf.Tensor;
      outputs.push(at);
    }
    for (const debiased of [true, false]) {
      const { rows, columns, values, examples } = await layerSimilarity(model, x, { debiased });
      expect([rows, columns, examples]).toEqual([['conv1', 'flat1', 'out1'], rows, 12]);
      // The layers' outputs are computed twice, in float32.
      for (const [i, a] of outputs.entries())
        for (const [j, b] of outputs.entries())
          expect(Math.abs(values[i]![j]! - (await linearCka(a, b, { debiased })))).toBeLessThan(1e-5);
      expect(values[0]![1]).toBeCloseTo(1, 6);
      expect(values[2]![0]).toBe(values[0]![2]);
    }
  });

  it('layerSimilarity compares two models, and finds a model whose units stand in another order the same', async () => {
    const [model, other, x] = [made(1), made(1), probe(16)];
    const order = tf.tensor1d([2, 0, 1], 'int32');
    const [kernel, bias, out, outBias] = model.getWeights();
    // Columns of out belong to places times filters. What gather of the wasm backend gives is no bias until something is added to it.
    const filters = tf.reshape(tf.gather(tf.reshape(out!, [9, 3, 5]), order, 1), [27, 5]);
    other.setWeights([tf.gather(kernel!, order, 3), tf.add(tf.gather(bias!, order), 0), filters, outBias!]);
    const { rows, columns, values } = await layerSimilarity(model, x, {
      other,
      layers: ['conv1', model.layers[2]!],
      otherLayers: [other.layers[0]!],
    });
    expect([rows, columns]).toEqual([['conv1', 'out1'], ['conv1']]);
    expect(Math.abs(values[0]![0]! - 1)).toBeLessThan(1e-5);
    const next = await layerSimilarity(model, x, { other: made(2) });
    expect(next.columns).toEqual(['conv2', 'flat2', 'out2']);
    expect(next.values[2]![2]).toBeLessThan(0.99);
  });

  it.each(golden.cases.filter(({ batches }) => batches !== null))(
    'layerSimilarity in batches of 8 adds up the criteria, as numpy does: $call',
    async ({ x, y, shift, batches, debiased }) => {
      const inputs = [x, y].map(({ shape }) => tf.input({ shape: shape.slice(1) }));
      const layers = inputs.map((input, i) =>
        tf.layers.activation({ activation: 'linear', name: `part${i}` }).apply(input),
      );
      const model = tf.model({ inputs, outputs: layers as tf.SymbolicTensor[] });
      const data = [goldenTensor(x), tf.add(goldenTensor(y), shift)];
      const both = { layers: ['part0', 'part1'] };
      const { values } = await layerSimilarity(model, data, { ...both, batchSize: 8 });
      const most = shift === 0 ? 1e-11 : 1e-4;
      expect(Math.abs(values[0]![1]! - batches!)).toBeLessThan(most);
      expect(Math.abs((await layerSimilarity(model, data, both)).values[0]![1]! - debiased)).toBeLessThan(most);
    },
  );

  it('layerSimilarity has null for layers with NaN or the same for all, and the others as without them', async () => {
    const input = tf.input({ shape: [3] });
    const dense = (name: string) => tf.layers.dense({ units: 4, kernelInitializer: kernelInitializer(3), name });
    const outputs = ['right', 'bad', 'flat'].map((name) => dense(name).apply(input) as tf.SymbolicTensor);
    const model = tf.model({ inputs: input, outputs });
    model.getLayer('bad').setWeights([tf.fill([3, 4], Number.NaN), tf.zeros([4])]);
    model.getLayer('flat').setWeights([tf.zeros([3, 4]), tf.ones([4])]);
    const { rows, values } = await layerSimilarity(model, tf.randomNormal([8, 3], 0, 1, 'float32', 2), {
      layers: ['right', 'bad', 'flat'],
    });
    expect(rows).toEqual(['right', 'bad', 'flat']);
    expect(values.map((row) => row.map((value) => (value === null ? null : Math.round(value))))).toEqual([
      [1, null, null],
      [null, null, null],
      [null, null, null],
    ]);
  });

  it('layerSimilarity adds nothing for a batch in which a layer gives the same for all', async () => {
    const model = tf.sequential({
      layers: [tf.layers.activation({ activation: 'relu', inputShape: [2], name: 'relu' })],
    });
    const varying = tf.randomNormal([8, 2], 3, 1, 'float32', 1);
    const data = tf.concat([varying, tf.fill([8, 2], -1)]);
    const { values } = await layerSimilarity(model, data, { batchSize: 8 });
    expect(values[0]![0]).toBeCloseTo(1, 12);
    expect((await layerSimilarity(model, tf.fill([8, 2], -1))).values).toEqual([[null]]);
  });

  it('layerSimilarity takes the last call of a layer that is called for each step', async () => {
    const cell = tf.layers.simpleRNN({
      units: 3,
      inputShape: [5, 2],
      kernelInitializer: kernelInitializer(4),
      recurrentInitializer: kernelInitializer(5),
      name: 'rnn',
    });
    const model = tf.sequential({ layers: [cell] });
    const { rows, values } = await layerSimilarity(model, tf.randomNormal([10, 5, 2], 0, 1, 'float32', 3));
    expect(rows).toEqual(['rnn/cell', 'rnn']);
    expect(Math.abs(values[0]![1]! - 1)).toBeLessThan(1e-6);
  });

  it('layerSimilarity refuses wrong options by name, and leaves no tensors, also where it fails', async () => {
    const [model, x] = [made(1), probe(8)];
    const wrong = (options: unknown, says: string, batch = x) =>
      expect(layerSimilarity(model, batch, options as object)).rejects.toThrow(`layerSimilarity: ${says}`);
    await wrong({ layers: ['none'] }, 'layers must be in the model (there are conv1, flat1, out1), got "none"');
    await wrong({ layers: [] }, 'layers must be a list of paths or layers');
    await wrong({ batchSize: 3 }, 'batchSize must be an integer of 4 or more, got 3');
    await wrong({ batchSize: 4, debiased: false }, 'batchSize must be left out without debiasing, got 4');
    await wrong({ otherLayers: ['out1'] }, 'otherLayers must be of another model');
    await wrong({ other: 1 }, 'model must be');
    await wrong({ debiased: 1 }, 'debiased must be true or false, got 1');
    await wrong({}, 'batch must have 4 examples or more, got 3', probe(3));
    await wrong({}, 'batch must have shape', tf.ones([8, 4, 4]));
    expect(await leakOf(() => layerSimilarity(model, x, { batchSize: 4 }))).toEqual({ tensors: 0, variables: 0 });
    const fails = () =>
      layerSimilarity(model, x, {
        other: tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] }),
      }).catch(() => null);
    await fails();
    const other = made(3);
    expect(await leakOf(() => layerSimilarity(model, x, { other }))).toEqual({ tensors: 0, variables: 0 });
  });
});
