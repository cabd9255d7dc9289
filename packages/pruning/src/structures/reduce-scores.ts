import { checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';

/** The Ln norm of a group's scores. */
export interface NormReduce {
  /** n: a number above 0; of 1 and 2 it is what `'l1'` and `'l2'` are. */
  readonly norm: number;
}

/** How the scores of a group's entries become the score of the group. */
export type Reduce = 'mean' | 'l1' | 'l2' | 'max' | NormReduce;

const NAMED: readonly unknown[] = ['mean', 'l1', 'l2', 'max'];

/** Throws unless a value is a reduction. */
export function checkReduce(fn: string, reduce: unknown): asserts reduce is Reduce {
  if (typeof reduce === 'object' && reduce !== null) {
    checkOptions(fn, reduce, ['norm'], 'reduce');
    const { norm } = reduce as Partial<NormReduce>;
    checkNumber(`${fn}: norm must be finite and above 0`, norm, (n) => Number.isFinite(n) && n > 0);
    return;
  }
  checkRange(NAMED.includes(reduce), `${fn}: reduce must be 'mean', 'l1', 'l2', 'max' or { norm }`, reduce);
}

/** The scores of one weight and the groups of its entries. */
export interface Scored {
  scores: Float32Array;
  of: Int32Array;
}

/** The order of the norm that a reduction is; undefined for those that are none. */
function orderOf(reduce: Reduce): number | undefined {
  if (typeof reduce === 'object') return reduce.norm;
  return { l1: 1, l2: 2, mean: undefined, max: undefined }[reduce];
}

/** The largest magnitude of each group: powers of what is divided by it neither overflow nor vanish. */
function largestOf(scored: readonly Scored[], groups: number): Float64Array {
  const largest = new Float64Array(groups);
  for (const { scores, of } of scored)
    for (let i = 0; i < of.length; i++)
      if (of[i]! >= 0) largest[of[i]!] = Math.max(largest[of[i]!]!, Math.abs(scores[i]!));
  return largest;
}

function norms(scored: readonly Scored[], groups: number, order: number): Float64Array {
  const largest = largestOf(scored, groups);
  const sums = new Float64Array(groups);
  for (const { scores, of } of scored)
    for (let i = 0; i < of.length; i++) {
      const group = of[i]!;
      if (group >= 0 && largest[group]! > 0) sums[group]! += (Math.abs(scores[i]!) / largest[group]!) ** order;
    }
  return sums.map((sum, group) => largest[group]! * sum ** (1 / order));
}

/**
 * The score of each group: the mean of its entries' scores, the sum of their magnitudes (`l1`), the root of the sum of their
 * squares (`l2`), (Σ |s|^n)^(1/n) (`{ norm: n }`), or the largest. Sums are in float64.
 *
 * @param scored - the entries' scores; groups below 0 do not count
 * @param groups - how many groups there are
 * @param reduce - which
 * @returns a score for each group, rounded to float32; 0 for one without an entry
 */
export function reduceScores(scored: readonly Scored[], groups: number, reduce: Reduce): Float32Array {
  const order = orderOf(reduce);
  if (order !== undefined) return Float32Array.from(norms(scored, groups, order));
  const most = reduce === 'max';
  const sums = new Float64Array(groups).fill(most ? Number.NEGATIVE_INFINITY : 0);
  const counts = new Float64Array(groups);
  for (const { scores, of } of scored)
    for (let i = 0; i < of.length; i++) {
      const group = of[i]!;
      if (group < 0) continue;
      counts[group]!++;
      sums[group] = most ? Math.max(sums[group]!, scores[i]!) : sums[group]! + scores[i]!;
    }
  const of = (sum: number, group: number) => (most ? sum : sum / counts[group]!);
  return Float32Array.from(sums, (sum, group) => (counts[group] === 0 ? 0 : of(sum, group)));
}
