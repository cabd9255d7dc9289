import { checkModel, exclusively, type ModelLike, type SkippedWeight, weightsOf } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import type { Probes as EffectProbes } from '../effect/probes.ts';
import { checkRunnable, isGraph, type Runnable } from '../effect/runnable.ts';
import { type Call, callsOf, type GraphLayer, sharedLayers } from './calls.ts';
import { checkProbes, differenceOf, graphDifference, type Probes } from './difference.ts';
import { foldGraphNorms } from './fold-graph-norms.ts';
import { disposeGraph } from './graph-parts.ts';
import { type LinearLayer, linearLayer, outputOf, scaledBy } from './kernel-units.ts';
import { normAffine } from './norm-affine.ts';
import { disposeModel, rebuilt } from './rebuild.ts';
import type { UnitStatistics } from './unit-statistics.ts';
import { valuesByPath } from './values-of.ts';

/** Options of {@link foldBatchNorm}. */
export interface FoldBatchNormOptions {
  /**
   * Inputs that both models are given, for the difference in the report. Borrowed.
   *
   * @defaultValue two examples of bell-shaped numbers
   */
  probes?: Probes;
}

/** One batch normalization that went into the layer before it. */
export interface FoldedNorm {
  /** The path of the batch normalization. */
  path: string;
  /** The path of the layer that has it now. */
  into: string;
  /** How many units it normalized. */
  units: number;
}

/** What {@link foldBatchNorm} returns. */
export interface BatchNormFolding<M> {
  /** The model without the batch normalizations that went, which belongs to the caller. It is not compiled. */
  model: M;
  /** Each batch normalization that went. */
  folded: FoldedNorm[];
  /** Each that stayed, with the reason. */
  skipped: SkippedWeight[];
  /** β and |γ| of each layer that got one, by its path: mean and deviation of what it gives over the training data. */
  statistics: Record<string, UnitStatistics>;
  /** The largest difference of the outputs of both models, by the largest output; null where the model does not run on made inputs. */
  difference: number | null;
}

interface Pair {
  norm: Call;
  call: Call;
  linear: LinearLayer;
}

/** The axis of the units of what a layer gives. */
const unitAxis = (call: Call): number =>
  call.layer.dataFormat === 'channelsFirst' ? 1 : call.outputs[0]!.shape.length - 1;

/** What a batch normalization can be folded into, or why it cannot. */
function pairOf(norm: Call, shared: ReadonlySet<GraphLayer>): Pair | string {
  const [edge] = norm.inputs;
  const call = edge!.from;
  if (!call) return 'it stands at the input of the model';
  const before = `${call.path} (${call.layer.getClassName()})`;
  const linear = linearLayer(call.path, call.layer);
  if (!linear) return `${before} before it has no kernel that could take it`;
  if (linear.activation !== 'linear') return `${before} before it applies ${linear.activation}`;
  if (edge!.isOutput || edge!.readers.length > 1) return `${before} before it is read elsewhere too`;
  if (shared.has(norm.layer) || shared.has(call.layer))
    return 'a layer that is called twice is the same in both places';
  if (norm.within !== call.within) return `${before} before it stands in another model`;
  // Keras 2 writes a list of one.
  const axis = Number([norm.layer.axis].flat()[0]);
  const rank = edge!.shape.length;
  if ((axis + rank) % rank !== unitAxis(call)) return `its axis ${axis} is not that of the units of ${before}`;
  return { norm, call, linear };
}

/**
 * Takes batch normalizations out of a model: each that follows a dense layer or a convolution goes into its kernel and bias.
 *
 * With fixed statistics BN(x) = s · x + t, s = γ / √(σ² + ε), t = β − μ s, so that W' = W s and b' = b s + t for each unit: in float64,
 * rounded once. That is what inference computes; a model that trains on has no batch normalization any more. Dense, Conv1D to
 * Conv3D, depthwise, separable and transposed convolutions take one, in nested models too; a layer without a bias gets one. The model
 * loads in stock TensorFlow.js. Names of layers stay. Constraints of the layers that changed go, which would undo it.
 *
 * Of a GraphModel, FusedBatchNorm goes where the converter left one: its node becomes the bias, or nothing. Statistics are by the names of nodes.
 *
 * (Jacob et al. 2018, https://arxiv.org/abs/1712.05877, section 3.2.)
 *
 * @example
 * const net = tf.sequential({
 *   layers: [
 *     tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 1], useBias: false, name: 'conv' }),
 *     tf.layers.batchNormalization({ name: 'norm' }),
 *     tf.layers.reLU(),
 *   ],
 * });
 * const { model: folded, folded: pairs } = await foldBatchNorm(net);
 * console.log(folded.layers.length, pairs[0].path, pairs[0].into); // -> 2 norm conv
 *
 * @param model - a built LayersModel or a GraphModel, which is not changed; parametrizations count as they compute
 * @param options - see {@link FoldBatchNormOptions}
 * @returns the new model and what was done
 * @throws TypeError for other arguments; RangeError for NaN or infinity in a weight, by path and index, or a variance at or below −ε;
 * Error for a class of layers that is not registered
 */
