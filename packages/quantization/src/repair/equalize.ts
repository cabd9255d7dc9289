import { checkModel, exclusively, type ModelLike, type SkippedWeight, weightsOf } from '@weightkit/core';
import { checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { type Probes as EffectProbes, probeSet } from '../effect/probes.ts';
import { checkRunnable, isGraph, type Runnable } from '../effect/runnable.ts';
import { absorbable, absorbedBias } from './absorb-bias.ts';
import { callsOf, type GraphLayer } from './calls.ts';
import { checkProbes, differenceOf, graphDifference, type Probes } from './difference.ts';
import { equalizeGraph } from './equalize-graph.ts';
import { equalizeUnits } from './equalize-units.ts';
import { type ConvergenceOptions, checkConvergence } from './equalizing-scales.ts';
import { withoutConstraints } from './fold-batch-norm.ts';
import { disposeGraph } from './graph-parts.ts';
import { type LayerSite, layerFlow, layersIn, shifts } from './layer-flow.ts';
import { disposeModel, rebuilt } from './rebuild.ts';
import { checkStatistics, scaledStatistics, unitsOfCalls } from './statistics.ts';
import { type UnitGroup, unitGroups } from './unit-groups.ts';
import type { UnitStatistics } from './unit-statistics.ts';
import { valuesByPath } from './values-of.ts';

/** Options of {@link equalize}. */
export interface EqualizeOptions {
  /**
   * What becomes of ReLU6, which cuts at 6 whatever the scale: `'keep'` leaves layers around it as they are, `'replace'` makes it a
   * ReLU where layers are equalized through it, and the outputs change where something was cut. `'bound'`, for GraphModels alone, makes it
   * the minimum of a ReLU and a weight that holds 6 / s of each unit: the outputs stay, and there is one more op to run.
   *
   * @defaultValue `'keep'`
   */
  relu6?: 'keep' | 'replace' | 'bound';
  /**
   * Mean and deviation of what layers or nodes give, from {@link foldBatchNorm}: with them, high biases are absorbed, c = max(0, μ − 3σ) of
   * each unit before a ReLU. The outputs then change for the 0.1 % of inputs of a unit that lie lower. `'probes'`, for GraphModels alone,
   * measures them on the `probes`: of most, the converter has folded batch normalization away.
   *
   * @defaultValue nothing is absorbed
   */
  statistics?: Readonly<Record<string, UnitStatistics>> | 'probes';
  /**
   * The largest |log s| of a factor that counts as none: above 0, below 1.
   *
   * @defaultValue 1e-4
   */
  tolerance?: number;
  /**
   * How many sweeps over the pairs there are at most: an integer of 1 or more.
   *
   * @defaultValue 1000
   */
  sweeps?: number;
  /**
   * Inputs that both models are given, for the difference in the report. Borrowed.
   *
   * @defaultValue two examples: bell-shaped numbers; for a GraphModel as {@link compareOutputs} makes them
   */
  probes?: Probes;
}

/** Two layers whose units were scaled; more where units meet in a sum or are read several times. Of a GraphModel, nodes. */
export interface EqualizedPair {
  /** The path of the layer that makes the units, or the name of the node. */
  from: string;
  /** That of the layer that reads them. */
  to: string;
  /** Other layers that make or read the same units, and have the same factors; empty for two layers. */
  others: string[];
  /** How many units lie between them. */
  units: number;
  /** The smallest and the largest factor s: the first layer's units were divided by it. */
  factors: [least: number, most: number];
  /** How many units had a constant taken out of their bias. */
  absorbed: number;
}

/** What {@link equalize} returns. */
export interface Equalization<M> {
  /** The equalized model, which belongs to the caller. It is not compiled. */
  model: M;
  /** The pairs of layers that were found, each with what shares its units. */
  pairs: EqualizedPair[];
  /** Layers whose units stay as they are, with the reason. */
  skipped: SkippedWeight[];
  /** The statistics that were given, scaled and shifted as the layers are; empty without. */
  statistics: Record<string, UnitStatistics>;
  /** ReLU6 layers that are ReLU now, or bounded unit by unit. */
  replaced: string[];
  /** How many sweeps it took; 0 where all was equal already. */
  sweeps: number;
  /** The largest |log s| that one more sweep would bring. */
  residual: number;
  /** The largest difference of the outputs of both models, by the largest output; null where the model does not run on made inputs. */
  difference: number | null;
}

/** Takes a maximum out of layers of the three kinds that cut. */
function uncut(layer: GraphLayer): Record<string, unknown> {
  return layer.getClassName() === 'ReLU' ? { maxValue: null } : { activation: 'relu' };
}

/**
 * Cross-layer equalization: gives the units between two layers one range, so that one scale for a weight fits them all. What a layer
 * makes is divided by s, unit by unit, and the next layer's kernel multiplied by it. The model's outputs stay, to the rounding of float32.
 *
 * Pairs are found on the graph: a dense layer or convolution (depthwise, separable and transposed too) and those that read it, through
 * ReLU, leaky and parametric ReLU, pooling, padding, dropout and flatten, in nested models too. Where branches meet in a sum, all
 * that makes or reads its units has one factor for each: residual nets are equalized across their blocks. Where they are concatenated, what
 * reads them has the factors of each for its channels. Batch normalization between
 * lets no factor pass: {@link foldBatchNorm} first. For all pairs at once s = √(r₁ / r₂), repeated until nothing moves any more.
 *
 * Of a GraphModel the nodes are followed: Conv2D, Conv3D, depthwise and transposed convolutions, MatMul, and what the converter fuses of them.
 *
 * (Nagel et al. 2019, https://arxiv.org/abs/1906.04721.)
 *
 * @example
 * const { model: equal, pairs, difference } = await equalize(model);
 * console.log(pairs[0].from, difference < 1e-5); // -> dense1 true
 * const again = await equalize(equal);
 * console.log(again.sweeps); // -> 0
 *
 * @param model - a built LayersModel or a GraphModel, which is not changed; parametrizations count as they compute
 * @param options - see {@link EqualizeOptions}
 * @returns the new model and what was done
 * @throws TypeError for other arguments; RangeError for NaN or infinity in a weight, by path and index, and statistics of layers that
 * are not there; Error for a class of layers that is not registered
 */
export async function equalize<M extends Runnable>(model: M, options: EqualizeOptions = {}): Promise<Equalization<M>> {
  const fn = 'equalize';
  checkOptions(fn, options, ['relu6', 'statistics', 'tolerance', 'sweeps', 'probes']);
  const { relu6 = 'keep', statistics = {}, tolerance = 1e-4, sweeps = 1000, probes } = options;
  const isKnown = relu6 === 'keep' || relu6 === 'replace' || relu6 === 'bound';
  checkRange(isKnown, `${fn}: relu6 must be 'keep', 'replace' or 'bound'`, relu6);
  if (statistics === 'probes')
    checkType(probes !== undefined, `${fn}: statistics: 'probes' must come with probes`, probes);
  else checkPlainObject(`${fn}: statistics must be those of layers by path, or 'probes'`, statistics);
  checkConvergence(fn, tolerance, sweeps);
  checkRunnable(fn, model);
  const ends = { tolerance, sweeps };
  if (!isGraph(model)) {
    checkRange(relu6 !== 'bound', `${fn}: relu6 must be 'keep' or 'replace' for a model of layers`, relu6);
    checkRange(statistics !== 'probes', `${fn}: statistics must be those of layers for a model of layers`, statistics);
    return ofLayers(fn, model as ModelLike, { relu6, statistics, probes }, ends) as Promise<Equalization<never>>;
  }
  const set = statistics === 'probes' ? await probeSet(fn, model, probes as EffectProbes) : undefined;
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const { made, groups, skipped, found, absorbed, cuts, ...known } = await equalizeGraph(
      fn,
      model,
      { relu6, statistics, set },
      ends,
    );
    try {
      return {
        model: made,
        pairs: groups.map((group, g) => pairOf(group, found.scales[g]!, absorbed[g]!)),
        skipped,
        statistics: known.statistics,
        replaced: cuts,
        sweeps: found.sweeps,
        residual: found.residual,
        difference: await graphDifference(fn, model, made, probes as EffectProbes | undefined),
      };
    } catch (error) {
      disposeGraph(made);
      throw error;
    }
  });
}

