import * as tf from '@tensorflow/tfjs';
import { fans, weightsOf } from '@weightkit/core';
import { valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { initialize, torchDefault } from '../../src/index.ts';
import { golden, LAYERS } from '../support.ts';

interface TorchCase {
  call: string;
  layer: string;
  weight: string;
  count: number;
  mean: number;
  std: number;
  largest: number;
}

const PROPERTY: Record<string, string> = {
  weight_ih_l0: 'kernel',
  weight_hh_l0: 'recurrentKernel',
  bias_ih_l0: 'bias',
  running_mean: 'movingMean',
  running_var: 'movingVariance',
};

function propertyOf({ layer, weight }: TorchCase): string {
  if (layer === 'batchNormalization') return { weight: 'gamma', bias: 'beta' }[weight] ?? PROPERTY[weight]!;
  if (weight !== 'weight') return PROPERTY[weight] ?? weight;
  return { embedding: 'embeddings', prelu: 'alpha', depthwiseConv2d: 'depthwiseKernel' }[layer] ?? 'kernel';
}

describe('initialize(model, { "**": torchDefault() }) against PyTorch', () => {
  it.each(golden<TorchCase>('torch'))('$call: the same law', async (c) => {
    const model = tf.sequential({ layers: LAYERS[c.layer]!() });
    const report = initialize(model, { '**': torchDefault() }, { seed: 6 });
    const weight = weightsOf(model).find(({ property }) => property === propertyOf(c))!;
    const { std } = report.initialized.find(({ path }) => path === weight.path)!;
    const values = await valuesOf(weight.read());
    if (c.std === 0) {
      expect(values.every((x) => x === c.mean)).toBe(true);
    } else if (c.layer === 'embedding') {
      expect(std).toBe(1);
      // Five standard errors of a normal sample.
      expect(Math.abs(c.std - 1)).toBeLessThan(5 * Math.sqrt(0.5 / c.count));
    } else {
      const limit = std * Math.sqrt(3);
      expect(values.every((x) => Math.abs(x) <= limit * (1 + 2 ** -22))).toBe(true);
      expect(c.largest).toBeLessThanOrEqual(limit * (1 + 2 ** -22));
      // The largest of n is below 0.98 of the end with probability 0.98^n, less than 1e-17 for 2000.
      expect(c.largest).toBeGreaterThan(0.98 * limit);
      expect(Math.abs(c.std / std - 1)).toBeLessThan(5 * Math.sqrt(0.2 / c.count));
    }
    model.dispose();
  });
});

it('torchDefault()(shape) is U(±1 / sqrt(fanIn)); for a bias the fans of the kernel are given', async () => {
  const kernel = await valuesOf(torchDefault()([3, 3, 4, 50], { seed: 1 }));
  expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(1 / 6);
  expect(Math.max(...kernel.map(Math.abs))).toBeGreaterThan(0.98 / 6);
  const bias = await valuesOf(torchDefault()([500], { fans: fans([3, 3, 4, 50]) }));
  expect(Math.max(...bias.map(Math.abs))).toBeLessThanOrEqual(1 / 6);
  expect(Math.max(...bias.map(Math.abs))).toBeGreaterThan(0.98 / 6);
});

it('torchDefault()(shape) refuses to guess the fan-in of a bias', () => {
  expect(() => torchDefault()([8])).toThrow(
    'torchDefault: shape must have rank 2 or more unless fans are given, for a bias those of its kernel, got [8]',
  );
});

it('initialize(model, torchDefault()) takes the bias of a separable convolution from its pointwise kernel', () => {
  const model = tf.sequential({
    layers: [
      tf.layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, inputShape: [7, 7, 8], name: 's' }),
    ],
  });
  const { initialized } = initialize(model, { '**': torchDefault() });
  // As Conv2d(8, 16, 3, groups=8) and then Conv2d(16, 5, 1).
  expect(Object.fromEntries(initialized.map(({ path, fanIn }) => [path, fanIn]))).toEqual({
    's/depthwiseKernel': 9,
    's/pointwiseKernel': 16,
    's/bias': 16,
  });
  model.dispose();
});

it('initialize(variables, torchDefault()) goes by shape where there is no layer', () => {
  const variable = tf.variable(tf.zeros([25, 4]));
  expect(initialize({ w: variable }, torchDefault()).initialized[0]!.std).toBeCloseTo(0.2 / Math.sqrt(3), 12);
  variable.dispose();
});
