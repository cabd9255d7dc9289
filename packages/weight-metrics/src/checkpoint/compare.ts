import {
  type Checkpoint,
  type CheckpointTensor,
  checkCheckpoint,
  type TensorFilter,
  whyNoNumbers,
} from '@weightkit/checkpoint';
import { addChange, measuresOf, noChange, type WeightChange } from '../comparison/change.ts';
import type { Values } from '../values/read-values.ts';
import { inStep, numbersIn, PIECE, sizeOf } from './read-numbers.ts';
import { checkReadOptions, filtered, type ReadOptions } from './read-options.ts';
import { stringsIn } from './strings-in.ts';

/** Options of {@link compare}. */
export interface CompareCheckpointsOptions extends ReadOptions {
  /**
   * Which tensors, on both sides. One that matches nothing on either is an error.
   * @defaultValue all
   */
  filter?: TensorFilter;
}

/** How far a tensor went. */
export interface MatchedTensor extends WeightChange {
  /** Name. */
  name: string;
  /** Both sides have the tensor, with one shape. */
  matched: true;
}

/** A tensor that could not be compared. */
export interface UnmatchedTensor {
  /** Name. */
  name: string;
  /** The tensor was not compared. */
  matched: false;
  /**
   * Why: `only before`, `only after`, the two shapes or types, or how many entries differ of those that are no real numbers.
   */
  reason: string;
  /** Whether both sides have the tensor with the same shape, type and entries, though these are no real numbers. */
  same: boolean;
}

/** What {@link compare} says about one name; `matched` tells which. */
export type TensorDelta = MatchedTensor | UnmatchedTensor;

type Pair = readonly [before: CheckpointTensor, after: CheckpointTensor];
type Signal = AbortSignal | undefined;

const pieces = ([before, after]: Pair, signal: Signal) =>
  inStep<Values>(numbersIn(before, signal), numbersIn(after, signal));

/** The power of two at which squares of float64 entries stay in range: found by a reading of its own, which only those need. */
async function scaleFor(tensors: Pair, signal: Signal): Promise<number> {
  let largest = 0;
  for (const tensor of tensors) {
    if (tensor.dtype !== 'float64') continue;
    for await (const numbers of numbersIn(tensor, signal))
      for (let i = 0; i < numbers.length; i++) {
        const magnitude = Math.abs(numbers[i]!);
        if (magnitude > largest && magnitude < Number.POSITIVE_INFINITY) largest = magnitude;
      }
  }
  if (largest === 0 || (largest > 1e-70 && largest < 1e70)) return 1;
  return 2 ** -Math.max(-1022, Math.min(1022, Math.floor(Math.log2(largest))));
}

async function changedStrings([before, after]: Pair): Promise<number> {
  const was = stringsIn(await before.bytes());
  const is = stringsIn(await after.bytes());
  return was.filter((bytes, i) => `${bytes}` !== `${is[i]}`).length;
}

/** Entries of which one part differs. */
async function changedPairs(tensors: Pair, signal: Signal): Promise<number> {
  let differ = 0;
  for await (const [b, a] of pieces(tensors, signal))
    for (let i = 0; i < b.length; i += 2) if (!Object.is(a[i], b[i]) || !Object.is(a[i + 1], b[i + 1])) differ++;
  return differ;
}

