import * as tf from '@tensorflow/tfjs-core';
import {
  checkLayer,
  exclusively,
  type LayerLike,
  type ModelLike,
  markConstrained,
  type NamedGradient,
  optimizerSlots,
  tapOptimizer,
  type Weight,
  watchOptimizers,
  weightsOf,
} from '@weightkit/core';
import { checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { batchNormsOf } from './batch-norms.ts';
import type { Verification } from './freeze.ts';
import { finiteNow, movedBetween, valuesNow } from './snapshot.ts';

const FN = 'freezeEntries';

/** Options of {@link freezeEntries}. */
export interface FreezeEntriesOptions {
  /**
   * An optimizer that a loop hands gradients of `tf.variableGrads`, by `applyGradients`. Those that train by `fit`, `fitDataset`, `trainOnBatch` or
   * `minimize` are found.
   * @defaultValue none
   */
  optimizer?: tf.Optimizer;
}

/** What {@link freezeEntries} did. */
export interface FreezeEntriesReport {
  /** The weights of which entries stand still, in model order. */
  frozen: {
    /** Path of the weight. */
    path: string;
    /** How many entries stand still. */
    entries: number;
    /** How many it has. */
    of: number;
  }[];
  /** Number of entries that stand still. */
  frozenParameters: number;
  /** Number of the other entries of these weights. */
  trainableParameters: number;
}

/** Entries that stand still; see {@link freezeEntries}. */
export interface FrozenEntries {
  /** Paths of the weights, in model order. */
  readonly paths: readonly string[];
  /** Whether they are still held. */
  readonly active: boolean;
  /** What stands still. */
  report(): FreezeEntriesReport;
  /**
   * Compares every held entry with its value when it was frozen, bit by bit, below a mask where there is one.
   *
   * @throws Error when no longer in force
   */
  verify(): Promise<Verification>;
  /**
   * Lets the entries train again, from where they are, with the optimizer's state of before.
   *
   * @throws Error when no longer in force
   */
  unfreeze(): void;
}

/** A weight and which of its entries stand still. */
interface Held {
  weight: Weight;
  variable: tf.Variable;
  /** 1 for each entry that stands still. */
  bits: Uint8Array;
  entries: number;
}

/** What a step is to give back. */
interface Saved {
  slot: tf.Variable;
  was: tf.Tensor;
  mask: tf.Tensor;
}

function checkMask(weight: Weight, mask: unknown): asserts mask is tf.Tensor {
  const { path, shape, dtype } = weight;
  checkType(mask instanceof tf.Tensor && !mask.isDisposed, `${FN}: mask of ${path} must be a tensor`, mask);
  checkRange(dtype === 'float32', `${FN}: weights must be of float32`, `${dtype} at ${path}`);
  checkRange(
    mask.dtype === 'bool' || mask.dtype === 'int32' || mask.dtype === 'float32',
    `${FN}: mask of ${path} must be of bool, or of 0 and 1`,
    mask.dtype,
  );
  checkRange(
    mask.rank === shape.length && mask.shape.every((size: number, axis: number) => size === 1 || size === shape[axis]),
    `${FN}: mask of ${path} must have shape [${shape}], or 1 for axes along which it is the same`,
    `[${mask.shape}]`,
  );
}

/** The mask entry by entry. */
async function bitsOf({ path, shape }: Weight, mask: tf.Tensor): Promise<Uint8Array> {
  const whole = tf.tidy(() => tf.broadcastTo(tf.cast(mask, 'float32'), [...shape]));
  const values = await whole.data().finally(() => whole.dispose());
  const bits = Uint8Array.from(values, (value) => {
    checkRange(value === 0 || value === 1, `${FN}: mask of ${path} must be of 0 and 1`, value);
    return value;
  });
  checkRange(bits.includes(1), `${FN}: mask of ${path} must have an entry that stands still`, 'none');
  return bits;
}

/** Gives a step gradients of 0 for held entries, and afterwards these entries and what an optimizer keeps of them as they were. */
function tapFor(
  optimizer: tf.Optimizer,
  kept: ReadonlyMap<string, { mask: tf.Tensor; value: tf.Tensor; variable: tf.Variable }>,
) {
  let saved: Saved[] = [];
  const forget = (): void => {
    tf.dispose(saved.map(({ was }) => was));
    saved = [];
  };
  return {
    before(gradients: readonly NamedGradient[]): NamedGradient[] {
      // What a step that failed has left.
      forget();
      return gradients.map(({ name, tensor }) => {
        const one = kept.get(name);
        if (!one) return { name, tensor };
        for (const { variable: slot } of optimizerSlots(optimizer, one.variable))
          saved.push({ slot, was: tf.keep(tf.clone(slot as tf.Tensor)), mask: one.mask });
        return { name, tensor: tf.where(one.mask, tf.zerosLike(tensor), tensor) };
      });
    },
    after(gradients: readonly NamedGradient[]): void {
      for (const { name } of gradients) {
        const one = kept.get(name);
        if (one) one.variable.assign(tf.where(one.mask, one.value, one.variable));
      }
      for (const { slot, was, mask } of saved) if (!slot.isDisposed) slot.assign(tf.where(mask, was, slot));
      forget();
    },
  };
}

/** Holds entries in each step of any optimizer, last of all taps. */
function holdEntries(all: readonly Held[], given: tf.Optimizer | undefined): () => void {
  const kept = new Map(
    all.map(({ variable, bits }) => [
      variable.name,
      {
        variable,
        mask: tf.tidy(() => tf.tensor(bits, variable.shape, 'bool')),
        value: tf.clone(variable as tf.Tensor),
      },
    ]),
  );
  const taps = new Map<tf.Optimizer, () => void>();
  const tap = (optimizer: tf.Optimizer): void => {
    const before = taps.get(optimizer);
    const untap = tapOptimizer(optimizer, tapFor(optimizer, kept));
    // After the new one, so that an optimizer that nothing else taps keeps what it knows of names.
    before?.();
    taps.set(optimizer, untap);
  };
  const end = (): void => {
    unwatch();
    for (const untap of taps.values()) untap();
    taps.clear();
    for (const { mask, value } of kept.values()) tf.dispose([mask, value]);
    kept.clear();
  };
  const unwatch = watchOptimizers((optimizer) => {
    // Nobody can unfreeze a model that is gone.
    if (all.every(({ variable }) => variable.isDisposed)) return end();
    tap(optimizer);
  });
  if (given) tap(given);
  return end;
}

/**
 * Freezes entries of weights by masks, bit for bit, while the others train: some rows of an embedding, the units that a task before has
 * learned. It holds in `fit`, `fitDataset`, `trainOnBatch` and loops with `minimize`, for every optimizer of `tf.train`, with momentum and weight decay too,
 * without a recompile.
 *
 * How: in each step the gradient of a held entry is 0, and after it the entry and what the optimizer keeps of it are what they were. So the
 * momentum of before goes on after `unfreeze()`, as it does with {@link freeze}. The two compose: what either holds stands still. A weight may have a
 * mask of `@weightkit/pruning`; other parametrizations and constraints would change what the layer computes with, and are refused, before
 * and after. The file of the model has the weights as they are, and nothing of this: freeze again after loading.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4], name: 'out' })] });
 * // What the first two inputs are multiplied with stands still.
 * const frozen = await freezeEntries(model, { 'out/kernel': tf.tensor2d([1, 1, 0, 0], [4, 1], 'bool') });
 * model.compile({ optimizer: tf.train.momentum(0.1, 0.9), loss: 'meanSquaredError' });
 * await model.fit(tf.ones([3, 4]), tf.ones([3, 2]), { epochs: 3, verbose: 0 });
 * console.log(frozen.report().frozenParameters, (await frozen.verify()).moved); // -> 4 []
 * frozen.unfreeze();
 *
 * @param model - a built LayersModel, or a layer
 * @param masks - for weights by path a mask: a tensor of bool, or of 0 and 1, that is true where an entry stands still; of the weight's shape, or
 * of size 1 along axes where it is the same. Borrowed
 * @param options - see {@link FreezeEntriesOptions}
 * @returns the handle; it keeps a copy of these weights on the device and one in main memory, which `unfreeze` lets go
 * @throws TypeError or RangeError for other masks, paths that are not there, and statistics of batch normalizations, which no optimizer moves;
 * Error for a weight that is parametrized or constrained, or has frozen entries already. Nothing is frozen then
 */
export async function freezeEntries(
  model: ModelLike | LayerLike,
  masks: Readonly<Record<string, tf.Tensor>>,
  options: FreezeEntriesOptions = {},
): Promise<FrozenEntries> {
  checkOptions(FN, options, ['optimizer']);
  const { optimizer } = options;
  checkType(
    optimizer === undefined || typeof optimizer?.applyGradients === 'function',
    `${FN}: optimizer must be a tf.Optimizer`,
    optimizer,
  );
  checkLayer(FN, 'model', model);
  checkPlainObject(`${FN}: masks must be an object of masks by path`, masks);
  const all = weightsOf(model, undefined, FN);
  const names = Object.keys(masks);
  checkRange(names.length > 0, `${FN}: masks must be one or more`, masks);
  const paths = new Set(all.map(({ path }) => path));
  for (const name of names)
    checkRange(
      paths.has(name),
      `${FN}: masks must be of weights of the model (there are ${[...paths].join(', ')})`,
      name,
    );
  const chosen = all.filter(({ path }) => names.includes(path));
  const statistics = new Set(batchNormsOf(all).flatMap((norm) => norm.statistics.map(({ path }) => path)));
  for (const weight of chosen) {
    checkRange(
      !statistics.has(weight.path),
      `${FN}: masks must be of weights that an optimizer moves; freeze the layer's statistics by freeze`,
      weight.path,
    );
    checkMask(weight, masks[weight.path]);
  }
  return exclusively(FN, all, async () => {
    const mark = (weight: Weight): (() => void) => markConstrained(FN, weight, 'frozen entries', ['mask']);
    for (const weight of chosen) mark(weight)();
    const held: Held[] = [];
    for (const weight of chosen) {
      const bits = await bitsOf(weight, masks[weight.path]!);
      const entries = bits.reduce((sum, bit) => sum + bit, 0);
      held.push({ weight, variable: weight.variable!, bits, entries });
    }
    return frozenOf(held, (await finiteNow(FN, held.map(rawOf))) as Float32Array[], mark, optimizer);
  });
}

/** The weight as its variable has it, below a mask. */
const rawOf = ({ weight, variable }: Held): Weight => ({
  ...weight,
  variable,
  read: () => tf.clone(variable as tf.Tensor),
});

function frozenOf(
  held: readonly Held[],
  before: readonly Float32Array[],
  mark: (weight: Weight) => () => void,
  optimizer: tf.Optimizer | undefined,
): FrozenEntries {
  const unmarks: (() => void)[] = [];
  try {
    for (const { weight } of held) unmarks.push(mark(weight));
  } catch (error) {
    for (const unmark of unmarks) unmark();
    throw error;
  }
  let end: (() => void) | undefined = holdEntries(held, optimizer);
  const checkActive = (fn: string): (() => void) => {
    if (!end)
      throw new Error(`${fn}: entries must be frozen, got some already given back (of ${held[0]!.weight.path})`);
    return end;
  };
  const frozen = held.map(({ weight: { path }, bits, entries }) => ({ path, entries, of: bits.length }));
  const frozenParameters = frozen.reduce((sum, { entries }) => sum + entries, 0);
  const whole = frozen.reduce((sum, { of }) => sum + of, 0);
  const report = { frozen, frozenParameters, trainableParameters: whole - frozenParameters };
  return {
    paths: frozen.map(({ path }) => path),
    get active() {
      return end !== undefined;
    },
    report: () => structuredClone(report),
    async verify() {
      checkActive('verify');
      const now = await valuesNow(held.map(rawOf));
      const moved = held.flatMap(({ weight: { path }, bits }, i) => {
        const then = before[i]!;
        const seen = now[i]!.map((value, entry) => (bits[entry] ? value : then[entry]!)) as Float32Array;
        return movedBetween(path, then, seen) ?? [];
      });
      return { weights: held.length, entries: frozenParameters, moved };
    },
    unfreeze() {
      checkActive('unfreeze')();
      end = undefined;
      for (const unmark of unmarks) unmark();
    },
  };
}
