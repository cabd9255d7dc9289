import { singularValues } from '@weightkit/numerics';
import { checkNumber, checkOptions } from '@weightkit/numerics/check';
import { matrixShape } from '../spectral/matrix-shape.ts';
import { isReal, numbersOf, type Values } from '../values/read-values.ts';
import { type CompareSource, checkMatchBy, type MatchBy, pairsOf } from './pairs.ts';
import type { SideWeight } from './side.ts';

/** Options of {@link differenceRanks}. */
export interface DifferenceRanksOptions {
  /**
   * How weights find their partners, as in {@link compare}.
   * @defaultValue 'place'
   */
  match?: MatchBy;
  /**
   * What part of the difference's norm an adapter of the suggested rank may leave out, from 0 to 1.
   * @defaultValue 0.1
   */
  error?: number;
  /**
   * Weights with rows · cols · min(rows, cols) above this are skipped: 0 or more, Infinity for no limit.
   * @defaultValue 2^30
   */
  maxCost?: number;
}

/** Of what rank the difference of a weight is. */
export interface DifferenceRank {
  /** Path on the side before. */
  path: string;
  /** Path on the side after. */
  pathAfter: string;
  /** Shape. */
  shape: number[];
  /** ‖after - before‖, the Frobenius norm. */
  norm: number;
  /**
   * How many singular values of after - before are larger than rounding to the stored type can make them. An adapter that was merged
   * into a weight has its rank here, or less.
   */
  rank: number;
  /** The least rank whose best approximation leaves out at most `error` of the norm: what an adapter (LoRA) needs. */
  loraRank: number;
  /** Entries that an adapter of this rank has: loraRank · (rows + cols). */
  loraParameters: number;
  /** Singular values of after - before, descending. */
  singularValues: Float64Array;
}

/** A weight without a rank. */
export interface SkippedDifference {
  /** Path on the side that has it. */
  path: string;
  /** Why. */
  reason: string;
}

/** What {@link differenceRanks} found. */
export interface DifferenceRanks {
  /** Weights of rank 2 or more, in the order of `before`. */
  ranks: DifferenceRank[];
  /** The others. */
  skipped: SkippedDifference[];
}

const sumOfSquares = (values: Float64Array): number => values.reduce((sum, x) => sum + x * x, 0);

/** The least r for which the values from r on have at most `part` of the norm of all. */
function leastRank(sigma: Float64Array, part: number): number {
  const scaled = sigma.map((value) => value / sigma[0]!);
  const allowed = part * part * sumOfSquares(scaled);
  let [rank, left] = [scaled.length, 0];
  for (; rank > 0; rank--) {
    left += scaled[rank - 1]! ** 2;
    if (left > allowed) break;
  }
  return rank;
}

const norm = (values: Values): number => Math.sqrt(sumOfSquares(Float64Array.from(values)));

/** Ranks of b - a; null where an entry is not finite. */
function rankOf(before: SideWeight, after: SideWeight, error: number): DifferenceRank | null {
  const [b, a] = [before, after].map(({ entries }) => numbersOf(entries as Float32Array)) as [Values, Values];
  const difference = Float64Array.from(a, (value, i) => value - b[i]!);
  if (!difference.every(Number.isFinite)) return null;
  const shape = [...before.shape!];
  const { rows, cols } = matrixShape(shape);
  const sigma = singularValues(difference, { rows, cols });
  const about = { path: before.path, pathAfter: after.path, shape, norm: norm(sigma) };
  const largest = sigma[0]!;
  if (largest === 0) return { ...about, rank: 0, loraRank: 0, loraParameters: 0, singularValues: sigma };
  // Each entry is off by at most `precision` of itself, so the singular values by at most that of the norms (Weyl), and by the SVD.
  const rounding = before.precision * norm(b) + after.precision * norm(a);
  const noise = rounding + largest * Math.max(rows, cols) * Number.EPSILON;
  const rank = sigma.filter((value) => value > noise).length;
  const loraRank = Math.min(rank, leastRank(sigma, error));
  return { ...about, rank, loraRank, loraParameters: loraRank * (rows + cols), singularValues: sigma };
}

function whySkipped(before: SideWeight, after: SideWeight, maxCost: number): string | null {
  const unread = before.unread ?? after.unread;
  if (unread !== undefined) return unread;
  for (const { dtype } of [before, after]) if (!isReal(dtype)) return `${dtype} entries are no real numbers`;
  if (before.shape === null || after.shape === null) return 'the shape is not known';
  if (`${before.shape}` !== `${after.shape}`) return `[${before.shape}] before, [${after.shape}] after`;
  if (before.shape.length < 2) return 'not of rank 2 or more';
  if (before.entries.length === 0) return 'no entries';
  const { rows, cols } = matrixShape(before.shape);
  const cost = rows * cols * Math.min(rows, cols);
  return cost <= maxCost ? null : `rows * cols * min(rows, cols) is ${cost}, above maxCost ${maxCost}`;
}

/**
 * Of what rank the difference of each weight is, between two models, snapshots or checkpoints: the rank beyond rounding, and the rank
 * that an adapter (LoRA) of the difference needs. A weight of rank 3 or more is read as the matrix whose columns are its last axis.
 *
 * Rounding to float32 moves each entry by up to 2^-24 of itself, so the singular values of the difference by up to 2^-24 of the norms
 * of both sides; values below that are taken for 0. float16, bfloat16 and float64 tensors of checkpoints have their own bounds; what
 * quantization to integers adds is not known and counts as a difference.
 *
 * Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", https://arxiv.org/abs/2106.09685
 *
 * @example
 * const before = await snapshot(model);
 * await model.fit(x, y);
 * const { ranks } = await differenceRanks(before, model);
 * console.log(ranks[0].path, ranks[0].loraRank <= ranks[0].rank); // -> dense1/kernel true
 *
 * @param before - a model, variables, a snapshot, or a checkpoint of `openCheckpoint`
 * @param after - the same
 * @returns ranks, and what was skipped with the reason
 * @throws TypeError or RangeError for another source, and for bad options
 */
export async function differenceRanks(
  before: CompareSource,
  after: CompareSource,
  options: DifferenceRanksOptions = {},
): Promise<DifferenceRanks> {
  const fn = 'differenceRanks';
  checkOptions(fn, options, ['match', 'error', 'maxCost']);
  const { match = 'place', error = 0.1, maxCost = 2 ** 30 } = options;
  checkMatchBy(fn, match);
  checkNumber(`${fn}: error must be from 0 to 1`, error, (part) => part >= 0 && part <= 1);
  checkNumber(`${fn}: maxCost must be 0 or more`, maxCost, (cost) => cost >= 0);
  const found: DifferenceRanks = { ranks: [], skipped: [] };
  for (const pair of await pairsOf(fn, before, after, match)) {
    if ('alone' in pair) {
      found.skipped.push({ path: pair.alone.path, reason: pair.reason });
      continue;
    }
    const { path } = pair.before;
    const reason = whySkipped(pair.before, pair.after, maxCost);
    const rank = reason === null ? rankOf(pair.before, pair.after, error) : null;
    if (rank) found.ranks.push(rank);
    else found.skipped.push({ path, reason: reason ?? 'an entry is not finite' });
  }
  return found;
}
