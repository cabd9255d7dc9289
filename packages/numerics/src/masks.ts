import { checkRange } from './check.ts';
import { checkOrdered } from './check-floats.ts';
import { type Order, selectReference, sortable, wordsOf } from './radix-select.ts';

/** Ones where the sort integer is above the threshold and at the first `ties` entries equal to it. */
export function maskReference(
  words: Uint32Array,
  mask: Uint8Array,
  threshold: number,
  ties: number,
  order: Order,
): void {
  let left = ties;
  for (let i = 0; i < words.length; i++) {
    const value = sortable(words[i]!, order);
    if (value > threshold) mask[i] = 1;
    else if (value === threshold && left > 0) {
      mask[i] = 1;
      left--;
    }
  }
}

function maskOf(fn: string, what: string, x: Float32Array, keep: number, order: Order): Uint8Array {
  checkOrdered(fn, what, x);
  const rule = `${fn}: keep must be an integer in [0, ${x.length}]`;
  checkRange(Number.isInteger(keep) && keep >= 0 && keep <= x.length, rule, keep);
  const mask = new Uint8Array(x.length);
  if (keep === 0) return mask;
  const { threshold, larger } = selectReference(wordsOf(x), keep, order);
  maskReference(wordsOf(x), mask, threshold, keep - larger, order);
  return mask;
}

/**
 * A mask with exactly `keep` ones, at the largest scores. Scores compare as signed numbers, -0 equal to 0; of equal scores
 * the lowest index is kept first.
 *
 * @param scores - no NaN
 * @param keep - an integer from 0 to the length
 * @throws RangeError for NaN (naming the index) and for a bad keep
 */
export function largestMask(scores: Float32Array, keep: number): Uint8Array {
  return maskOf('largestMask', 'scores', scores, keep, 'signed');
}

/**
 * A mask with exactly `keep` ones, at the largest |x|; of equal magnitudes the lowest index is kept first.
 *
 * @param x - no NaN
 * @param keep - an integer from 0 to the length
 * @throws RangeError for NaN (naming the index) and for a bad keep
 */
export function magnitudeMask(x: Float32Array, keep: number): Uint8Array {
  return maskOf('magnitudeMask', 'x', x, keep, 'magnitude');
}
