import type * as tf from '@tensorflow/tfjs-core';
import { checkModel, fans, type LayerLike, type ModelLike } from '@weightkit/core';
import { checkOptions, checkRange, checkSeed } from '@weightkit/numerics/check';
import { pooled } from '../data-driven/unit-moments.ts';
import { type LayerCall, type LayerGraph, layerGraph, type Value } from '../model/layer-graph.ts';
import { type LinearLayer, linearLayers } from '../model/linear-layer.ts';
import { checkPace, type Pace, type PaceOptions, paceOf } from '../model/pace.ts';
import { batchFor } from '../model/sites.ts';
import { type Knowledge, type Prediction, predict } from './mean-field.ts';
import { ownActivation } from './signal-activation.ts';
import { backwardSquares, type Gradients } from './signal-backward.ts';
import { flagsOf, type SignalFlag } from './signal-flags.ts';
import type { SignalLayer } from './signal-layer.ts';
import { type SiteMoments, type Trace, traceSignals } from './signal-trace.ts';
import { affinesOf, alphasOf, embeddingsOf, squaresOf, type WeightSquares } from './signal-weights.ts';

/** Options of {@link signalReport}. */
export interface SignalReportOptions extends PaceOptions {
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

/** A layer at which the theory ends. */
export interface SignalGap {
  /** The layer's path. */
  path: string;
  /** Why: `there is no rule for LSTM`. */
  reason: string;
}

/** How a model's start hands signals on. */
export interface SignalReport {
  /** Dense and convolution layers that stand in the model or in a nested one, in the order in which data reaches them. */
  layers: SignalLayer[];
  /** Geometric mean of the layers' χ1; null where there is none. */
  chi: number | null;
  /** 1 / |ln χ|: over how many layers a signal changes by a factor of e. Null where χ is, or where it is exactly 1. */
  depthScale: number | null;
  /** What training will suffer from, with remedies; empty for a sound start. */
  flags: SignalFlag[];
  /**
   * Layers that the prediction has no rule for where they stand, forward or backward, with the reason. With a batch it goes on
   * behind them, and before them, from what was measured; without one it is null there.
   */
  withoutRule: SignalGap[];
  /** The layer that let no gradient through, and why, as `lstm: ...`; null where none did that, or where there is no batch. */
  backwardError: string | null;
}

const finiteOrNull = (value: number | null | undefined): number | null =>
  value !== undefined && value !== null && Number.isFinite(value) ? value : null;

interface Measured {
  trace: Trace | null;
  gradients: Gradients;
}

function sizeOf({ outputs }: LayerCall, trace: Trace | null): number {
  const value = outputs[0]!;
  const shape = trace?.run.tensors.get(value)?.shape.slice(1) ?? value.shape;
  return shape.reduce<number>((size, n) => size * (n ?? 1), 1);
}

const deadShare = ({ after }: SiteMoments): number => after.filter((v) => v === 0).length / after.length;

function layerOf(
  call: LayerCall,
  { kernel, layer, path }: LinearLayer,
  weights: WeightSquares,
  { variance, chi, gradient }: Prediction,
  { trace, gradients }: Measured,
): SignalLayer {
  const site = trace?.sites.get(call);
  const { std, square } = weights.kernels.at(-1)!;
  const examples = trace?.run.tensors.get(call.outputs[0]!)?.shape[0] ?? 0;
  const known = finiteOrNull(chi);
  return {
    path,
    activation: ownActivation(layer).name,
    size: sizeOf(call, trace),
    parameters: kernel.shape.reduce((a, b) => a * b, 1),
    fanIn: fans(kernel).fanIn,
    weightStd: finiteOrNull(std),
    weightSquare: finiteOrNull(square),
    forward: {
      predicted: finiteOrNull(variance),
      measured: finiteOrNull(site && pooled(site.mean, site.variance).variance),
    },
    backward: { predicted: finiteOrNull(gradient), measured: finiteOrNull(gradients.squares.get(call)) },
    chi: known,
    edge: known === null ? null : known - 1,
    dead: site && examples > 1 ? deadShare(site) : null,
  };
}

async function knowledgeOf(
  model: ModelLike,
  linear: ReadonlyMap<LayerLike, LinearLayer>,
): Promise<Pick<Knowledge, 'linear' | 'affine' | 'embeddings' | 'alphas'>> {
  const squares = new Map<LayerLike, WeightSquares>();
  for (const [layer, one] of linear) squares.set(layer, await squaresOf(one));
  const [affine, embeddings, alphas] = [await affinesOf(model), await embeddingsOf(model), await alphasOf(model)];
  return { linear: squares, affine, embeddings, alphas };
}

/** Layers of a graph that multiply each channel by a number. */
function factorsOf({ affine }: Pick<Knowledge, 'affine'>): Map<LayerLike, Float64Array> {
  const found = [...affine].filter(([layer]) => layer.getClassName() === 'BatchNormalization');
  return new Map(found.map(([layer, { factor }]) => [layer, factor]));
}

const NOTHING: Gradients = { squares: new Map(), grids: new Map(), error: null };

function geometricMean(layers: readonly SignalLayer[]): number | null {
  const logs = layers.flatMap(({ chi }) => (chi === null ? [] : [Math.log(chi)]));
  return logs.length === 0 ? null : finiteOrNull(Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length));
}

