import { checkModel, exclusively, type ModelLike, type SkippedWeight, weightsOf } from '@weightkit/core';
import { checkOptions, checkPlainObject, checkRange } from '@weightkit/numerics/check';
import { absorbable, absorbedBias } from './absorb-bias.ts';
import { callsOf, type GraphLayer } from './calls.ts';
import { checkProbes, differenceOf, type Probes } from './difference.ts';
import { checkConvergence, equalizingScales, type KernelPair, type ScaledKernel } from './equalizing-scales.ts';
import { type UnitStatistics, withoutConstraints } from './fold-batch-norm.ts';
import { inputOf, outputOf, type Stage } from './kernel-units.ts';
import { type LinearPair, linearPairs } from './linear-pairs.ts';
import { disposeModel, rebuilt } from './rebuild.ts';
import { checkStatistics } from './statistics.ts';
import { valuesByPath } from './values-of.ts';

/** Options of {@link equalize}. */
export interface EqualizeOptions {
  /**
   * What becomes of ReLU6, which cuts at 6 whatever the scale: `'keep'` leaves layers around it as they are, `'replace'` makes it a
   * ReLU where layers are equalized through it. The outputs then change where something was cut.
   *
   * @defaultValue `'keep'`
   */
  relu6?: 'keep' | 'replace';
  /**
   * Mean and deviation of what layers give, from {@link foldBatchNorm}: with them, high biases are absorbed, c = max(0, μ − 3σ) of
   * each unit before a ReLU. The outputs then change for the 0.1 % of inputs of a unit that lie lower.
   *
   * @defaultValue nothing is absorbed
   */
  statistics?: Readonly<Record<string, UnitStatistics>>;
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
   * @defaultValue two examples of bell-shaped numbers
   */
  probes?: Probes;
}

/** Two layers whose units were scaled. */
export interface EqualizedPair {
  /** The path of the layer that makes the units. */
  from: string;
  /** That of the layer that reads them. */
  to: string;
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
  /** The pairs of layers that were found. */
  pairs: EqualizedPair[];
  /** Layers whose units stay as they are, with the reason. */
  skipped: SkippedWeight[];
  /** The statistics that were given, scaled and shifted as the layers are; empty without. */
  statistics: Record<string, UnitStatistics>;
  /** ReLU6 layers that are ReLU now. */
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
 * Pairs are found on the graph: a dense layer or convolution (depthwise, separable and transposed too) and the one that alone reads
 * it, through ReLU, leaky and parametric ReLU, pooling, padding, dropout and flatten, in nested models too. Batch normalization between
 * lets no factor pass: {@link foldBatchNorm} first. For all pairs at once s = √(r₁ / r₂), repeated until nothing moves any more.
 *
 * (Nagel et al. 2019, https://arxiv.org/abs/1906.04721.)
 *
 * @example
 * const { model: equal, pairs, difference } = await equalize(model);
 * console.log(pairs[0].from, difference < 1e-5); // -> dense1 true
 * const again = await equalize(equal);
 * console.log(again.sweeps); // -> 0
 *
 * @param model - a built LayersModel, which is not changed; parametrizations count as they compute
 * @param options - see {@link EqualizeOptions}
 * @returns the new model and what was done
 * @throws TypeError for other arguments; RangeError for NaN or infinity in a weight, by path and index, and statistics of layers that
 * are not there; Error for a class of layers that is not registered
 */
export async function equalize<M extends ModelLike>(model: M, options: EqualizeOptions = {}): Promise<Equalization<M>> {
  const fn = 'equalize';
  checkOptions(fn, options, ['relu6', 'statistics', 'tolerance', 'sweeps', 'probes']);
  const { relu6 = 'keep', statistics = {}, tolerance = 1e-4, sweeps = 1000, probes } = options;
  checkRange(relu6 === 'keep' || relu6 === 'replace', `${fn}: relu6 must be 'keep' or 'replace'`, relu6);
  checkPlainObject(`${fn}: statistics must be those of layers by path`, statistics);
  checkConvergence(fn, tolerance, sweeps);
  checkModel(fn, model);
  checkProbes(fn, model, probes);
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const values = await valuesByPath(fn, model);
    checkModel(fn, model);
    const calls = callsOf(fn, model);
    checkStatistics(fn, calls, statistics);
    const { pairs, skipped } = linearPairs(calls, relu6 === 'replace');
    const work = workOf(pairs, values as Map<string, Float32Array>);
    const { scales, ...ended } = equalizingScales(work.kernels, work.pairs, { tolerance, sweeps });
    const applied = ended.sweeps === 0 ? scales.map((scale) => scale.fill(1)) : scales;
    const changed = scaled(work, applied, values as Map<string, Float32Array>);
    const known = scaledStatistics(pairs, applied, statistics);
    const absorbed = pairs.map((pair) => absorb(pair, known, changed, values as Map<string, Float32Array>));
    const configs = new Map<GraphLayer, Record<string, unknown>>();
    for (const { from, to, cuts } of pairs) {
      for (const { layer } of [from, to]) configs.set(layer, { ...configs.get(layer), ...withoutConstraints(layer) });
      for (const layer of cuts) configs.set(layer, { ...configs.get(layer), ...uncut(layer) });
    }
    for (const [p, count] of absorbed.entries())
      if (count > 0) configs.set(pairs[p]!.to.layer, { ...configs.get(pairs[p]!.to.layer), useBias: true });
    const made = rebuilt(fn, model, { removed: new Set(), configs, values: changed }, values);
    try {
      return {
        model: made,
        pairs: pairs.map(({ from, to }, p) => ({
          from: from.path,
          to: to.path,
          units: applied[p]!.length,
          factors: [Math.min(...applied[p]!), Math.max(...applied[p]!)],
          absorbed: absorbed[p]!,
        })),
        skipped,
        statistics: known,
        replaced: calls.flatMap(({ layer, path }) => (pairs.some(({ cuts }) => cuts.includes(layer)) ? [path] : [])),
        ...ended,
        difference: await differenceOf(model, made, probes),
      };
    } catch (error) {
      disposeModel(made);
      throw error;
    }
  });
}

