/** The numbers of the entries of each group of m neighbors. */
function* groupsOf(shape: readonly number[], axis: number, m: number): Generator<number[]> {
  const total = shape.reduce((product, s) => product * s, 1);
  const size = shape[axis]!;
  const stride = shape.slice(axis + 1).reduce((product, s) => product * s, 1);
  for (let line = 0; line < total; line += size * stride)
    for (let offset = line; offset < line + stride; offset++)
      for (let from = 0; from < size; from += m)
        yield Array.from({ length: Math.min(m, size - from) }, (_, i) => offset + (from + i) * stride);
}

/** Up to this many neighbors each is compared with each: quicker than sorting them, and nothing is allocated. */
const COMPARED = 32;

/** Keeps an entry if fewer than n of its neighbors come before it. */
function keepByRank(
  mask: Uint8Array,
  scores: Float32Array | Float64Array,
  shape: readonly number[],
  axis: number,
  { n, m }: { n: number; m: number },
): void {
  const size = shape[axis]!;
  const stride = shape.slice(axis + 1).reduce((product, s) => product * s, 1);
  for (let line = 0; line < scores.length; line += size * stride)
    for (let from = 0; from < size; from += m) {
      const first = line + from * stride;
      const end = Math.min(m, size - from) * stride;
      for (let offset = first; offset < first + stride; offset++)
        for (let i = 0; i < end; i += stride) {
          const score = scores[offset + i]!;
          let before = 0;
          for (let j = 0; j < end; j += stride) {
            const other = scores[offset + j]!;
            if (other > score || (other === score && j < i)) before++;
          }
          if (before < n) mask[offset + i] = 1;
        }
    }
}

/**
 * The mask that keeps, of each m neighbors along an axis, the n with the largest scores; of equal scores the first. The last group
 * of a line is shorter where m does not divide the size, and keeps n of it, or all.
 *
 * Mishra et al. 2021, https://arxiv.org/abs/2104.08378
 *
 * @param scores - row by row, no NaN
 * @param shape - sizes
 * @param axis - from 0
 * @param n - how many are kept
 * @param m - of how many
 * @returns 0 for each pruned entry, 1 for each kept one
 */
export function nOfM(
  scores: Float32Array | Float64Array,
  shape: readonly number[],
  axis: number,
  { n, m }: { n: number; m: number },
): Uint8Array {
  const mask = new Uint8Array(scores.length);
  if (m <= COMPARED) keepByRank(mask, scores, shape, axis, { n, m });
  else
    for (const at of groupsOf(shape, axis, m)) {
      at.sort((i, j) => scores[j]! - scores[i]! || i - j);
      for (const i of at.slice(0, n)) mask[i] = 1;
    }
  return mask;
}

/**
 * How many of m neighbors a mask keeps at most. A shorter group that is kept whole says nothing of it.
 *
 * @param mask - row by row
 * @param shape - sizes
 * @param axis - from 0
 * @param structure - m, and the n that is meant where no group says it
 */
export function keptOfM(
  mask: Uint8Array,
  shape: readonly number[],
  axis: number,
  { n, m }: { n: number; m: number },
): number {
  let most: number | undefined;
  for (const at of groupsOf(shape, axis, m)) {
    const kept = at.reduce((sum, i) => sum + mask[i]!, 0);
    if (kept < at.length || at.length === m) most = Math.max(most ?? 0, kept);
  }
  return most ?? n;
}
