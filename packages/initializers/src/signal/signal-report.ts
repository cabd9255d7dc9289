import * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';
import { checkFinite, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { pooled } from '../data-driven/unit-moments.ts';
import { type LinearLayer, linearLayers } from '../model/linear-layer.ts';
import { checkModelAndBatch } from '../model/sites.ts';
import { type Knowledge, type Prediction, predict, type WeightSquares } from './mean-field.ts';
import { ownActivation } from './signal-activation.ts';
import { backwardSquares } from './signal-backward.ts';
import { flagsOf, type SignalFlag } from './signal-flags.ts';
import type { SignalLayer } from './signal-layer.ts';
import { type SignalNode, traceSignals } from './signal-trace.ts';
import { affinesOf, emptyBatch, squaresOf } from './signal-weights.ts';

/** Options of {@link signalReport}. */
export interface SignalReportOptions {
  /**
   * Of the random projection whose gradient is measured: any safe integer.
   *
   * @defaultValue 0
   */
  seed?: number;
  /**
   * Mean square of the inputs, for the prediction without a batch: above 0 and finite.
   *
   * @defaultValue 1
   */
  inputSquare?: number;
}

/** How a model's start hands signals on. */
export interface SignalReport {
  /** The layers in the order in which data reaches them. */
  layers: SignalLayer[];
  /** Geometric mean of the layers' χ1; null where there is none. */
  chi: number | null;
  /** 1 / |ln χ|: over how many layers a signal changes by a factor of e. Null where χ is, or where it is exactly 1. */
  depthScale: number | null;
  /** What training will suffer from, with remedies; empty for a sound start. */
  flags: SignalFlag[];
  /** Why no gradient was measured; null where it was, or where there is no batch. */
  backwardError: string | null;
}

function layerOf(
  node: SignalNode,
  weights: WeightSquares,
  { variance, chi, gradient, slope }: Prediction,
  measured: boolean,
  backward: number | null,
): SignalLayer {
  const { path, kernel, layer } = node.linear!;
  const units = node.values.length / 3;
  const after = node.values.subarray(2 * units);
  const { std, square, fans } = weights.kernels.at(-1)!;
  return {
    path,
    activation: ownActivation(layer).name,
    size: node.size,
    parameters: kernel.shape.reduce((a, b) => a * b, 1),
    fanIn: fans.fanIn,
    weightStd: std,
    weightSquare: square,
    forward: {
      predicted: variance,
      measured: measured
        ? pooled(node.values.subarray(0, units), node.values.subarray(units, 2 * units)).variance
        : null,
    },
    backward: { predicted: gradient === null || slope === null ? null : gradient * slope, measured: backward },
    chi,
    edge: chi === null ? null : chi - 1,
    dead: measured && node.shape[0]! > 1 ? after.filter((v) => !(v > 0)).length / units : null,
  };
}

async function measureBackward(
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  nodes: readonly SignalNode[],
  seed: number,
): Promise<{ squares: Map<SignalNode, number>; error: string | null }> {
  try {
    const squares = await backwardSquares(model, batch, nodes, seed);
    for (const [{ path }, square] of squares) checkFinite('signalReport', 'gradients', path, [square]);
    return { squares, error: null };
  } catch (error) {
    // A kernel without a gradient on this backend, or one that overflows.
    return { squares: new Map(), error: (error as Error).message };
  }
}

async function knowledgeOf(
  model: ModelLike,
  linear: readonly LinearLayer[],
): Promise<Pick<Knowledge, 'linear' | 'affine'>> {
  const squares = new Map<LinearLayer['layer'], WeightSquares>();
  for (const one of linear) squares.set(one.layer, await squaresOf(one));
  return { linear: squares, affine: await affinesOf(model) };
}

function geometricMean(layers: readonly SignalLayer[]): number | null {
  const logs = layers.flatMap(({ chi }) => (chi === null ? [] : [Math.log(chi)]));
  return logs.length === 0 ? null : Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length);
}

