import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { describe as told } from '../../src/attribution/describe.ts';

/** What the course's document 003 prints for its network of two ReLU layers. */
const DOCUMENT = `0B -> L1N0: 1.3025760914331386e-08
0B -> L1N1: -1.4192625741316078e-08
L0N0 -> L1N0 = 0.659289538860321
L0N0 -> L1N1 = -0.9533336758613586
L0N1 -> L1N0 = -0.659289538860321
L0N1 -> L1N1 = 0.9533336758613586
1B -> L2N0: -1.9757269598130733e-08
L1N0 -> L2N0 = 1.5167843103408813
L1N1 -> L2N0 = 1.0489506721496582`;

const numbers = (lines: readonly string[]) =>
  lines.filter((line) => !line.startsWith('#')).map((line) => line.replace(/e-(\d)$/, 'e-0$1'));

/** A model whose weights are 1, 2, 3, ... in the order of `getWeights`. */
function counted(layers: tf.layers.Layer[]): tf.Sequential {
  const model = tf.sequential({ layers });
  let next = 1;
  const values = model.getWeights().map(({ shape }) =>
    tf.tensor(
      Array.from({ length: tf.util.sizeFromShape(shape) }, () => next++),
      shape,
    ),
  );
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

describe('describe', () => {
  it("describe(model) prints what the course's document prints, digit by digit", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 2, inputShape: [2], activation: 'relu', name: 'hidden' }),
        tf.layers.dense({ units: 1, activation: 'relu', name: 'out' }),
      ],
    });
    const all = DOCUMENT.split('\n').map((line) => Number(line.split(/: | = /)[1]));
    const values = [
      tf.tensor2d(all.slice(2, 6), [2, 2]),
      tf.tensor1d(all.slice(0, 2)),
      tf.tensor2d(all.slice(7), [2, 1]),
      tf.tensor1d([all[6]!]),
    ];
    model.setWeights(values);
    tf.dispose(values);
    const { lines, layers } = await told(model);
    expect(numbers(lines).join('\n')).toBe(DOCUMENT);
    expect(lines.filter((line) => line.startsWith('#'))).toEqual([
      '# L1: hidden (Dense, relu), 2',
      '# L2: out (Dense, relu), 1',
    ]);
    expect(layers[0]).toMatchObject({
      path: 'hidden',
      kind: 'Dense',
      place: 1,
      activation: 'relu',
      outputShape: [2],
      parameters: 6,
    });
    expect(layers[0]!.connections[3]).toEqual({ from: 'L0N0', to: 'L1N1', value: all[3] });
    model.dispose();
  });

  it('a convolution is told by channels and places of its window, a layer after Flatten by entries', async () => {
    const model = counted([
      tf.layers.conv2d({ filters: 2, kernelSize: [1, 2], inputShape: [1, 3, 2], name: 'conv' }),
      tf.layers.dropout({ rate: 0.5, name: 'drop' }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({ units: 1, useBias: false, name: 'out' }),
    ]);
    // The kernel is [1, 2, 2, 2]: row, column, channel, filter.
    expect((await told(model)).lines).toEqual([
      '# L1: conv (Conv2D), 1x2x2',
      '0B -> L1C0: 9',
      '0B -> L1C1: 10',
      'L0C0(0,0) -> L1C0 = 1',
      'L0C0(0,0) -> L1C1 = 2',
      'L0C1(0,0) -> L1C0 = 3',
      'L0C1(0,0) -> L1C1 = 4',
      'L0C0(0,1) -> L1C0 = 5',
      'L0C0(0,1) -> L1C1 = 6',
      'L0C1(0,1) -> L1C0 = 7',
      'L0C1(0,1) -> L1C1 = 8',
      '# L1 again: drop (Dropout), 1x2x2',
      '# L1 again: flat (Flatten), 4',
      '# L2: out (Dense), 1',
      'L1N0 -> L2N0 = 11',
      'L1N1 -> L2N0 = 12',
      'L1N2 -> L2N0 = 13',
      'L1N3 -> L2N0 = 14',
    ]);
    model.dispose();
  });

  it('the gates of recurrent layers are those that TensorFlow.js computes with', async () => {
    // One unit, one input: a weight of 100 or -100 on one gate opens or shuts it.
    const gate = async (kind: 'lstm' | 'gru', name: string) => {
      const layer = tf.layers[kind]({ units: 1, inputShape: [null, 1], name: 'rnn' });
      const model = counted([layer as unknown as tf.layers.Layer]);
      const { lines } = await told(model);
      model.dispose();
      return (
        lines.findIndex((line) => line.startsWith(`L0N0 -> L1N0.${name} =`)) -
        lines.findIndex((line) => line.startsWith('L0N0'))
      );
    };
    expect(await Promise.all(['i', 'f', 'c', 'o'].map((name) => gate('lstm', name)))).toEqual([0, 1, 2, 3]);
    expect(await Promise.all(['z', 'r', 'h'].map((name) => gate('gru', name)))).toEqual([0, 1, 2]);
    const simple = counted([
      tf.layers.simpleRNN({ units: 2, inputShape: [null, 1], name: 'rnn' }) as unknown as tf.layers.Layer,
    ]);
    expect((await told(simple)).lines.slice(1)).toEqual([
      '0B -> L1N0: 7',
      '0B -> L1N1: 8',
      'L0N0 -> L1N0 = 1',
      'L0N0 -> L1N1 = 2',
      'L1N0(t-1) -> L1N0 = 3',
      'L1N0(t-1) -> L1N1 = 4',
      'L1N1(t-1) -> L1N0 = 5',
      'L1N1(t-1) -> L1N1 = 6',
    ]);
    simple.dispose();
  });

  it('an LSTM computed from its dump, gate by gate, gives what predict gives', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.lstm({
          units: 2,
          inputShape: [3, 2],
          recurrentActivation: 'sigmoid',
          biasInitializer: tf.initializers.randomNormal({ seed: 3 }),
          name: 'rnn',
        }),
      ],
    });
    const { layers } = await told(model);
    const value = new Map(layers[0]!.connections.map(({ from, to, value: v }) => [`${from} ${to}`, v]));
    const x = [
      [0.5, -1],
      [2, 0.25],
      [-0.75, 1],
    ];
    const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
    let [h, c] = [
      [0, 0],
      [0, 0],
    ];
    for (const step of x) {
      const z = (name: string, j: number) =>
        [
          ...step.map((s, i) => s * value.get(`L0N${i} L1N${j}.${name}`)!),
          ...h.map((s, i) => s * value.get(`L1N${i}(t-1) L1N${j}.${name}`)!),
        ].reduce((a, b) => a + b, value.get(`0B L1N${j}.${name}`)!);
      c = c.map((old, j) => sigmoid(z('f', j)) * old + sigmoid(z('i', j)) * Math.tanh(z('c', j)));
      h = c.map((cell, j) => sigmoid(z('o', j)) * Math.tanh(cell));
    }
    const y = tf.tidy(() => model.predict(tf.tensor3d([x])) as tf.Tensor);
    const predicted = await y.data();
    // Three steps of sums of five terms below 4, in float32; sigmoid and tanh of WebGPU have some ulp of their own.
    for (const j of [0, 1]) expect(Math.abs(predicted[j]! - h[j]!)).toBeLessThan(2 ** -16);
    y.dispose();
    model.dispose();
  });

  it('other layers are told by the entries of their weights', async () => {
    const model = counted([
      tf.layers.embedding({ inputDim: 2, outputDim: 2, inputLength: 1, name: 'words' }),
      tf.layers.layerNormalization({ name: 'norm' }),
      tf.layers.reLU({ name: 'act' }),
    ]);
    expect((await told(model)).lines).toEqual([
      '# L1: words (Embedding), 1x2',
      'L0=0 -> L1N0 = 1',
      'L0=0 -> L1N1 = 2',
      'L0=1 -> L1N0 = 3',
      'L0=1 -> L1N1 = 4',
      '# L2: norm (LayerNormalization), 1x2',
      'gamma[0] -> L2 = 5',
      'gamma[1] -> L2 = 6',
      'beta[0] -> L2 = 7',
      'beta[1] -> L2 = 8',
      '# L3: act (ReLU), 1x2',
    ]);
    model.dispose();
  });

  it('describe(model, { most }) cuts each layer and says how many numbers are left; models in a model are one chain', async () => {
    const inner = tf.sequential({
      layers: [tf.layers.dense({ units: 30, inputShape: [40], name: 'a' })],
      name: 'inner',
    });
    const model = tf.sequential({ layers: [inner, tf.layers.dense({ units: 1, name: 'b' })] });
    const { lines, layers } = await told(model, { most: 31 });
    expect(lines).toHaveLength(2 + 2 * 31 + 1);
    expect(lines[32]).toBe('... and 1,199 more of inner/a');
    expect(layers.map(({ parameters, connections }) => [parameters, connections.length])).toEqual([
      [1230, 31],
      [31, 31],
    ]);
    expect((await told(model, { most: 0 })).lines).toEqual([
      '# L1: inner/a (Dense), 30',
      '... and 1,230 more of inner/a',
      '# L2: b (Dense), 1',
      '... and 31 more of b',
    ]);
    expect((await told(model, { most: Number.POSITIVE_INFINITY })).lines).toHaveLength(2 + 1230 + 31);
    model.dispose();
  });

  it('a model with branches is refused by name, and nothing leaks', async () => {
    const input = tf.input({ shape: [2] });
    const sum = tf.layers
      .add()
      .apply([input, tf.layers.dense({ units: 2 }).apply(input) as tf.SymbolicTensor]) as tf.SymbolicTensor;
    const branched = tf.model({ inputs: input, outputs: sum, name: 'branched' });
    await expect(told(branched)).rejects.toThrow(
      'describe: model must be a model whose layers follow one another, got "branched"',
    );
    await expect(told(branched, { most: -1 })).rejects.toThrow(
      'describe: most must be a whole number of 0 or more, or Infinity, got -1',
    );
    const model = counted([tf.layers.dense({ units: 1, inputShape: [2] })]);
    expect(await leakOf(() => told(model))).toEqual({ tensors: 0, variables: 0 });
  });
});
