import * as tf from '@tensorflow/tfjs-core';
import {
  type CalibrationData,
  checkCalibration,
  exclusively,
  hasProducts,
  inCallOrder,
  inputGrams,
  isKernel,
  kernelProducts,
  type ModelLike,
  PRODUCT_LAYERS,
  parametrizationsOf,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkFinite, checkInteger, checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import {
  type Amount,
  checkModelAmount,
  isByPattern,
  type ModelAmount,
  type SparsityByPattern,
} from '../masks/amount.ts';
import { type Plan, type PruneRule, planOf } from '../masks/plan.ts';
import { install, type Pruning } from '../masks/pruning.ts';
import { scorePlan, select } from '../masks/select.ts';
import { zerosByShare, zerosOf } from '../masks/zeros-of.ts';
import { listOf } from '../scores/loss-gradients.ts';
import { checkStructure, isNOfM, type NOfMStructure } from '../structures/structure.ts';
import { METHODS, type OneShotMethod, pruneKernel } from './prune-kernel.ts';

/** How {@link pruneOneShot} shares zeros out over kernels. */
export type OneShotScope = 'layer' | 'global' | 'lamp' | 'erk';

/** Options of {@link pruneOneShot}: how many zeros, and by what rule. */
export interface PruneOneShotOptions {
  /**
   * The fraction of entries of each kernel that become zero, a number in [0, 1), or one for each pattern of paths; kernels that no
   * pattern matches are left as they are. Not beside `structure`.
   */
  sparsity?: number | SparsityByPattern;
  /**
   * How the zeros are shared out. `'layer'`: each kernel has the sparsity. `'global'`, `'lamp'`, `'erk'`: all together have it, each kernel
   * as many as `prune` gives it by magnitude in that scope; Wanda, which takes as many of each output, the nearest number to that. Not
   * beside `structure` or sparsities by pattern.
   *
   * @defaultValue 'layer'
   */
  scope?: OneShotScope;
  /** Of m neighboring inputs n stay, as in 2:4, which says how many. Depthwise kernels have no such neighbors and are left as they are. */
  structure?: NOfMStructure;
  /**
   * `'sparsegpt'`: the cheapest of each block of inputs go, and what is left is corrected. `'wanda'`: the smallest |w| ‖x‖ of each output
   * go, nothing is corrected. `'magnitude'`: the smallest go; to compare with.
   * @defaultValue 'sparsegpt'
   */
  method?: OneShotMethod;
  /**
   * Which kernels: a path, glob, RegExp, predicate or a list of these.
   * @defaultValue the kernels of Dense layers, convolutions (transposed, depthwise and separable ones too), SimpleRNN, LSTM, GRU and
   * ConvLSTM2D layers
   */
  filter?: WeightFilter;
  /**
   * Of SparseGPT, how many inputs are pruned before the correction goes to all later ones: an integer of 1 or more.
   * @defaultValue 128
   */
  blockSize?: number;
  /**
   * Of SparseGPT, what is added to the diagonal of XᵀX, as a share of its mean: a finite number above 0.
   * @defaultValue 0.01
   */
  dampening?: number;
}

/** What was done to a kernel. */
export interface OneShotLayer {
  /** The kernel's path. */
  path: string;
  /** Its number of entries. */
  parameters: number;
  /** How many of them are pruned. */
  zeros: number;
  /** The rows of inputs that it was pruned by: examples, times the places of a window, times the steps of a recurrent layer. */
  rows: number;
  /** Inputs that were 0 in all rows. SparseGPT makes their weights 0. */
  dead: number;
  /**
   * ‖X W − X Ŵ‖ / ‖X W‖: by how much the sums of the layer change, X being what the pruned layers before it give for the data, before bias
   * and activation.
   */
  error: number;
}

/** Masks in place on a model whose layers were pruned one after another. */
export interface OneShotPruning extends Pruning {
  /** The kernels in the order in which they were pruned. */
  readonly layers: readonly OneShotLayer[];
  /** Takes the masks away and puts back the kernels as they were before, whatever was trained since. Disposes the masks. */
  restore(): void;
}

const fn = 'pruneOneShot';
const ONE_SHOT_SCOPES: readonly OneShotScope[] = ['layer', 'global', 'lamp', 'erk'];
const NAMES = ['sparsity', 'scope', 'structure', 'method', 'filter', 'blockSize', 'dampening'];

interface Checked {
  rule: PruneRule;
  scope: OneShotScope;
  method: OneShotMethod;
  settings: { blockSize: number; dampening: number };
  neighbors: NOfMStructure | undefined;
}

function checkAll(model: ModelLike, data: CalibrationData, options: PruneOneShotOptions): Checked {
  checkCalibration(fn, model, data);
  checkOptions(fn, options, NAMES);
  const { sparsity, scope, structure, method = 'sparsegpt', filter, blockSize = 128, dampening = 0.01 } = options ?? {};
  checkRange(METHODS.includes(method), `${fn}: method must be 'sparsegpt', 'wanda' or 'magnitude'`, method);
  if (scope !== undefined) {
    checkRange(ONE_SHOT_SCOPES.includes(scope), `${fn}: scope must be 'layer', 'global', 'lamp' or 'erk'`, scope);
    checkRange(
      structure === undefined && (scope === 'layer' || !isByPattern(sparsity)),
      `${fn}: scope must be left out for { n, m } and for sparsities by pattern, which say it`,
      scope,
    );
  }
  checkInteger(fn, 'blockSize', blockSize, 1);
  checkNumber(`${fn}: dampening must be finite and above 0`, dampening, (d) => Number.isFinite(d) && d > 0);
  if (structure === undefined) checkModelAmount(fn, { sparsity } as ModelAmount);
  else {
    checkStructure(fn, structure);
    checkRange(isNOfM(structure), `${fn}: structure must be { n, m }, or left out`, structure);
    checkRange(structure.axis === undefined, `${fn}: axis must be left out: neighbors are inputs`, structure.axis);
    checkRange(sparsity === undefined, `${fn}: sparsity must be left out for { n, m }, which says it`, sparsity);
  }
  const wanted = filter === undefined ? (weight: Weight) => isKernel(weight) && hasProducts(weight) : filter;
  const strange = weightsOf(model, wanted, fn).find((weight) => !hasProducts(weight));
  checkRange(
    strange === undefined,
    `${fn}: filter must match kernels of layers of class ${PRODUCT_LAYERS} alone`,
    strange?.path,
  );
  const rule: PruneRule = {
    filter: wanted,
    ...(structure === undefined ? { scope: method === 'wanda' ? 'output' : 'layer' } : { structure }),
  };
  return { rule, scope: scope ?? 'layer', method, settings: { blockSize, dampening }, neighbors: structure };
}

async function download(weight: Weight): Promise<Float32Array> {
  const value = weight.read();
  const values = new Float32Array((await value.data().finally(() => value.dispose())) as Float32Array);
  checkFinite(fn, 'weights', weight.path, values);
  return values;
}

/** Puts values in a variable, unless it is disposed. */
function assign(variable: tf.Variable, values: Float32Array): void {
  if (variable.isDisposed) return;
  const value = tf.tensor(values, variable.shape);
  variable.assign(value);
  value.dispose();
}

const pathOf = ({ members }: Plan['sets'][number]): string => members[0]!.weight.path;

/** The share of zeros that each kernel has by magnitude where all of them together have the sparsity. */
async function sharesIn(model: ModelLike, { rule: { filter }, scope }: Checked, sparsity: number) {
  const plan = planOf(fn, model, { filter: filter!, scope });
  const scores = await scorePlan(fn, plan, plan.weights);
  const { kept } = select(fn, plan, scores, zerosOf(fn, { sparsity }, plan));
  const zeros = (mask: Uint8Array) => mask.length - mask.reduce((sum, bit) => sum + bit, 0);
  return new Map(plan.sets.map((set, i) => [pathOf(set), set.groups === 0 ? 0 : zeros(kept[i]!) / set.groups]));
}

/** How many zeros each kernel gets, or what its neighbors do. */
async function zerosBy(model: ModelLike, plan: Plan, checked: Checked, sparsity: PruneOneShotOptions['sparsity']) {
  const { neighbors, scope } = checked;
  if (neighbors) return () => ({ n: neighbors.n, m: neighbors.m });
  const shares = scope === 'layer' ? undefined : await sharesIn(model, checked, sparsity as number);
  const zeros = shares
    ? zerosByShare(fn, plan, (set) => shares.get(pathOf(set))!)
    : (zerosOf(fn, { sparsity } as Amount, plan) as number[]);
  const byPath = new Map(plan.sets.map((set, i) => [pathOf(set), zeros[i]!]));
  return (path: string) => byPath.get(path)!;
}

/**
 * Prunes a trained model at once by unlabelled examples, layer after layer: each kernel by what the pruned layers before it give, so that
 * what is left of it can make up for them. Masks hold the zeros afterwards, so that the model can train on.
 *
 * SparseGPT (Frantar and Alistarh 2023, https://arxiv.org/abs/2301.00774) looks at how inputs go together and corrects the weights that stay;
 * Wanda (Sun et al. 2023, https://arxiv.org/abs/2306.11695) at the sizes of inputs alone. Convolutions are seen as the products of their
 * windows, depthwise ones channel by channel, transposed ones from their outputs. Of a separable convolution the pointwise kernel is
 * pruned by what the pruned depthwise one gives. Of a recurrent layer `kernel` is pruned by its inputs and `recurrentKernel` by its states,
 * of all time steps, masked ones too; the last third of a GRU's by the states that its gate lets through. All in float64 on the host; it
 * takes inputs³ steps and inputs² numbers for each layer.
 *
 * @example
 * const pruning = await pruneOneShot(model, { x }, { sparsity: 0.5 });
 * console.log(pruning.sparsity, pruning.layers[0].path); // -> 0.5 dense1/kernel
 *
 * @param model - a built LayersModel
 * @param data - inputs, as many examples as the widest layer has inputs or more
 * @param options - how many zeros, the method and its numbers
 * @returns the masks in place, and what was done to each layer
 * @throws RangeError for NaN or infinity in weights or activations, by path, for an amount out of range, a filter that matches other
 * weights than these kernels and a model with a layer that keeps a state; TypeError for an unknown option; Error when the model is not built, or when a weight is pruned or
 * parametrized already. Nothing has changed then
 */
export async function pruneOneShot(
  model: ModelLike,
  data: CalibrationData,
  options: PruneOneShotOptions,
): Promise<OneShotPruning> {
  const checked = checkAll(model, data, options);
  const { rule, method, settings } = checked;
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const { sparsity } = options;
    const plan = planOf(fn, model, rule, isByPattern(sparsity) ? sparsity : undefined);
    const raws = new Set(parametrizationsOf(model, fn).map(({ raw }) => raw));
    const parametrized = plan.weights.find(({ variable }) => raws.has(variable!));
    if (parametrized)
      throw new Error(`${fn}: weights must not be parametrized (fold them first), got ${parametrized.path}`);
    const zerosOfPath = await zerosBy(model, plan, checked, sparsity);
    const originals = new Map<tf.Variable, Float32Array>();
    for (const weight of plan.weights) originals.set(weight.variable!, await download(weight));
    const putBack = () => {
      for (const [variable, values] of originals) assign(variable, values);
    };
    const examples = listOf(data.x)[0]!.shape[0]!;
    const layers: OneShotLayer[] = [];
    const masks = new Map<string, Uint8Array>();
    try {
      for (const weight of inCallOrder(fn, model, plan.weights, data.x)) {
        const { path } = weight;
        const products = kernelProducts(weight);
        const calibration = await inputGrams(fn, model, weight, data.x);
        const values = originals.get(weight.variable!)!;
        const task = { method, values, products, calibration, examples, zeros: zerosOfPath(path), settings };
        const pruned = pruneKernel(task);
        checkFinite(fn, 'corrected weights', path, pruned.values);
        assign(weight.variable!, pruned.values);
        masks.set(path, pruned.mask);
        const left = pruned.mask.reduce((sum, bit) => sum + bit, 0);
        const { dead, error } = pruned;
        layers.push({
          path,
          parameters: values.length,
          zeros: values.length - left,
          rows: calibration.rows,
          dead,
          error,
        });
      }
      const bits = plan.weights.map(({ path }) => masks.get(path)!);
      const ofM = plan.neighbors.map(() => checked.neighbors!.m - checked.neighbors!.n);
      const kept = plan.sets.map(({ members }) => masks.get(members[0]!.weight.path)!);
      return restoring(install(fn, plan, { kept, bits, ofM }), layers, putBack);
    } catch (error) {
      putBack();
      throw error;
    }
  });
}

/** A pruning that puts back what was before. */
function restoring(pruning: Pruning, layers: readonly OneShotLayer[], putBack: () => void): OneShotPruning {
  const { fold, restore, dispose } = pruning;
  let inPlace = true;
  const ended = (end: () => void, then: () => void) => () => {
    end();
    if (inPlace) then();
    inPlace = false;
  };
  return Object.assign(pruning, {
    layers,
    fold: ended(fold, () => {}),
    restore: ended(restore, putBack),
    dispose: ended(dispose, putBack),
  });
}
