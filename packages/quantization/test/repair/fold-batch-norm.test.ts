import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrize } from '@weightkit/core';
import { leakOf, loadStock } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import { foldBatchNorm } from '../../src/index.ts';
import { golden } from '../helpers.ts';
import { normalTensor, predict, relative, shake, withModel } from './helpers.ts';

/**
 * Both models round each product and sum once in float32. A sum of n ≤ 80 products of values up to M is off by n · 2^-24 · M at most; the
 * largest output is not below M / 8 here. Twice that for two models: 2 · 80 · 8 · 2^-24 < 8e-5; they are sums of random signs, √n of it.
 */
const ROUNDING = 1e-5;

const norm = (name = 'norm', more = {}) => tf.layers.batchNormalization({ name, ...more });
const image = [6, 6, 3];

const LAYERS: [string, number[], () => tf.layers.Layer][] = [
  ['Dense', [5], () => tf.layers.dense({ units: 4, name: 'a' })],
  ['Dense of rows', [3, 5], () => tf.layers.dense({ units: 4, name: 'a' })],
  ['Dense without a bias', [5], () => tf.layers.dense({ units: 4, useBias: false, name: 'a' })],
  ['Conv1D', [7, 3], () => tf.layers.conv1d({ filters: 4, kernelSize: 3, name: 'a' })],
  ['Conv2D', image, () => tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'a' })],
  ['Conv2D without a bias', image, () => tf.layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, name: 'a' })],
  ['Conv2DTranspose', image, () => tf.layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, name: 'a' })],
  ['DepthwiseConv2D', image, () => tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name: 'a' })],
  [
    'SeparableConv2D',
    image,
    () => tf.layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, useBias: false, name: 'a' }),
  ],
];

