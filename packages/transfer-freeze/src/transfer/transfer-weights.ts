import type { Checkpoint } from '@weightkit/checkpoint';
import {
  checkLayer,
  exclusively,
  finiteValues,
  type LayerLike,
  type ModelLike,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  type WeightSource,
  weightsOf,
  writeAll,
} from '@weightkit/core';
import { checkBoolean, checkFinite, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { noteModels } from './feature-order.ts';
import { type Found, layerPath, matchModules, matchNames } from './match-names.ts';
import { matchShapes, type SourceGroup } from './match-shapes.ts';
import { matchSimilar } from './match-similar.ts';
import { type Likeness, type Offer, plainOffer, sameShape, torchOffer } from './offers.ts';
import { overlap } from './overlap.ts';
import { type Rename, renamed } from './renamed.ts';
import { type SourceTensor, tensorsOf } from './source-tensors.ts';
import { otherThanTorch } from './torch-defaults.ts';
import { COUNTER, looksLikeTorch, torchModules, unstacked } from './torch-modules.ts';

const FN = 'transferWeights';

/** Options of {@link transferWeights}. */
export interface TransferOptions {
  /**
   * Names of the source, or leading parts of them that end before a dot or a slash, and what stands there in the model:
   * `{ 'features.0': 'conv1' }`. Of several that fit the longest counts. The second layer of a stack of recurrent ones of PyTorch is a
   * part of its own: `{ 'lstm.l1': 'second' }`.
   * @defaultValue none
   */
  rename?: Readonly<Record<string, string>>;
  /**
   * How partners are found: by name, or layer by layer by the shapes of all weights of a layer. Layers of the same shapes go in
   * order, if there are as many on both sides; otherwise nothing is chosen. `'similar'` takes those that have a partner by name, and pairs
   * the other layers with what is left of the source and has their shapes so that the names are most alike in sum; the report says how much
   * (`likeness`), and `dryRun` lets one look before anything is changed.
   * @defaultValue 'name'
   */
  match?: 'name' | 'shape' | 'similar';
  /**
   * Whose layout and names the source has: `'torch'` is a state dict of PyTorch.
   * @defaultValue 'torch' where a name of a checkpoint ends as PyTorch's do (`.weight`, `.running_mean`, ...), 'tfjs' otherwise
   */
  layout?: 'tfjs' | 'torch';
  /**
   * Which weights of the model.
   * @defaultValue all
   */
  filter?: WeightFilter;
  /**
   * What to do where a partner has another shape: nothing at all, with an error that names each; leave the weight as it is; or copy what
   * both have in common, from the first index of every axis on (rows of an embedding that has grown, classes of a head).
   * @defaultValue 'error'
   */
  onMismatch?: 'error' | 'skip' | 'overlap';
  /**
   * Whether only to report what would be done.
   * @defaultValue false
   */
  dryRun?: boolean;
}

/** A weight that got values. */
export interface TransferredWeight {
  /** Its path in the model. */
  path: string;
  /** The names of what it came from; two where they are added. */
  from: string[];
  /** Its shape in the model. */
  shape: number[];
  /** How many of its entries were set. */
  entries: number;
  /** Whether a part of it was set only, for the shapes differ. */
  partial: boolean;
  /** How sure that is: only of `match: 'similar'`, of those that have no partner by name. */
  likeness?: Likeness;
}

/** What {@link transferWeights} did. */
export interface TransferReport {
  /** How the source was read. */
  layout: 'tfjs' | 'torch';
  /** The weights that got values, in model order. */
  transferred: TransferredWeight[];
  /** The weights that stay as they were, and why. */
  skipped: SkippedWeight[];
  /** Names of the source that nothing was taken from. */
  unused: string[];
  /** Layers that compute otherwise than PyTorch's do where nothing else is said, with the same weights. */
  notes: {
    /** Path of the layer. */
    path: string;
    /** What differs. */
    note: string;
  }[];
  /** Number of entries set, in all. */
  entries: number;
}

interface Plan {
  layout: 'tfjs' | 'torch';
  match: 'name' | 'shape' | 'similar';
  rename: Rename | undefined;
  onMismatch: 'error' | 'skip' | 'overlap';
  dryRun: boolean;
}

interface Step {
  weight: Weight;
  offer: Offer;
  partial: boolean;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

function checkOneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): asserts value is T {
  const given = allowed.map((one) => `'${one}'`);
  const list = `${given.slice(0, -1).join(', ')} or ${given.at(-1)}`;
  checkType(allowed.includes(value as T), `${FN}: ${name} must be ${list}`, value);
}

function planOf(options: TransferOptions, names: readonly string[], isFile: boolean): Plan {
  const { rename, match = 'name', onMismatch = 'error', dryRun = false } = options;
  const { layout = isFile && looksLikeTorch(names) ? 'torch' : 'tfjs' } = options;
  checkOneOf('match', match, ['name', 'shape', 'similar']);
  checkOneOf('layout', layout, ['tfjs', 'torch']);
  checkOneOf('onMismatch', onMismatch, ['error', 'skip', 'overlap']);
  checkBoolean(FN, 'dryRun', dryRun);
  return { layout, match, rename, onMismatch, dryRun };
}

/** The last part of a name, as layers call it: `recurrent_kernel` of files is `recurrentKernel`. */
const propertyOf = (name: string): string =>
  name.slice(name.lastIndexOf('/') + 1).replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Tensors that have the name up to the last slash in common. */
function groupsOf(tensors: readonly SourceTensor[], names: readonly string[]): SourceGroup[] {
  const groups = new Map<string, Map<string, SourceTensor>>();
  for (const [i, tensor] of tensors.entries()) {
    const path = layerPath(names[i]!);
    groups.set(path, (groups.get(path) ?? new Map()).set(propertyOf(names[i]!), tensor));
  }
  return [...groups].map(([path, members]) => ({
    path,
    tensors: [...members.values()],
    offer({ path: own }) {
      const tensor = members.get(propertyOf(own));
      return tensor ? plainOffer(tensor) : { reason: 'not there' };
    },
  }));
}

function findAll(
  { layout, match }: Plan,
  weights: readonly Weight[],
  tensors: readonly SourceTensor[],
  names: readonly string[],
): Found[] {
  const byShapes = (groups: readonly SourceGroup[], byName: () => Found[]): Found[] =>
    match === 'shape' ? matchShapes(weights, groups) : matchSimilar(weights, groups, byName());
  if (layout === 'tfjs') {
    const byName = () => matchNames(FN, weights, tensors, names);
    return match === 'name' ? byName() : byShapes(groupsOf(tensors, names), byName);
  }
  const separable = weights.filter(({ layer }) => layer?.getClassName() === 'SeparableConv2D');
  const modules = torchModules(
    tensors,
    names,
    new Set(separable.flatMap(({ path, stablePath }) => [layerPath(path), layerPath(stablePath)])),
  );
  if (match === 'name') return matchModules(weights, modules);
  const groups = modules.map(
    (module): SourceGroup => ({
      path: module.path,
      tensors: [...module.slots].flatMap(([slot, tensor]) => (slot === COUNTER ? [] : [tensor])),
      offer: (weight) => torchOffer(weight, module),
    }),
  );
  return byShapes(groups, () => matchModules(weights, modules));
}

/** What is to be done with each weight; shapes that differ are named all in one error. */
function stepsOf(
  weights: readonly Weight[],
  found: readonly Found[],
  onMismatch: Plan['onMismatch'],
): { steps: Step[]; skipped: SkippedWeight[] } {
  const steps: Step[] = [];
  const skipped: SkippedWeight[] = [];
  const differing: string[] = [];
  for (const [i, weight] of weights.entries()) {
    const { path, shape, dtype } = weight;
    const offer = found[i]!;
    if ('reason' in offer) skipped.push({ path, reason: offer.reason });
    else if (dtype !== 'float32') skipped.push({ path, reason: `its dtype is ${dtype}, not float32` });
    else if (offer.shape !== null && sameShape(offer.shape, shape)) steps.push({ weight, offer, partial: false });
    else {
      const there = offer.shape ?? offer.from[0]!.shape;
      const difference = `${path} is [${shape}] here and [${there}] in ${offer.from[0]!.name}`;
      const cut = onMismatch === 'overlap' && offer.shape?.length === shape.length;
      differing.push(difference);
      if (cut) steps.push({ weight, offer, partial: true });
      else skipped.push({ path, reason: `the shapes differ: ${difference}` });
    }
  }
  checkRange(
    onMismatch !== 'error' || differing.length === 0,
    `${FN}: shapes must agree (onMismatch: 'skip' leaves such weights, 'overlap' sets what both have): ${differing.join('; ')}`,
    differing.length,
  );
  return { steps, skipped };
}

async function valuesFor({ weight, offer, partial }: Step): Promise<Float32Array> {
  const values = await offer.read();
  checkFinite(FN, 'the source', offer.from.map(({ name }) => name).join(' + '), values);
  if (!partial) return values;
  const own = await finiteValues(FN, weight);
  overlap(values, offer.shape!, own, weight.shape);
  return own;
}

function notesOn(steps: readonly Step[]): TransferReport['notes'] {
  const layers = new Map(steps.map(({ weight }) => [weight.layer!, layerPath(weight.path)]));
  return [...layers].flatMap(([layer, path]) => {
    const note = otherThanTorch(layer);
    return note === null ? [] : [{ path, note }];
  });
}

/** A few names, to see what they look like. */
const someOf = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 4).join(', ')}, ...` : names.join(', ') || 'none';

async function transfer(
  model: LayerLike,
  weights: readonly Weight[],
  tensors: readonly SourceTensor[],
  plan: Plan,
): Promise<TransferReport> {
  const names = renamed(
    FN,
    tensors.map(({ name }) => (plan.layout === 'torch' ? unstacked(name) : name)),
    plan.rename,
  );
  const { steps, skipped } = stepsOf(weights, findAll(plan, weights, tensors, names), plan.onMismatch);
  checkRange(
    steps.length > 0,
    `${FN}: a weight must have a partner in the source (rename names, or match: 'shape' or 'similar'; the model has ${someOf(
      weights.map(({ path }) => path),
    )}; the source ${someOf(names)})`,
    'none',
  );
  if (!plan.dryRun) {
    const values: Float32Array[] = [];
    for (const step of steps) values.push(await valuesFor(step));
    const changed = steps.map(({ weight }) => weight);
    writeAll(FN, model, changed, values);
  }
  const transferred = steps.map(({ weight: { path, shape }, offer, partial }): TransferredWeight => {
    const common = partial ? shape.map((size, axis) => Math.min(size, offer.shape![axis]!)) : shape;
    const from = offer.from.map(({ name }) => name);
    const { likeness } = offer;
    return { path, from, shape: [...shape], entries: sizeOf(common), partial, ...(likeness ? { likeness } : {}) };
  });
  const used = new Set(steps.flatMap(({ offer }) => offer.from));
  return {
    layout: plan.layout,
    transferred,
    skipped,
    unused: tensors.filter((tensor) => !used.has(tensor)).map(({ name }) => name),
    notes: plan.layout === 'torch' ? notesOn(steps) : [],
    entries: transferred.reduce((sum, { entries }) => sum + entries, 0),
  };
}

/**
 * Gives a model weights of another model or of a file, by name, by shape or by likeness, all that have a partner or, after an error, none.
 *
 * A state dict of PyTorch, opened from safetensors by `openCheckpoint`, is laid out anew: kernels of dense layers, convolutions,
 * transposed and depthwise ones; normalizations with their statistics; embeddings; LSTM and simple RNN, whose two biases are added,
 * bidirectional ones too. Rows of a dense layer behind a `flatten` are put in the order in which TensorFlow.js flattens what convolutions
compute, and images, whose channels are first in PyTorch; units that a `reshape` makes such a map of, likewise. What embeddings, recurrent
and dense layers compute has its features last on both sides, and stays in its order. Modules are found
 * by the paths of layers (`encoder.conv1` for `encoder/conv1`), of a stack of recurrent ones those behind the first as `lstm.l1`, ... A GRU of
 * PyTorch computes what no GRU of TensorFlow.js does, and is left out. What a layer computes otherwise than PyTorch, as another epsilon,
 * stands in `notes`: it is for the caller to build the layer so.
 *
 * Parametrized weights are set through their right inverses. Frozen ones are set too, and `verify()` says that they moved.
 *
 * @example
 * const build = (classes) =>
 *   tf.sequential({
 *     layers: [
 *       tf.layers.dense({ units: 4, inputShape: [3], name: 'body' }),
 *       tf.layers.dense({ units: classes, name: 'head' }),
 *     ],
 *   });
 * const { transferred, skipped } = await transferWeights(build(10), build(2), { onMismatch: 'skip' });
 * console.log(transferred.map(({ path }) => path).join()); // -> body/kernel,body/bias
 * console.log(skipped[0].reason); // -> the shapes differ: head/kernel is [4,2] here and [4,10] in head/kernel
 *
 * @param from - a model, a layer, variables or tensors by name, or a checkpoint; borrowed
 * @param to - a built model or layer, which is changed
 * @param options - see {@link TransferOptions}
 * @returns what was set, what was not and why, and what of the source was not used
 * @throws TypeError for other sources and options; RangeError where nothing has a partner, shapes differ (all of them in one message), a
 * renaming begins no name, or values are not finite. Nothing is changed then
 */
export async function transferWeights(
  from: WeightSource | Checkpoint,
  to: ModelLike | LayerLike,
  options: TransferOptions = {},
): Promise<TransferReport> {
  checkOptions(FN, options, ['rename', 'match', 'layout', 'filter', 'onMismatch', 'dryRun']);
  const tensors = tensorsOf(FN, from);
  checkLayer(FN, 'to', to);
  const names = tensors.map(({ name }) => name);
  const plan = planOf(options, names, 'tensors' in (from as object));
  const all = weightsOf(to, undefined, FN);
  noteModels(FN, to);
  return exclusively(FN, all, () => transfer(to, weightsOf(to, options.filter, FN), tensors, plan));
}
