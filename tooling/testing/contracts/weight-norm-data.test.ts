import * as tf from '@tensorflow/tfjs';
import { capture, parametrizationsOf, weightsOf } from '@weightkit/core';
import { dataDependent } from '@weightkit/initializers';
import { weightNormModel } from '@weightkit/weightnorm';
import { describe, expect, it } from 'vitest';
import { leakOf, valuesOf } from '../src/index.ts';

interface Kind {
  name: string;
  layer: () => tf.layers.Layer;
  shape: number[];
  /** The weight whose g is 1 / σ. */
  kernel: string;
}

const kernelInitializer = tf.initializers.randomNormal({ stddev: 0.7, seed: 3 });
const depthwiseInitializer = kernelInitializer;
const KINDS: Kind[] = [
  {
    name: 'Dense',
    layer: () => tf.layers.dense({ units: 3, kernelInitializer, name: 'l' }),
    shape: [64, 5],
    kernel: 'l/kernel',
  },
  {
    name: 'Conv1D',
    layer: () => tf.layers.conv1d({ filters: 3, kernelSize: 2, kernelInitializer, name: 'l' }),
    shape: [16, 6, 2],
    kernel: 'l/kernel',
  },
  {
    name: 'Conv2D',
    layer: () => tf.layers.conv2d({ filters: 3, kernelSize: 2, kernelInitializer, name: 'l' }),
    shape: [8, 5, 5, 2],
    kernel: 'l/kernel',
  },
  {
    name: 'Conv2DTranspose',
    layer: () => tf.layers.conv2dTranspose({ filters: 3, kernelSize: 2, kernelInitializer, name: 'l' }),
    shape: [8, 4, 4, 2],
    kernel: 'l/kernel',
  },
  {
    name: 'DepthwiseConv2D',
    layer: () => tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, depthwiseInitializer, name: 'l' }),
    shape: [8, 5, 5, 2],
    kernel: 'l/depthwiseKernel',
  },
];

const batchOf = (shape: number[]): tf.Tensor =>
  tf.tidy(() => tf.add(tf.mul(tf.randomNormal(shape, 0, 1, 'float32', 5), 2), 3));

/** Mean and standard deviation of each unit, the last axis, in float64. */
async function unitsOf(model: tf.LayersModel, x: tf.Tensor): Promise<{ mean: number; std: number }[]> {
  const captured = capture(model, ['l'], x);
  const [output] = captured.calls[0]!.outputs;
  const units = output!.shape.at(-1)!;
  const values = Array.from(await output!.data());
  captured.dispose();
  return Array.from({ length: units }, (_, unit) => {
    const own = values.filter((_value, i) => i % units === unit);
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    return { mean, std: Math.sqrt(own.reduce((a, b) => a + (b - mean) ** 2, 0) / own.length) };
  });
}

const build = ({ layer, shape }: Kind): tf.LayersModel => {
  const input = tf.input({ shape: shape.slice(1) });
  return tf.model({ inputs: input, outputs: layer().apply(input) as tf.SymbolicTensor });
};

describe('dataDependent under weightNormModel', () => {
  for (const kind of KINDS)
    it(`dataDependent sets g = ‖w‖ / σ and b = −μ / σ of ${kind.name}, the formulas of the paper, and its outputs have mean 0 and variance 1`, async () => {
      const leak = await leakOf(async () => {
        const model = build(kind);
        const x = batchOf(kind.shape);
        const before = await unitsOf(model, x);
        await weightNormModel(model);
        const [normed] = parametrizationsOf(model);
        const norms = Array.from(await normed!.variables.g!.data());
        const report = await dataDependent(model, x);
        expect(report.converged).toBe(true);
        const [lengths, bias] = [
          await normed!.variables.g!.data(),
          await valuesOf(weightsOf(model, 'l/bias')[0]!.read()),
        ];
        for (const [i, { mean, std }] of before.entries()) {
          // Variances are taken for 1 within 2e-5; the rest is float32: sums of up to 400 terms of 2^-24 each, over σ.
          expect(lengths[i]! / (norms[i]! / std)).toBeCloseTo(1, 3);
          expect(bias[i]! + mean / std).toBeCloseTo(0, 3);
        }
        for (const { mean, std } of await unitsOf(model, x)) {
          expect(Math.abs(mean)).toBeLessThan(1e-3);
          expect(Math.abs(std - 1)).toBeLessThan(1e-3);
        }
        x.dispose();
        model.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    });

  it('dataDependent leaves recurrent layers and embeddings and says so by name', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 4, name: 'words' }),
        tf.layers.lstm({ units: 2, recurrentInitializer: 'glorotNormal', name: 'read' }),
        tf.layers.dense({ units: 2, name: 'l' }),
      ],
    });
    await weightNormModel(model);
    const x = tf.tensor2d([0, 1, 2, 3, 4, 3, 2, 1, 0, 2, 4, 1, 3, 3, 0, 1], [4, 4]);
    const { layers, skipped } = await dataDependent(model, x);
    expect(layers.map(({ path }) => path)).toEqual(['l']);
    const left = skipped.filter(({ path }) => /^(words|read)\//.test(path));
    expect(left.map(({ path }) => path)).toContain('read/cell/recurrentKernel');
    expect(left.every(({ reason }) => reason.length > 0)).toBe(true);
    x.dispose();
    model.dispose();
  });
});
