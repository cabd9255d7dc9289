import { finiteValues, type LayerLike, type ModelLike, type Weight, weightsOf } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import type { LinearLayer } from '../model/linear-layer.ts';
import { collapsed, type Grid } from './grid.ts';
import { configOf } from './signal-activation.ts';

/** What is known of the values of a weight. */
export interface WeightMoments {
  mean: number;
  std: number;
  square: number;
}

/** A kernel that the input goes through: its values, and channels that an output sums over and that an input goes to. */
export interface KernelMoments extends WeightMoments {
  channelsIn: number;
  channelsOut: number;
  /** Sizes of its window. */
  window: number[];
}

/** What is known of a linear layer's weights. */
export interface WeightSquares {
  /** In the order in which the input goes through them. */
  kernels: KernelMoments[];
  bias: WeightMoments;
  /** Why nothing can be said of the layer: weights that are not finite. */
  reason: string | null;
}

/** Factors and offsets of a layer that gives `factor` x + `offset`, one for each channel. */
export interface Affine {
  factor: Float64Array;
  offset: Float64Array;
}

const UNKNOWN: WeightMoments = { mean: Number.NaN, std: Number.NaN, square: Number.NaN };

async function momentsOf(weight: Weight): Promise<WeightMoments & { reason: string | null }> {
  try {
    const { mean, std } = moments(await finiteValues('signalReport', weight));
    return { mean, std, square: mean * mean + std * std, reason: null };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...UNKNOWN, reason: error.message.replace(/^signalReport: /, '') };
  }
}

function channelsOf({ property, shape }: Weight, transposed: boolean): [number, number] {
  const [next, last] = shape.slice(-2) as [number, number];
  if (property === 'depthwiseKernel') return [1, last];
  return transposed ? [last, next] : [next, last];
}

/** Moments of a linear layer's weights. */
export async function squaresOf({ layer, kernel, others, bias }: LinearLayer): Promise<WeightSquares> {
  const transposed = layer.getClassName().endsWith('Transpose');
  const kernels = [];
  const reasons = [];
  for (const weight of [...others, kernel]) {
    const { reason, ...values } = await momentsOf(weight);
    const [channelsIn, channelsOut] = channelsOf(weight, transposed);
    kernels.push({ ...values, channelsIn, channelsOut, window: weight.shape.slice(0, -2) });
    reasons.push(reason);
  }
  const { reason, ...own } = bias ? await momentsOf(bias) : { mean: 0, std: 0, square: 0, reason: null };
  return { kernels, bias: own, reason: [...reasons, reason].find((one) => one !== null) ?? null };
}

/** Weights of layers of a class, by layer and property, where all are finite. */
async function weightsBy(model: ModelLike, classNames: readonly string[]) {
  const layers = new Map<LayerLike, Map<string, Float32Array>>();
  const broken = new Set<LayerLike>();
  for (const weight of weightsOf(model, undefined, 'signalReport')) {
    const { layer } = weight;
    if (!layer || !classNames.includes(layer.getClassName()) || weight.dtype !== 'float32') continue;
    const own = layers.get(layer) ?? new Map<string, Float32Array>();
    layers.set(layer, own);
    await finiteValues('signalReport', weight).then(
      (values) => own.set(weight.property!, values),
      () => broken.add(layer),
    );
  }
  for (const layer of broken) layers.delete(layer);
  return layers;
}

/** Factors and offsets of a model's normalizations: all of batch normalization, by its moving statistics; the last step of layer normalization. */
export async function affinesOf(model: ModelLike): Promise<Map<LayerLike, Affine>> {
  const found = new Map<LayerLike, Affine>();
  for (const [layer, own] of await weightsBy(model, ['BatchNormalization', 'LayerNormalization'])) {
    const [gamma, beta, variance] = [own.get('gamma'), own.get('beta'), own.get('movingVariance')];
    const size = (gamma ?? beta ?? variance)?.length ?? 1;
    const epsilon = Number(configOf(layer).epsilon);
    const factor = Float64Array.from({ length: size }, (_, i) =>
      variance ? (gamma?.[i] ?? 1) / Math.sqrt(variance[i]! + epsilon) : (gamma?.[i] ?? 1),
    );
    const centre = own.get('movingMean');
    const offset = factor.map((a, i) => (beta?.[i] ?? 0) - a * (centre?.[i] ?? 0));
    found.set(layer, { factor, offset });
  }
  return found;
}

/** Mean and mean square of a model's embeddings. */
export async function embeddingsOf(model: ModelLike): Promise<Map<LayerLike, WeightMoments>> {
  const found = new Map<LayerLike, WeightMoments>();
  for (const [layer, own] of await weightsBy(model, ['Embedding'])) {
    const { mean, std } = moments(own.get('embeddings')!);
    found.set(layer, { mean, std, square: mean * mean + std * std });
  }
  return found;
}

/** Slopes below 0 of a model's PReLU layers. */
export async function alphasOf(model: ModelLike): Promise<Map<LayerLike, Grid>> {
  const values = await weightsBy(model, ['PReLU']);
  const found = new Map<LayerLike, Grid>();
  for (const { layer, property, shape } of weightsOf(model, undefined, 'signalReport')) {
    const alpha = layer && property === 'alpha' && values.get(layer)?.get(property);
    if (alpha) found.set(layer, collapsed({ dims: [...shape], values: Float64Array.from(alpha) }));
  }
  return found;
}