/**
 * How the start of a model hands signals on: for each dense and convolution layer the variance before its activation and the
 * mean square of the gradient there, predicted from the weights and measured on a batch; χ1 and with it the distance from the
 * edge of chaos; dead units; and flags with remedies.
 *
 * The prediction is that of wide layers: z normal, E z² = fanIn E w² E x² + E b², gradients E δ² = fanOut E w² E f'² E δ²,
 * activations by quadrature. It knows dense and convolution layers with strides (padding counts as data), elementwise
 * activations, sums and concatenations, batch normalization by its moving statistics, dropout and reshapes; after other layers
 * it goes on from what was measured, or is null without a batch. What was measured is one forward and one backward pass of a
 * random projection of the outputs, in inference; softmax at an output is left out, and a shared layer counts by its first call.
 * No weight changes.
 *
 * Flags: variance or squared gradient that changes more than 100-fold from the first layer to the last (`forward-vanishes`,
 * `forward-explodes`, `backward-vanishes`, `backward-explodes`), layers with more than half of their units dead (`dead-units`),
 * kernels of one value (`equal-weights`).
 *
 * Poole et al. 2016, https://arxiv.org/abs/1606.05340; Schoenholz, Gilmer, Ganguli and Sohl-Dickstein 2017, "Deep information
 * propagation", https://arxiv.org/abs/1611.01232
 *
 * @example
 * const { layers, flags } = await signalReport(model, x);
 * console.log(layers.map(({ path }) => path).join()); // -> dense1,encoder/inner,out
 * for (const { message, remedy } of flags) console.log(message, remedy);
 *
 * @param model - a built LayersModel; it need not be compiled
 * @param batch - the model's input, or a list of its inputs; borrowed. Without it nothing is measured
 * @param options - see {@link SignalReportOptions}
 * @returns plain data
 * @throws TypeError or RangeError for bad arguments, weights or outputs that are not finite or a model without such layers
 */
export async function signalReport(
  model: ModelLike,
  batch?: tf.Tensor | tf.Tensor[],
  options: SignalReportOptions = {},
): Promise<SignalReport> {
  checkOptions('signalReport', options, ['seed', 'inputSquare']);
  const { seed = 0, inputSquare = 1 } = options;
  checkRange(Number.isSafeInteger(seed), 'signalReport: seed must be a safe integer', seed);
  checkRange(
    inputSquare > 0 && Number.isFinite(inputSquare),
    'signalReport: inputSquare must be above 0 and finite',
    inputSquare,
  );
  checkType(Array.isArray(model?.layers), 'signalReport: model must be a LayersModel', model);
  const measured = batch !== undefined;
  const data = batch ?? emptyBatch(model);
  try {
    checkModelAndBatch('signalReport', model, data);
    const linear = linearLayers(model);
    const known: Knowledge = { ...(await knowledgeOf(model, linear)), measured, inputSquare };
    const nodes = await traceSignals(model, data, linear);
    for (const { path, values } of nodes)
      checkFinite('signalReport', 'means and variances', path || 'an input', values);
    const predictions = predict(nodes, known);
    const { squares, error } = measured
      ? await measureBackward(model, data, nodes, seed)
      : { squares: new Map<SignalNode, number>(), error: null };
    const first = nodes.filter(({ linear: l, path }, i) => l && nodes.findIndex((node) => node.path === path) === i);
    checkRange(first.length > 0, 'signalReport: model must have a dense or convolution layer', model.layers.length);
    const layers = first.map((node) =>
      layerOf(node, known.linear.get(node.layer!)!, predictions.get(node)!, measured, squares.get(node) ?? null),
    );
    const chi = geometricMean(layers);
    const depthScale = chi === null || chi === 1 ? null : 1 / Math.abs(Math.log(chi));
    return { layers, chi, depthScale, flags: flagsOf(layers), backwardError: error };
  } finally {
    if (!measured) tf.dispose(data);
  }
}
