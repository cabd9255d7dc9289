import * as tf from '@tensorflow/tfjs-core';
import { fans, finiteValues, type LayerLike, type ModelLike, type Weight, weightsOf } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import type { LinearLayer } from '../model/linear-layer.ts';
import type { Affine, WeightSquares } from './mean-field.ts';

const stridesOf = (layer: LayerLike): number => {
  const { strides } = (layer as unknown as { getConfig(): { strides?: number | number[] } }).getConfig();
  return [strides ?? 1].flat().reduce((a, b) => a * b, 1);
};

async function squareOf(weight: Weight): Promise<{ mean: number; std: number; square: number }> {
  const { mean, std } = moments(await finiteValues('signalReport', weight));
  return { mean, std, square: mean * mean + std * std };
}

/** Moments of a linear layer's weights. A stride leaves out outputs of a convolution, and inputs of a transposed one. */
export async function squaresOf({ layer, kernel, others, bias }: LinearLayer): Promise<WeightSquares> {
  const strides = layer.getClassName() === 'Dense' ? 1 : stridesOf(layer);
  const transposed = layer.getClassName().endsWith('Transpose');
  const kernels = [];
  for (const [i, weight] of [...others, kernel].entries()) {
    const { fanIn, fanOut } = fans(weight);
    const own = i === 0 ? strides : 1;
    const counted = transposed ? { fanIn: fanIn / own, fanOut } : { fanIn, fanOut: fanOut / own };
    const { std, square } = await squareOf(weight);
    kernels.push({ std, square, fans: counted });
  }
  return { kernels, bias: bias ? await squareOf(bias) : { mean: 0, square: 0 } };
}

const average = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Factors and offsets of the batch normalizations of a model, which work by their moving statistics. */
export async function affinesOf(model: ModelLike): Promise<Map<LayerLike, Affine>> {
  const layers = new Map<LayerLike, Map<string, Float32Array>>();
  for (const weight of weightsOf(model)) {
    if (weight.layer?.getClassName() !== 'BatchNormalization') continue;
    const own = layers.get(weight.layer) ?? new Map<string, Float32Array>();
    layers.set(weight.layer, own.set(weight.property!, await finiteValues('signalReport', weight)));
  }
  const found = new Map<LayerLike, Affine>();
  for (const [layer, own] of layers) {
    const { epsilon } = (layer as unknown as { getConfig(): { epsilon: number } }).getConfig();
    const variance = own.get('movingVariance')!;
    const factor = Float64Array.from(variance, (v, i) => (own.get('gamma')?.[i] ?? 1) / Math.sqrt(v + epsilon));
    const offset = factor.map((a, i) => (own.get('beta')?.[i] ?? 0) - a * own.get('movingMean')![i]!);
    found.set(layer, {
      factor: { mean: average(factor), square: average(factor.map((a) => a * a)) },
      offset: { mean: average(offset), square: average(offset.map((b) => b * b)) },
      product: average(factor.map((a, i) => a * offset[i]!)),
    });
  }
  return found;
}

/** Zeros of the shapes that a model takes, one example: enough to see which layer feeds which. */
export function emptyBatch(model: ModelLike): tf.Tensor[] {
  const { inputs } = model as unknown as { inputs: { shape: (number | null)[]; dtype: tf.DataType }[] };
  return inputs.map(({ shape, dtype }) =>
    tf.zeros(
      shape.map((size) => size ?? 1),
      dtype,
    ),
  );
}