/** The first call of each layer. */
function firstCalls<T extends LayerLike>(
  graph: LayerGraph,
  layers: ReadonlyMap<LayerLike, T | LinearLayer>,
): LayerCall[] {
  const seen = new Set<LayerLike>();
  return graph.calls.filter(({ layer }) => {
    const isFirst = layers.has(layer) && !seen.has(layer);
    seen.add(layer);
    return isFirst;
  });
}

interface Plan {
  graph: LayerGraph;
  linear: ReadonlyMap<LayerLike, LinearLayer>;
  weights: Pick<Knowledge, 'linear' | 'affine' | 'embeddings' | 'alphas'>;
  inputSquare: number;
}

function report({ graph, linear, weights, inputSquare }: Plan, measured: Measured): SignalReport {
  const { trace, gradients } = measured;
  const tensors = [...(trace?.run.tensors ?? [])];
  const { predictions, gaps } = predict(graph, {
    ...weights,
    shapes: new Map(tensors.map(([value, { shape }]) => [value, shape.slice(1)])),
    measured: trace?.moments ?? new Map<Value, never>(),
    gradients: gradients.grids,
    inputSquare,
  });
  const layers = firstCalls(graph, linear).map((call) =>
    layerOf(call, linear.get(call.layer)!, weights.linear.get(call.layer)!, predictions.get(call)!, measured),
  );
  const chi = geometricMean(layers);
  const withoutRule = new Map(gaps.map(({ call, reason }) => [call.path, reason]).reverse() as [string, string][]);
  return {
    layers,
    chi,
    depthScale: chi === null || chi === 1 || chi === 0 ? null : 1 / Math.abs(Math.log(chi)),
    flags: flagsOf(layers, trace !== null),
    withoutRule: [...withoutRule].reverse().map(([path, reason]) => ({ path, reason })),
    backwardError: gradients.error,
  };
}

async function measure(plan: Plan, batch: readonly tf.Tensor[], seed: number, pace: Pace): Promise<SignalReport> {
  const { graph, linear, weights } = plan;
  const trace = await traceSignals(graph, batch, linear, pace);
  try {
    const gradients = await backwardSquares(graph, trace, linear, factorsOf(weights), seed, pace);
    return report(plan, { trace, gradients });
  } finally {
    trace.dispose();
  }
}

/**
 * How the start of a model hands signals on: for each dense and convolution layer the variance before its activation and the
 * mean square of the gradient there, predicted from the weights and measured on a batch; χ1 and with it the distance from the
 * edge of chaos; dead units; and flags with remedies.
 *
 * The prediction is that of wide layers: z normal, E z² = E w² Σ E x² + E b² over the inputs that an output takes, gradients
 * E δ_x² = E w² Σ E f'² E δ_y² over the outputs that an input goes to, both counted place by place: edges, strides, dilation and
 * padding. It knows dense and all convolution layers, elementwise activations (pieces of straight lines exactly, PReLU with
 * its weights too, others by quadrature), sums of independent terms, concatenations, batch normalization by its moving statistics, layer normalization over
 * the last axis, embeddings, dropout, noise, reshapes, padding, cropping and upsampling; on the way back averages, and largest
 * values of what is straight in the sums before them. Other layers (recurrent ones, wrappers, what comes forward out of pooling) are
 * listed in `withoutRule` with the reason: there it goes on from what was measured, or is null without a batch. It is a mean over starts: a net of n units differs from it by about
 * sqrt(5 L / n) after L layers.
 *
 * What is measured is one forward and one backward pass of a random projection of the outputs, in inference; softmax at an output
 * is left out, a shared layer counts by its first call. What flows where is taken from the graph of the layers. No weight
 * changes. On the cpu backend of TensorFlow.js an image model takes its time, several times that of `predict`, nearly all of it
 * in convolutions: a batch of few examples is enough, since every place counts.
 *
 * Flags: variance or squared gradient that changes more than 100-fold from the first layer to the last (`forward-vanishes`,
 * `forward-explodes`, `backward-vanishes`, `backward-explodes`), layers with more than half of their units dead (`dead-units`),
 * kernels of one value (`equal-weights`), weights or outputs that are not finite (`not-finite`), whose numbers are null.
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
 * @throws TypeError for a model or batch that is none or does not fit; TypeError or RangeError for bad options; what `predict`
 * throws on the batch; the signal's reason when it aborts. Nothing is then left behind
 */
export async function signalReport(
  model: ModelLike,
  batch?: tf.Tensor | tf.Tensor[],
  options: SignalReportOptions = {},
): Promise<SignalReport> {
  checkOptions('signalReport', options, ['seed', 'inputSquare', 'onProgress', 'signal']);
  const { seed = 0, inputSquare = 1 } = options;
  checkSeed('signalReport', seed);
  checkRange(
    Number.isFinite(inputSquare) && inputSquare > 0,
    'signalReport: inputSquare must be above 0 and finite',
    inputSquare,
  );
  checkPace('signalReport', options);
  checkModel('signalReport', model);
  const data = batch === undefined ? null : batchFor('signalReport', model, batch);
  try {
    const linear = new Map(linearLayers(model, 'signalReport').map((one) => [one.layer, one]));
    const graph = layerGraph(model);
    const pace = paceOf(options, 2 * graph.calls.length, () => checkModel('signalReport', model));
    await pace('weights', 0);
    const plan: Plan = { graph, linear, weights: await knowledgeOf(model, linear), inputSquare };
    if (!data) return report(plan, { trace: null, gradients: NOTHING });
    return await measure(plan, data.tensors, seed, pace);
  } finally {
    data?.dispose();
  }
}
