import * as tf from '@tensorflow/tfjs-core';
import {
  allDone,
  checkModel,
  checkModelAndBatch,
  exclusively,
  finiteValues,
  layersOf,
  type ModelLike,
  weightsOf,
} from '@weightkit/core';
import { checkInteger, checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { differenceOf, probesFor, type ShrinkCertificate, speedOf } from './certify.ts';
import { type Choice, choiceOf, type PlanShrinkOptions } from './choice.ts';
import type { GraphLayer } from './flow.ts';
import { linksOf } from './graph.ts';
import type { Links, Loaded } from './links.ts';
import { planOf, type ShrinkPlan } from './plan.ts';
import { type Removal, removalFor, type ShrinkMode } from './removal.ts';
import { disposeModel, smallerModel } from './smaller-model.ts';

/** Options of {@link shrink}. */
export interface ShrinkOptions extends PlanShrinkOptions {
  /**
   * Inputs that both models are given, for the certificate. Borrowed.
   *
   * @defaultValue four examples of bell-shaped numbers, or of numbers of rows for an Embedding; 16 for each size that is not known
   */
  probes?: tf.Tensor | readonly tf.Tensor[];
  /**
   * The largest difference on the probes, by the largest magnitude of an output, before an error: a number of 0 or more.
   *
   * @defaultValue 1e-6 in mode `'exact'`, 1e-5 in mode `'absorb'`, no bound in mode `'approximate'`
   */
  tolerance?: number;
  /**
   * How often both models run on the probes to measure how long they take, on the backend that is set. An integer of 0 or more.
   *
   * @defaultValue 0: not measured
   */
  runs?: number;
}

/** What {@link shrink} returns. */
export interface Shrunk<M> {
  /** The smaller model, which belongs to the caller. It is not compiled. */
  model: M;
  /** What went, and why the rest stayed. */
  plan: ShrinkPlan;
  /** What both models give on the same inputs, and how large they are. */
  certificate: ShrinkCertificate;
}

interface Planned {
  weights: Loaded[];
  links: Links;
  removal: Removal;
  plan: ShrinkPlan;
}

/** Rounding: of sums of other lengths; and of one sum more, where constants go. */
const TOLERANCES: Readonly<Record<ShrinkMode, number>> = {
  exact: 1e-6,
  absorb: 1e-5,
  approximate: Number.POSITIVE_INFINITY,
};

async function planned(fn: string, model: ModelLike, { mode, keep }: Choice): Promise<Planned> {
  const found = weightsOf(model, undefined, fn).filter(({ property }) => property !== null);
  const weights = await allDone(found.map(async (weight) => ({ weight, values: await finiteValues(fn, weight) })));
  // It may have been disposed while its weights were read.
  checkModel(fn, model);
  const paths = new Map<unknown, string>(layersOf(model, fn).map(({ layer, path }) => [layer, path]));
  const links = linksOf(model as unknown as GraphLayer, paths, weights);
  const removal = removalFor(fn, links, mode, keep);
  return { weights, links, removal, plan: planOf(links, removal, mode, weights) };
}

/**
 * Which units of a model can go without a change of its outputs, what would go with them, and what keeps those that are constant and
 * stay. The graph of layers is followed and the weights are read; nothing is run, and no data is needed.
 *
 * A unit goes where whatever reads it reads 0, as of units that `prune` took whole, or has weights of 0 for it, as of channels. What
 * an Add, a Multiply or a shared layer joins goes together or stays. Layers that mix units (softmax, LayerNormalization), the model's
 * inputs and outputs, and layers of which no rule is known keep what flows through them, and the plan says so.
 *
 * @example
 * const pruning = await prune(model, { sparsity: 0.5, structure: 'unit', filter: 'dense1/kernel' });
 * const plan = await planShrink(model); // console.log(String(plan)) prints it
 * console.log(plan.layers[0].units, plan.layers[0].removed.length); // -> 8 4
 *
 * @param model - a built LayersModel; masks and other parametrizations count as they compute
 * @param options - see {@link PlanShrinkOptions}
 * @returns the plan
 * @throws TypeError for another model; RangeError for NaN or infinity in a weight, by path and index, for a model of which a layer
 * would have no unit left, by its path, and for lists of units that are not there or have to stay
 */
export async function planShrink(model: ModelLike, options: PlanShrinkOptions = {}): Promise<ShrinkPlan> {
  const fn = 'planShrink';
  checkOptions(fn, options, ['mode', 'keep']);
  const choice = choiceOf(fn, options);
  checkModel(fn, model);
  return exclusively(fn, weightsOf(model, undefined, fn), async () => (await planned(fn, model, choice)).plan);
}

const hasStates = ({ layers = [], stateful }: GraphLayer): boolean => stateful === true || layers.some(hasStates);

/** Nothing goes. */
const NOTHING: Removal = { isGone: () => false, reasonOf: () => '', shifts: new Map() };

async function certified<M extends ModelLike>(
  model: M,
  { weights, links, removal, plan }: Planned,
  { probes, tolerance = TOLERANCES[plan.mode], runs = 0 }: ShrinkOptions,
): Promise<Shrunk<M>> {
  const fn = 'shrink';
  const small = smallerModel(fn, model, links, removal, weights);
  // A run would move the model's states on.
  let same: M | undefined;
  const given = probes === undefined ? probesFor(model as unknown as GraphLayer, links.rows) : [];
  try {
    if (hasStates(model as unknown as GraphLayer)) same = smallerModel(fn, model, links, NOTHING, weights);
    const inputs = probes === undefined ? given : ([probes].flat() as tf.Tensor[]);
    const difference = await differenceOf(same ?? model, small, inputs).catch((cause: Error) => {
      if (probes !== undefined) throw cause;
      const message = `${fn}: probes must be given for a model that does not run on those made for it, got ${cause.message}`;
      throw new Error(message, { cause });
    });
    checkRange(
      difference.relative <= tolerance,
      `${fn}: the smaller model must give the same within ${tolerance} of the largest output`,
      difference.relative,
    );
    const speed = runs > 0 ? { speed: await speedOf(same ?? model, small, inputs, runs) } : {};
    if (same) (small as unknown as GraphLayer).resetStates();
    return { model: small, plan, certificate: { ...difference, before: plan.before, after: plan.after, ...speed } };
  } catch (error) {
    disposeModel(small);
    throw error;
  } finally {
    tf.dispose(given);
    if (same) disposeModel(same);
  }
}

/**
 * Builds a smaller model of one whose units have been pruned whole: fewer units in its layers, smaller weights, the same outputs.
 * It is a LayersModel like any other: stock TensorFlow.js saves it, loads it and trains it on. What goes is what
 * {@link planShrink} says. Names of layers and weights stay, parametrizations are folded in, and the model is not compiled; the
 * given model is not changed.
 *
 * Both models are run on the same inputs, and a larger difference than rounding is an error, but in mode `'approximate'`.
 *
 * @example
 * await prune(model, { sparsity: 0.5, structure: 'unit', filter: 'dense1/kernel' });
 * const { model: small, certificate } = await shrink(model);
 * console.log(certificate.before.units, certificate.after.units); // -> 15 11
 * await small.save('downloads://small');
 *
 * @param model - a built LayersModel
 * @param options - see {@link ShrinkOptions}
 * @returns the smaller model, the plan and the certificate
 * @throws as {@link planShrink}; TypeError or RangeError for probes that are no inputs of the model; RangeError where no unit can go,
 * or the two models differ; Error for a class of layers that is not registered, or a shared
 * layer that TensorFlow.js, which takes its calls in the order in which it can make them, would build otherwise. Nothing has changed then
 */
export async function shrink<M extends ModelLike>(model: M, options: ShrinkOptions = {}): Promise<Shrunk<M>> {
  const fn = 'shrink';
  checkOptions(fn, options, ['mode', 'keep', 'probes', 'tolerance', 'runs']);
  const choice = choiceOf(fn, options);
  const { probes, tolerance, runs } = options;
  if (tolerance !== undefined) checkNumber(`${fn}: tolerance must be a number of 0 or more`, tolerance, (x) => x >= 0);
  if (runs !== undefined) checkInteger(fn, 'runs', runs, 0);
  checkModel(fn, model);
  if (probes !== undefined) checkModelAndBatch(fn, model, probes, 'probes');
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const all = await planned(fn, model, choice);
    const { before, after, barriers } = all.plan;
    if (after.units === before.units) {
      const why = barriers.map(
        ({ path, units, reason }) => `; ${path} keeps ${units.length} that are constant: ${reason}`,
      );
      throw new RangeError(`${fn}: model must have a unit that can go, got none${why.slice(0, 3).join('')}`);
    }
    return certified(model, all, options);
  });
}