export async function foldBatchNorm<M extends Runnable>(
  model: M,
  options: FoldBatchNormOptions = {},
): Promise<BatchNormFolding<M>> {
  const fn = 'foldBatchNorm';
  checkOptions(fn, options, ['probes']);
  checkRunnable(fn, model);
  if (!isGraph(model)) return ofLayers(fn, model as ModelLike, options.probes) as Promise<BatchNormFolding<never>>;
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const { model: made, ...found } = await foldGraphNorms(fn, model);
    try {
      const probes = options.probes as EffectProbes | undefined;
      return { model: made, ...found, difference: await graphDifference(fn, model, made, probes) };
    } catch (error) {
      disposeGraph(made);
      throw error;
    }
  });
}

function ofLayers<M extends ModelLike>(fn: string, model: M, probes: Probes | undefined): Promise<BatchNormFolding<M>> {
  checkProbes(fn, model, probes);
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const values = await valuesByPath(fn, model);
    checkModel(fn, model);
    const calls = callsOf(fn, model);
    const shared = sharedLayers(calls);
    const result: Omit<BatchNormFolding<M>, 'model' | 'difference'> = { folded: [], skipped: [], statistics: {} };
    const changes = {
      removed: new Set<GraphLayer>(),
      configs: new Map<GraphLayer, Record<string, unknown>>(),
      values: new Map<string, Float32Array>(),
    };
    const seen = new Set<GraphLayer>();
    for (const norm of calls) {
      if (norm.layer.getClassName() !== 'BatchNormalization' || seen.has(norm.layer)) continue;
      seen.add(norm.layer);
      const pair = pairOf(norm, shared);
      if (typeof pair === 'string') {
        result.skipped.push({ path: norm.path, reason: pair });
        continue;
      }
      const { call, linear } = pair;
      const of = (property: string) => values.get(`${norm.path}/${property}`) as Float32Array | undefined;
      const [gamma, beta] = [of('gamma'), of('beta')];
      const { scale, shift } = normAffine(fn, `${norm.path}/movingVariance`, {
        gamma,
        beta,
        mean: of('movingMean')!,
        variance: of('movingVariance')!,
        epsilon: norm.layer.epsilon as number,
      });
      const { path, units } = linear.stages.at(-1)!;
      const kernel = values.get(path) as Float32Array;
      changes.values.set(
        path,
        scaledBy(kernel, (entry) => scale[outputOf(units, entry)]!),
      );
      const bias = linear.hasBias ? (values.get(linear.bias) as Float32Array) : new Float32Array(units.outputs);
      changes.values.set(
        linear.bias,
        bias.map((value, i) => value * scale[i]! + shift[i]!),
      );
      changes.removed.add(norm.layer);
      changes.configs.set(call.layer, { useBias: true, ...withoutConstraints(call.layer) });
      result.folded.push({ path: norm.path, into: call.path, units: units.outputs });
      result.statistics[call.path] = {
        mean: beta ?? new Float32Array(units.outputs),
        std: gamma?.map(Math.abs) ?? new Float32Array(units.outputs).fill(1),
      };
    }
    const made = rebuilt(fn, model, changes, values);
    try {
      return { model: made, ...result, difference: await differenceOf(model, made, probes) };
    } catch (error) {
      disposeModel(made);
      throw error;
    }
  });
}

/** A layer's constraints, each null. */
export function withoutConstraints(layer: GraphLayer): Record<string, null> {
  const names = Object.keys(layer.getConfig()).filter((name) => name.endsWith('Constraint'));
  return Object.fromEntries(names.map((name) => [name, null]));
}