async function sameBytes([before, after]: Pair): Promise<boolean> {
  if (before.byteLength !== after.byteLength) return false;
  const stream = (tensor: CheckpointTensor) => tensor.byteChunks(PIECE)[Symbol.asyncIterator]();
  for await (const [b, a] of inStep<Uint8Array>(stream(before), stream(after)))
    for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

type Unmatched = Pick<UnmatchedTensor, 'reason' | 'same'>;

async function whyUnmatched(tensors: Pair, signal: Signal): Promise<Unmatched | null> {
  const [before, after] = tensors;
  if (`${before.shape}` !== `${after.shape}`)
    return { reason: `[${before.shape}] before, [${after.shape}] after`, same: false };
  const unreal = tensors.map(whyNoNumbers);
  if (unreal.every((reason) => reason === null)) return null;
  if (before.dtype !== after.dtype) return { reason: `${before.dtype} before, ${after.dtype} after`, same: false };
  if (before.dtype !== 'string' && before.dtype !== 'complex64') {
    const same = await sameBytes(tensors);
    const why = unreal.find((reason) => reason !== null);
    return { reason: `${why}: the bytes are ${same ? 'the same' : 'others'}`, same };
  }
  const differ = await (before.dtype === 'string' ? changedStrings(tensors) : changedPairs(tensors, signal));
  const reason = `${before.dtype} entries are no real numbers: ${differ} of ${sizeOf(before)} differ`;
  return { reason, same: differ === 0 };
}

async function deltaOf(tensors: Pair, signal: Signal): Promise<TensorDelta> {
  const { name } = tensors[0];
  const unmatched = await whyUnmatched(tensors, signal);
  if (unmatched) return { name, matched: false, ...unmatched };
  const sums = noChange(await scaleFor(tensors, signal));
  for await (const [before, after] of pieces(tensors, signal)) addChange(sums, before, after);
  return { name, matched: true, ...measuresOf(sums) };
}

/**
 * How far each tensor went between two checkpoints, of any formats and dtypes: everything in float64, of values as they are once
 * decoded, so that a file and its quantization can be compared. Read piece by piece. Tensors are matched by name; what has no
 * partner, another shape, or no real numbers is in the list as well, with the reason. NaN and infinity are counted for each tensor
 * and left out. int64 and uint64 beyond 2^53 are rounded to float64.
 *
 * @example
 * ```js
 * import { openCheckpoint } from '@weightkit/checkpoint';
 * import { compare } from '@weightkit/weight-metrics/checkpoint';
 *
 * const weightSpecs = [{ name: 'w', shape: [2], dtype: 'float32' }];
 * const before = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(3, 4).buffer });
 * const after = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(0, 4).buffer });
 * const [w] = await compare(before, after);
 * console.log(w.name, w.l2, w.relative, w.zerosGained); // -> w 3 0.6 1
 * ```
 *
 * @param before - of `openCheckpoint`, `mapCheckpoint` or a transform; borrowed
 * @param after - the same
 * @param options - see {@link CompareCheckpointsOptions}
 * @returns one entry per name, in the order of `before`, then what only `after` has
 * @throws TypeError or RangeError for bad options; CheckpointError when a file cannot be read
 */
export async function compare(
  before: Checkpoint,
  after: Checkpoint,
  options: CompareCheckpointsOptions = {},
): Promise<TensorDelta[]> {
  const fn = 'compare';
  checkCheckpoint(fn, 'before', before);
  checkCheckpoint(fn, 'after', after);
  checkReadOptions(fn, options, ['filter']);
  const { filter, onProgress, signal } = options;
  const all = [...before.tensors, ...after.tensors];
  const chosen = new Set(filtered(fn, all, filter));
  const partners = new Map(after.tensors.filter((tensor) => chosen.has(tensor)).map((tensor) => [tensor.name, tensor]));
  const first = before.tensors.filter((tensor) => chosen.has(tensor));
  const known = new Set(first.map(({ name }) => name));
  const alone = [...partners.values()].filter(({ name }) => !known.has(name));
  const deltas: TensorDelta[] = [];
  const add = async (delta: TensorDelta): Promise<void> => {
    deltas.push(delta);
    await onProgress?.({ tensor: delta.name, done: deltas.length, total: first.length + alone.length });
  };
  for (const tensor of first) {
    const partner = partners.get(tensor.name);
    await add(
      partner
        ? await deltaOf([tensor, partner], signal)
        : { name: tensor.name, matched: false, reason: 'only before', same: false },
    );
  }
  for (const { name } of alone) await add({ name, matched: false, reason: 'only after', same: false });
  return deltas;
}
