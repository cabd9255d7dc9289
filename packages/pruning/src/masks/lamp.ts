import { largestMask } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';

/**
 * How many entries of each layer go when their scores are compared by LAMP: s² / Σ t² over the scores t of the layer that are not
 * smaller, each of which counts by its rank.
 *
 * Lee, Park, Mo, Ahn and Shin 2021, https://arxiv.org/abs/2010.07611. Within a layer the order stays, so that the counts say all.
 *
 * @param fn - the function that was called, for the message
 * @param scores - of each layer, 0 or more; -Infinity for what goes first
 * @param zeros - how many go in all
 * @returns how many go of each layer
 */
export function lampZeros(fn: string, scores: readonly Float32Array[], zeros: number): number[] {
  const lamps = scores.map((layer) => {
    const sorted = layer.slice().sort();
    const values = new Float32Array(sorted.length);
    let above = 0;
    for (let i = sorted.length - 1; i >= 0; i--) {
      const score = sorted[i]!;
      checkRange(
        score >= 0 || score === Number.NEGATIVE_INFINITY,
        `${fn}: scores must be 0 or more for scope 'lamp'`,
        score,
      );
      if (score < 0) {
        values[i] = score;
        continue;
      }
      above += score * score;
      values[i] = above === 0 ? 0 : (score * score) / above;
    }
    return values;
  });
  const total = lamps.reduce((n, { length }) => n + length, 0);
  const all = new Float32Array(total);
  let end = 0;
  const ends = lamps.map((values) => {
    // Backward, so that of equal values in a layer the smaller score goes first.
    all.set(values.slice().reverse(), end);
    end += values.length;
    return end;
  });
  const mask = largestMask(all, total - zeros);
  return ends.map((e, i) => {
    const { length } = lamps[i]!;
    return length - mask.subarray(e - length, e).reduce((kept, bit) => kept + bit, 0);
  });
}
