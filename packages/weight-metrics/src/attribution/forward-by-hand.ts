import * as tf from '@tensorflow/tfjs-core';
import { capture, checkModel, checkModelAndBatch, checkTensor, type ModelLike } from '@weightkit/core';
import { checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import { readValues } from '../values/read-values.ts';
import { activationOf, type ChainLayer, layerChain, outputShapeOf, weightNamed } from './layer-chain.ts';
import { type DenseNumbers, type NeuronSum, neuronsOf, sumsOf, writtenSum } from './neuron-sum.ts';

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
  /** The first neurons of a Dense layer; empty for another, which is taken from the model. */
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

type Plan = ChainLayer & DenseNumbers;

/** Whether a layer's sums are computed here: that of a Dense layer of one vector. */
const hasSums = (chained: ChainLayer): boolean =>
  chained.kind === 'Dense' && outputShapeOf(chained).length === 1 && weightNamed(chained, 'kernel') !== undefined;

async function planned(chained: ChainLayer): Promise<Plan> {
  const bias = weightNamed(chained, 'bias');
  const kernel = await readValues(weightNamed(chained, 'kernel')!);
  return { ...chained, kernel, bias: bias ? await readValues(bias) : null };
}

/** What the model's other layers give, as they compute it in the model, with masks that they hand on. */
async function outputsOf(
  model: ModelLike,
  chain: readonly ChainLayer[],
  x: tf.Tensor,
): Promise<Map<unknown, Float64Array>> {
  const outputs = new Map<unknown, Float64Array>();
  const others = chain.filter((chained) => !chained.isPassed && !hasSums(chained));
  if (others.length === 0) return outputs;
  const captured = capture(
    model,
    others.map(({ layer }) => layer),
    x,
  );
  try {
    for (const { layer, outputs: given } of captured.calls)
      outputs.set(layer, Float64Array.from(await given[0]!.data()));
  } finally {
    captured.dispose();
  }
  return outputs;
}

/** What the activation of a layer makes of its sums. */
async function activated({ layer }: ChainLayer, sums: Float64Array): Promise<Float64Array> {
  if ((layer.activation?.getClassName() ?? 'linear') === 'linear') return sums;
  return download(
    tf.tidy(() => layer.activation!.apply(tf.tensor2d(Float32Array.from(sums), [1, sums.length])) as tf.Tensor),
  );
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

/** The neurons of a Dense layer and what it gives. */
async function summed(
  plan: Plan,
  given: Float64Array,
  place: number,
  most: number,
): Promise<Pick<LayerSums, 'neurons' | 'outputs'>> {
  const sums = sumsOf(plan, given);
  const outputs = await activated(plan, sums);
  return { neurons: neuronsOf(plan, given, sums, outputs, place, most), outputs };
}

/**
 * One example's way through a model, neuron by neuron: each input times its weight, the bias, the sum, and what the activation makes of
 * it, as one would compute it by hand; and how far that is from what `predict` gives.
 *
 * The sums of Dense layers that get one vector are computed on the host in float64; the activation is the layer's own, in float32. A
 * layer of another kind (a convolution, a normalization, an RNN) has no sums here: what it gives is taken from the model.
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
  const prediction = tf.tidy(() => tf.clone(firstOf(model.predictOnBatch(x))));
  const predicted = await download(prediction);
  checkModel(fn, model);
  const captured = await outputsOf(model, chain, x);
  const inputs = Float64Array.from(await x.data());
  const plans = new Map<ChainLayer, Plan>();
  for (const chained of chain) if (hasSums(chained)) plans.set(chained, await planned(chained));
  const forward: ForwardByHand = { inputs, layers: [], outputs: inputs, predicted, difference: 0, lines: [] };
  let place = 0;
  for (const chained of chain) {
    checkModel(fn, model);
    const { path, kind, isPassed } = chained;
    if (!isPassed) place++;
    const plan = plans.get(chained);
    const told = plan
      ? await summed(plan, forward.outputs, place, most)
      : { neurons: [], outputs: isPassed ? forward.outputs : captured.get(chained.layer)! };
    const layer = { path, kind, place, activation: activationOf(chained), ...told };
    forward.outputs = layer.outputs;
    forward.layers.push(layer);
    forward.lines.push(...layer.neurons.map((neuron) => writtenSum(neuron, layer.activation)));
    const left = plan ? layer.outputs.length - layer.neurons.length : 0;
    if (left > 0) forward.lines.push(`... and ${left.toLocaleString('en-US')} more neurons of ${layer.path}`);
  }
  forward.difference = largestDifference(forward.outputs, predicted);
  return forward;
}