describe('foldBatchNorm', () => {
  test('foldBatchNorm(model) folds what has its axis in a list, as files of Keras 2 have it', async () => {
    const input = tf.input({ shape: image });
    const y = tf.layers.conv2d({ filters: 4, kernelSize: 3, name: 'a' }).apply(input);
    const outputs = norm('norm', { axis: [3] }).apply(y) as tf.SymbolicTensor;
    await withModel(tf.model({ inputs: input, outputs }), async (model) => {
      shake(model);
      const { model: folded, folded: pairs, difference } = await foldBatchNorm(model);
      expect(pairs).toMatchObject([{ path: 'norm', into: 'a' }]);
      expect(difference).toBeLessThan(ROUNDING);
      folded.dispose();
    });
  });

  test.each(LAYERS)(
    'foldBatchNorm(model) of a %s gives what the model gives, and loads in stock',
    async (_, shape, make) => {
      const input = tf.input({ shape });
      const y = norm().apply(make().apply(input)) as tf.SymbolicTensor;
      await withModel(
        tf.model({ inputs: input, outputs: tf.layers.reLU().apply(y) as tf.SymbolicTensor }),
        async (model) => {
          shake(model);
          const { model: folded, folded: pairs, skipped, difference } = await foldBatchNorm(model);
          expect(pairs).toMatchObject([{ path: 'norm', into: 'a' }]);
          expect(skipped).toEqual([]);
          expect(difference).toBeLessThan(ROUNDING);
          expect(folded.layers.some((layer) => layer.getClassName() === 'BatchNormalization')).toBe(false);
          const stock = await loadStock(await foldedArtifacts(folded));
          const x = normalTensor([2, ...shape]);
          const [before, after, loaded] = [await predict(model, x), await predict(folded, x), await predict(stock, x)];
          expect(relative(before, after)).toBeLessThan(ROUNDING);
          expect(loaded).toEqual(after);
          tf.dispose(x);
          folded.dispose();
          stock.dispose();
        },
      );
    },
  );

  test('foldBatchNorm(model) gives the kernel and bias of torch.nn.utils.fusion', async () => {
    interface Case {
      kind: 'conv2d' | 'dense' | 'depthwise' | 'transposed';
      shape: number[];
      epsilon: number;
      input: Record<'kernel' | 'bias' | 'gamma' | 'beta' | 'mean' | 'variance', number[]>;
      output: Record<'kernel' | 'bias', number[]>;
    }
    for (const { kind, shape, epsilon, input: given, output: wanted } of golden<Case>('fold-batch-norm')) {
      const [h = 1, w = 1, ,] = shape;
      const units = given.gamma.length;
      const layer = {
        conv2d: () =>
          tf.layers.conv2d({ filters: units, kernelSize: [h, w], inputShape: [6, 6, shape[2]!], name: 'a' }),
        dense: () => tf.layers.dense({ units, inputShape: [shape[0]!], name: 'a' }),
        depthwise: () =>
          tf.layers.depthwiseConv2d({
            kernelSize: [h, w],
            depthMultiplier: shape[3]!,
            inputShape: [6, 6, shape[2]!],
            name: 'a',
          }),
        transposed: () =>
          tf.layers.conv2dTranspose({ filters: units, kernelSize: [h, w], inputShape: [6, 6, shape[3]!], name: 'a' }),
      }[kind]();
      await withModel(tf.sequential({ layers: [layer, norm('norm', { epsilon })] }), async (model) => {
        tf.tidy(() => {
          layer.setWeights([tf.tensor(given.kernel, shape), tf.tensor1d(given.bias)]);
          model.layers[1]!.setWeights(
            [given.gamma, given.beta, given.mean, given.variance].map((values) => tf.tensor1d(values)),
          );
        });
        const { model: folded } = await foldBatchNorm(model);
        const [kernel, bias] = await Promise.all(folded.layers[0]!.getWeights().map((value) => value.data()));
        // In float64 and rounded once, as the golden is.
        for (const [i, value] of wanted.kernel.entries()) expect(kernel![i]).toBeCloseTo(value, 6);
        for (const [i, value] of wanted.bias.entries())
          expect(Math.abs(bias![i]! - value)).toBeLessThanOrEqual(2 ** -23 * Math.max(1, Math.abs(value)));
        folded.dispose();
      });
    }
  });

  test('foldBatchNorm(model) says why a batch normalization stays', async () => {
    const input = tf.input({ shape: [5] });
    const first = norm('first').apply(input);
    const active = norm('active').apply(tf.layers.dense({ units: 4, activation: 'relu', name: 'a' }).apply(first));
    const b = tf.layers.dense({ units: 4, name: 'b' }).apply(active) as tf.SymbolicTensor;
    const read = norm('read').apply(b) as tf.SymbolicTensor;
    const added = tf.layers.add().apply([b, read]) as tf.SymbolicTensor;
    const last = norm('after').apply(added) as tf.SymbolicTensor;
    await withModel(tf.model({ inputs: input, outputs: last }), async (model) => {
      shake(model);
      const { model: same, folded, skipped } = await foldBatchNorm(model);
      expect(folded).toEqual([]);
      const reasons = Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]));
      expect(reasons.first).toBe('it stands at the input of the model');
      expect(reasons.active).toBe('a (Dense) before it applies relu');
      expect(reasons.read).toBe('b (Dense) before it is read elsewhere too');
      expect(reasons.after).toMatch(/\(Add\) before it has no kernel that could take it$/);
      const x = normalTensor([3, 5]);
      expect(await predict(same, x)).toEqual(await predict(model, x));
      x.dispose();
      same.dispose();
    });
  });

  test('foldBatchNorm(model) folds in nested models, two models in one, and where one normalizes the output', async () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: image, name: 'c' }),
        norm('n'),
        tf.layers.flatten(),
      ],
    });
    const model = tf.sequential({ layers: [inner, tf.layers.dense({ units: 2, name: 'd' }), norm('m')] });
    await withModel(model, async () => {
      shake(model);
      const { model: folded, folded: pairs } = await foldBatchNorm(model);
      expect(pairs.map(({ into }) => into)).toEqual(['inner/c', 'd']);
      const x = normalTensor([2, ...image]);
      expect(relative(await predict(model, x), await predict(folded, x))).toBeLessThan(ROUNDING);
      x.dispose();
      folded.dispose();
    });
  });

  test('foldBatchNorm(model) leaves the model as it is, folds parametrizations in, and leaks nothing', async () => {
    const dense = tf.layers.dense({ units: 3, inputShape: [4], name: 'a' });
    await withModel(tf.sequential({ layers: [dense, norm()] }), async (model) => {
      shake(model);
      const handle = parametrize(dense, 'kernel', { forward: (w) => tf.mul(w, 2) });
      const x = normalTensor([2, 4]);
      const before = await predict(model, x);
      const leak = await leakOf(async () => {
        const { model: folded } = await foldBatchNorm(model);
        expect(relative(before, await predict(folded, x))).toBeLessThan(ROUNDING);
        folded.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
      expect(await predict(model, x)).toEqual(before);
      handle.restore();
      x.dispose();
    });
  });

  test('foldBatchNorm(model) refuses NaN by path, and changes nothing', async () => {
    await withModel(
      tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'a' }), norm()] }),
      async (model) => {
        tf.tidy(() => model.layers[1]!.setWeights([[1], [0], [Number.NaN], [1]].map((values) => tf.tensor1d(values))));
        await expect(foldBatchNorm(model)).rejects.toThrow(
          'foldBatchNorm: weights must be finite, got NaN at norm/movingMean[0]',
        );
      },
    );
  });
});
