import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forwardByHand } from '../../src/attribution/forward-by-hand.ts';
import { goldenValues } from '../golden-values.ts';

const seeded = (seed: number) => ({
  kernelInitializer: tf.initializers.glorotNormal({ seed }),
  biasInitializer: tf.initializers.randomNormal({ seed: seed + 50 }),
});
const at = (shape: number[], seed = 5) => tf.tensor(goldenValues({ shape, seed, scale: 1, zero: 1000 }), shape);

const free = (...all: { dispose(): unknown }[]): void => {
  for (const one of all) one.dispose();
};

/** The course's network, with the numbers that its document 003 rounds. */
function rounded() {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, inputShape: [2], activation: 'relu', name: 'hidden' }),
      tf.layers.dense({ units: 1, activation: 'relu', name: 'out' }),
    ],
  });
  const values = [
    tf.tensor2d([0.66, -0.95, -0.66, 0.95], [2, 2]),
    tf.zeros([2]),
    tf.tensor2d([1.5, 1], [2, 1]),
    tf.zeros([1]),
  ];
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

describe('forwardByHand', () => {
  it('forwardByHand(model, [[0, 1]]) writes the sums of the course document', async () => {
    const model = rounded();
    const x = tf.tensor2d([[0, 1]]);
    const { lines, layers, outputs, difference } = await forwardByHand(model, x);
    expect(lines).toEqual([
      'L1N0 = 0 + 0.66 * 0 - 0.66 * 1 = -0.66, relu 0',
      'L1N1 = 0 - 0.95 * 0 + 0.95 * 1 = 0.95, relu 0.95',
      'L2N0 = 0 + 1.5 * 0 + 1 * 0.95 = 0.95, relu 0.95',
    ]);
    expect(layers[1]!.neurons[0]!.terms).toEqual([
      { from: 'L1N0', input: 0, weight: 1.5, product: 0 },
      { from: 'L1N1', input: Math.fround(0.95), weight: 1, product: Math.fround(0.95) },
    ]);
    expect(outputs[0]).toBeCloseTo(0.95, 6);
    // One product and one sum of numbers below 2, exact but for the weights' rounding, which both sides have.
    expect(difference).toBeLessThanOrEqual(2 ** -23);
    free(x, model);
  });

  it.each([
    'linear',
    'relu',
    'relu6',
    'elu',
    'selu',
    'sigmoid',
    'tanh',
    'softmax',
    'softplus',
    'softsign',
    'hardSigmoid',
    'swish',
    'mish',
    'gelu',
  ] as const)('a stack with %s adds up to predict, and each sum to its terms', async (activation) => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 6, inputShape: [5], activation: activation as 'relu', name: 'a', ...seeded(1) }),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.dense({
          units: 4,
          activation: activation as 'relu',
          name: 'b',
          useBias: false,
          kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }),
        }),
      ],
    });
    const x = at([1, 5]);
    const { layers, predicted, outputs, difference } = await forwardByHand(model, x);
    expect(difference).toBe(Math.max(...outputs.map((y, i) => Math.abs(y - predicted[i]!))));
    // Up to 17 float32 roundings of numbers below 8; exp and tanh of WebGPU have some ulp of their own.
    expect(difference).toBeLessThan(2 ** -15);
    for (const { neurons } of layers)
      for (const { bias, terms, sum } of neurons)
        expect(Math.abs(terms.reduce((total, { product }) => total + product, bias) - sum)).toBeLessThan(2 ** -48);
    expect(layers.map(({ place, kind, neurons }) => [place, kind, neurons.length])).toEqual([
      [1, 'Dense', 6],
      [1, 'Dropout', 0],
      [2, 'Dense', 4],
    ]);
    free(x, model);
  });

  it('layers of other kinds are taken from the model: a convolution, a normalization, an RNN behind a mask', async () => {
    // Stock webgpu cannot transpose a mask.
    const maskZero = tf.getBackend() !== 'webgpu';
    const nets: [tf.layers.Layer[], tf.Tensor][] = [
      [
        [
          tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [5, 5, 1], activation: 'relu', ...seeded(1) }),
          tf.layers.maxPooling2d({ poolSize: 2, strides: 1 }),
          tf.layers.batchNormalization(),
          tf.layers.flatten(),
          tf.layers.dense({ units: 3, activation: 'softmax', ...seeded(2) }),
        ],
        at([1, 5, 5, 1]),
      ],
      [
        [
          tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 4, maskZero }),
          tf.layers.lstm({ units: 4 }) as unknown as tf.layers.Layer,
          tf.layers.dense({ units: 2, activation: 'tanh', ...seeded(2) }),
        ],
        tf.tensor2d([[1, 4, 0, 0]]),
      ],
      [
        [tf.layers.dense({ units: 3, inputShape: [2, 4], ...seeded(1) }), tf.layers.globalAveragePooling1d({})],
        at([1, 2, 4]),
      ],
    ];
    for (const [layers, x] of nets) {
      const model = tf.sequential({ layers });
      const { difference, layers: told } = await forwardByHand(model, x);
      expect(difference).toBeLessThan(2 ** -15);
      expect(told.map(({ neurons }) => neurons.length > 0)).toEqual(
        layers.map((layer) => layer.getClassName() === 'Dense' && layer.outputShape.length === 2),
      );
      free(x, model);
    }
  });

  it('forwardByHand(model, x, { most }) tells the first neurons and terms, and the sum of the rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.nat(1000), async (most, seed) => {
        const model = tf.sequential({
          layers: [tf.layers.dense({ units: 7, inputShape: [8], name: 'a', ...seeded(seed) })],
        });
        const x = at([1, 8], seed);
        const { layers, lines } = await forwardByHand(model, x, { most });
        const { neurons, outputs } = layers[0]!;
        expect(neurons).toHaveLength(Math.min(most, 7));
        expect(lines).toHaveLength(Math.min(most, 7) + (most < 7 ? 1 : 0));
        for (const [j, { bias, terms, moreTerms, moreSum, sum, output }] of neurons.entries()) {
          expect(terms.length + moreTerms).toBe(8);
          expect(Math.abs(terms.reduce((total, { product }) => total + product, bias) + moreSum - sum)).toBeLessThan(
            2 ** -48,
          );
          expect([sum, output]).toEqual([outputs[j], outputs[j]]);
        }
        free(x, model);
      }),
      { numRuns: 10 },
    );
  });

  it('two examples, a state and another shape are refused by name, and nothing leaks', async () => {
    const model = rounded();
    const [one, two, wide] = [tf.zeros([1, 2]), tf.zeros([2, 2]), tf.zeros([1, 3])];
    await expect(forwardByHand(model, two)).rejects.toThrow('forwardByHand: x must have one example, got [2, 2]');
    await expect(forwardByHand(model, wide)).rejects.toThrow('forwardByHand: x must have shape [null,2], got [1, 3]');
    await expect(forwardByHand(model, one, { most: 0 })).rejects.toThrow(
      'forwardByHand: most must be an integer of 1 or more, got 0',
    );
    const rnn = tf.sequential({
      layers: [
        tf.layers.gru({
          units: 1,
          batchInputShape: [1, 2, 1],
          stateful: true,
          name: 'kept',
        }) as unknown as tf.layers.Layer,
      ],
    });
    const steps = tf.zeros([1, 2, 1]);
    await expect(forwardByHand(rnn, steps)).rejects.toThrow(
      'forwardByHand: model must have no layers that keep a state, got "kept"',
    );
    expect(await leakOf(() => forwardByHand(model, one))).toEqual({ tensors: 0, variables: 0 });
    free(one, two, wide, steps, model, rnn);
  });
});