/** A group as the report has it. */
const pairOf = ({ makers, readers }: UnitGroup, scale: Float64Array, absorbed: number): EqualizedPair => ({
  from: makers[0]!.path,
  to: readers[0]!.path,
  others: [...new Set([...makers.slice(1), ...readers.slice(1)].map(({ path }) => path))],
  units: scale.length,
  factors: [scale.reduce((a, b) => Math.min(a, b)), scale.reduce((a, b) => Math.max(a, b))],
  absorbed,
});

function ofLayers(
  fn: string,
  model: ModelLike,
  {
    relu6,
    statistics,
    probes,
  }: {
    relu6: NonNullable<EqualizeOptions['relu6']>;
    statistics: Readonly<Record<string, UnitStatistics>>;
    probes: Probes | undefined;
  },
  ends: ConvergenceOptions,
): Promise<Equalization<ModelLike>> {
  checkProbes(fn, model, probes);
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const values = (await valuesByPath(fn, model)) as Map<string, Float32Array>;
    checkModel(fn, model);
    const calls = callsOf(fn, model);
    checkStatistics(fn, unitsOfCalls(calls), statistics);
    const replaces = relu6 === 'replace';
    const { groups, skipped } = unitGroups(layerFlow(calls), replaces ? null : "relu6: 'replace' makes it a ReLU");
    const { scales, changed, ...ended } = equalizeUnits(groups, values, ends);
    const known = scaledStatistics(groups, scales, statistics);
    const absorbed = groups.map((group) => absorb(group, replaces, known, changed, values));
    const configs = new Map<GraphLayer, Record<string, unknown>>();
    for (const { makers, readers, cuts } of groups) {
      for (const layer of layersIn([...makers, ...readers]))
        configs.set(layer, { ...configs.get(layer), ...withoutConstraints(layer) });
      for (const layer of layersIn(cuts)) configs.set(layer, { ...configs.get(layer), ...uncut(layer) });
    }
    for (const [g, count] of absorbed.entries())
      for (const layer of count > 0 ? layersIn(groups[g]!.readers) : [])
        configs.set(layer, { ...configs.get(layer), useBias: true });
    const made = rebuilt(fn, model, { removed: new Set(), configs, values: changed }, values);
    try {
      const cut = new Set(groups.flatMap(({ cuts }) => layersIn(cuts)));
      return {
        model: made,
        pairs: groups.map((group, g) => pairOf(group, scales[g]!, absorbed[g]!)),
        skipped,
        statistics: known,
        replaced: calls.flatMap(({ layer, path }) => (cut.has(layer) ? [path] : [])),
        ...ended,
        difference: await differenceOf(model, made, probes),
      };
    } catch (error) {
      disposeModel(made);
      throw error;
    }
  });
}

