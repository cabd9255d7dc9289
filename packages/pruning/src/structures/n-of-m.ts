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
  scores: Float32Array,
  shape: readonly number[],
  axis: number,
  { n, m }: { n: number; m: number },
): Uint8Array {
  const mask = new Uint8Array(scores.length);
  const size = shape[axis]!;
  const stride = shape.slice(axis + 1).reduce((product, s) => product * s, 1);
  for (let line = 0; line < scores.length; line += size * stride)
    for (let offset = line; offset < line + stride; offset++)
      for (let from = 0; from < size; from += m) {
        const at = Array.from({ length: Math.min(m, size - from) }, (_, i) => offset + (from + i) * stride);
        at.sort((i, j) => scores[j]! - scores[i]! || i - j);
        for (const i of at.slice(0, n)) mask[i] = 1;
      }
  return mask;
}
