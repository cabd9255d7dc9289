import * as tf from '@tensorflow/tfjs-core';
import { checkModel, checkModelAndBatch, checkTensor, type ModelLike } from '@weightkit/core';
import { checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import { readValues, type Values } from '../values/read-values.ts';
import { activationOf, type ChainLayer, layerChain, outputShapeOf, weightNamed } from './layer-chain.ts';
import { type NeuronSum, neuronsOf, sumsOf, writtenSum } from './neuron-sum.ts';

/** Options of {@link forwardByHand}. */
export interface ForwardByHandOptions {
  /**
   * So many neurons of each layer are told at most, and so many terms of each sum: a whole number of 1 or more. Sums have all terms.
   * @defaultValue 50
   */
  most?: number;
}

/** One layer of a forward pass. */
export interface LayerSums {
  /** Its path. */
  path: string;
  /** The name of its class. */
  kind: string;
  /** Its place, as in `describe`. */
  place: number;
  /** Its activation; null for a layer without one. */
  activation: string | null;
  /** The first neurons of a Dense layer; empty for another, which is applied as it is. */
  neurons: NeuronSum[];
  /** What the layer gives, in row-major order. */
  outputs: Float64Array;
}

/** One example's way through a model. */
export interface ForwardByHand {
  /** The input's entries, in row-major order. */
  inputs: Float64Array;
  /** The layers in the order in which they are called. */
  layers: LayerSums[];
  /** What the last layer gives. */
  outputs: Float64Array;
  /** What `predict` gives. */
  predicted: Float64Array;
  /** The largest difference between the two; NaN where a value is NaN. */
  difference: number;
  /** The sums as text, a line for each neuron that is told. */
  lines: string[];
}

type Plan = ChainLayer & { readonly kernel: Values | null; readonly bias: Values | null };

/** Downloads what a Dense layer of one vector computes with; no other layer is computed by hand. */
async function planned(chained: ChainLayer): Promise<Plan> {
  const kernel = weightNamed(chained, 'kernel');
  if (chained.kind !== 'Dense' || !kernel || outputShapeOf(chained).length !== 1)
    return { ...chained, kernel: null, bias: null };
  const bias = weightNamed(chained, 'bias');
  return { ...chained, kernel: await readValues(kernel), bias: bias ? await readValues(bias) : null };
}

/** What a function makes of values, on the device. */
function onDevice(values: Float64Array, shape: readonly number[], fn: (x: tf.Tensor) => unknown): tf.Tensor {
  return tf.tidy(() => {
    const given = fn(tf.tensor(Float32Array.from(values), [...shape]));
    return tf.clone((Array.isArray(given) ? given[0] : given) as tf.Tensor);
  });
}

async function download(tensor: tf.Tensor): Promise<Float64Array> {
  try {
    return Float64Array.from(await tensor.data());
  } finally {
    tensor.dispose();
  }
}

const largestDifference = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, x, i) => Math.max(most, x === b[i] ? 0 : Math.abs(x - b[i]!)), 0);

const firstOf = (given: tf.Tensor | tf.Tensor[]): tf.Tensor => (Array.isArray(given) ? given[0]! : given);

/** A layer's sums, and the shape of what it gives. */
async function passThrough(
  plan: Plan,
  given: Float64Array,
  shape: readonly number[],
  { place, most }: { place: number; most: number },
): Promise<LayerSums & { shape: readonly number[] }> {
  const { path, kind, layer, isPassed, kernel, bias } = plan;
  const activation = activationOf(plan);
  const sums = kernel && sumsOf({ kernel, bias }, given);
  const tensor = sums
    ? onDevice(sums, [1, sums.length], (z) => (layer.activation ? layer.activation.apply(z) : z))
    : onDevice(given, shape, (z) => layer.apply(z));
  const downloaded = { shape: tensor.shape, outputs: await download(tensor) };
  // What no function changes keeps the digits of float64.
  const isKept = isPassed || (sums && (activation ?? 'linear') === 'linear');
  const outputs = isKept ? (sums ?? given) : downloaded.outputs;
  const neurons = kernel && sums ? neuronsOf({ kernel, bias }, given, sums, outputs, place, most) : [];
  return { path, kind, place, activation, neurons, outputs, shape: downloaded.shape };
}

/**
 * One example's way through a model, neuron by neuron: each input times its weight, the bias, the sum, and what the activation makes of
 * it, as one would compute it by hand; and how far that is from what `predict` gives.
 *
 * The sums of Dense layers that get one vector are computed on the host in float64; the activation is the layer's own, in float32. A
 * layer of another kind (a convolution, a normalization, an RNN) is applied as it is to what came before it, and has no sums.
 *
 * @example
 * const out = tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones', activation: 'relu', name: 'out' });
 * const { lines } = await forwardByHand(tf.sequential({ layers: [out] }), tf.tensor2d([[2, -5]]));
 * console.log(lines[0]); // -> L1N0 = 0 + 1 * 2 + 1 * (-5) = -3, relu 0
 *
 * @param model - a built LayersModel without branches and without layers that keep a state; it need not be compiled
 * @param x - the model's input with one example, [1, ...]; borrowed
 * @returns the sums as data and as text; `difference` is a few roundings of float32
 * @throws TypeError for another model, x or bad options; RangeError when a layer has several inputs, outputs or calls or is stateful, or
 * x has another shape
 */
export async function forwardByHand(
  model: ModelLike,
  x: tf.Tensor,
  options: ForwardByHandOptions = {},
): Promise<ForwardByHand> {
  const fn = 'forwardByHand';
  checkOptions(fn, options, ['most']);
  const { most = 50 } = options;
  checkInteger(fn, 'most', most, 1);
  checkTensor(fn, 'x', x);
  checkModelAndBatch(fn, model, x, 'x');
  checkRange(x.shape[0] === 1, `${fn}: x must have one example`, x.shape);
  const chain = layerChain(fn, model);
  const stateful = chain.find(({ layer }) => layer.stateful);
  checkRange(stateful === undefined, `${fn}: model must have no layers that keep a state`, stateful?.path);
  const predicted = await download(tf.tidy(() => firstOf(model.predictOnBatch(x))));
  const inputs = Float64Array.from(await x.data());
  const plans: Plan[] = [];
  for (const chained of chain) plans.push(await planned(chained));
  const forward: ForwardByHand = { inputs, layers: [], outputs: inputs, predicted, difference: 0, lines: [] };
  let [place, shape] = [0, x.shape as readonly number[]];
  for (const plan of plans) {
    checkModel(fn, model);
    if (!plan.isPassed) place++;
    const { shape: given, ...layer } = await passThrough(plan, forward.outputs, shape, { place, most });
    [shape, forward.outputs] = [given, layer.outputs];
    forward.layers.push(layer);
    forward.lines.push(...layer.neurons.map((neuron) => writtenSum(neuron, layer.activation)));
    const left = plan.kernel ? layer.outputs.length - layer.neurons.length : 0;
    if (left > 0) forward.lines.push(`... and ${left.toLocaleString('en-US')} more neurons of ${layer.path}`);
  }
  forward.difference = largestDifference(forward.outputs, predicted);
  return forward;
}