/** Moves constants from a layer's bias to the next one's; the number of units that had one. */
function absorb(
  { makers, readers }: UnitGroup,
  replaces: boolean,
  statistics: Record<string, UnitStatistics>,
  changed: Map<string, Float32Array>,
  values: ReadonlyMap<string, Float32Array>,
): number {
  const [from, to] = [makers[0] as unknown as LayerSite, readers[0] as unknown as LayerSite];
  const [first, second] = [from.linear!, to.linear!];
  const known = statistics[from.path];
  const bias = changed.get(first.bias);
  if (!known || !bias || makers.length + readers.length > 2 || !shifts(from.call, to.call, replaces)) return 0;
  const constants = absorbable(known.mean, known.std);
  const count = constants.filter((c) => c > 0).length;
  if (count === 0) return 0;
  changed.set(
    first.bias,
    bias.map((value, i) => value - constants[i]!),
  );
  statistics[from.path] = { mean: known.mean.map((value, i) => value - constants[i]!), std: known.std };
  const moved = second.stages.reduce(
    (given, { path, units }) => absorbedBias(changed.get(path)!, units, given),
    constants,
  );
  const next = changed.get(second.bias) ?? values.get(second.bias) ?? new Float32Array(moved.length);
  changed.set(
    second.bias,
    next.map((value, i) => value + moved[i]!),
  );
  return count;
}