/** Kernels and pairs as {@link equalizingScales} takes them. */
interface Work {
  stages: Stage[];
  kernels: ScaledKernel[];
  /** Those of layers first, in their order; then the two kernels of each separable convolution. */
  pairs: KernelPair[];
  /** The biases of the units of a pair; nothing between the two kernels of one layer. */
  biases: (string | undefined)[];
}

function workOf(pairs: readonly LinearPair[], values: ReadonlyMap<string, Float32Array>): Work {
  const stages = new Map<string, Stage>();
  const layers = pairs.flatMap(({ first, second }) => [first, second]);
  for (const stage of layers.flatMap((layer) => layer.stages)) stages.set(stage.path, stage);
  const paths = [...stages.keys()];
  const index = (stage: Stage) => paths.indexOf(stage.path);
  const inside = new Map(layers.flatMap((layer) => (layer.stages.length > 1 ? [[layer.bias, layer] as const] : [])));
  const list = [...stages.values()];
  return {
    stages: list,
    kernels: list.map(({ path, units }) => ({ values: values.get(path)!, units })),
    pairs: [
      ...pairs.map(({ first, second }) => ({ from: index(first.stages.at(-1)!), to: index(second.stages[0]!) })),
      ...[...inside.values()].map(({ stages: [a, b] }) => ({ from: index(a!), to: index(b!) })),
    ],
    biases: pairs.map(({ first }) => (first.hasBias ? first.bias : undefined)),
  };
}

/** The kernels and biases with all factors, in float64 and rounded once. */
function scaled(
  { stages, kernels, pairs, biases }: Work,
  scales: readonly Float64Array[],
  values: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  const result = new Map<string, Float32Array>();
  for (const [k, { path, units }] of stages.entries()) {
    const made = scales[pairs.findIndex(({ from }) => from === k)];
    const read = scales[pairs.findIndex(({ to }) => to === k)];
    const factorOf = (entry: number): number =>
      (read ? read[inputOf(units, entry) % read.length]! : 1) / (made ? made[outputOf(units, entry)]! : 1);
    result.set(
      path,
      kernels[k]!.values.map((value, entry) => value * factorOf(entry)),
    );
  }
  for (const [p, path] of biases.entries())
    if (path !== undefined)
      result.set(
        path,
        values.get(path)!.map((value, i) => value / scales[p]![i]!),
      );
  return result;
}

function scaledStatistics(
  pairs: readonly LinearPair[],
  scales: readonly Float64Array[],
  statistics: Readonly<Record<string, UnitStatistics>>,
): Record<string, UnitStatistics> {
  const result: Record<string, UnitStatistics> = {};
  for (const [path, { mean, std }] of Object.entries(statistics)) {
    const scale = scales[pairs.findIndex(({ from }) => from.path === path)];
    const divided = (values: Float32Array) => values.map((value, i) => value / (scale?.[i] ?? 1));
    result[path] = { mean: divided(mean), std: divided(std) };
  }
  return result;
}

/** Moves constants from a layer's bias to the next one's; the number of units that had one. */
function absorb(
  { from, first, second, shifts }: LinearPair,
  statistics: Record<string, UnitStatistics>,
  changed: Map<string, Float32Array>,
  values: ReadonlyMap<string, Float32Array>,
): number {
  const known = statistics[from.path];
  const bias = changed.get(first.bias);
  if (!known || !bias || !shifts) return 0;
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
