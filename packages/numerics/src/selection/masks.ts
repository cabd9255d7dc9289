import { checkRange, checkType } from '../check.ts';
import { checkNoNaN } from '../check-floats.ts';
import { markLargest } from './mark.ts';
import { select } from './radix-select.ts';
import type { Order } from './sort-integer.ts';

function maskOf(fn: string, what: string, x: Float32Array, keep: number, order: Order): Uint8Array {
  checkType(x instanceof Float32Array, `${fn}: ${what} must be a Float32Array`, x);
  const rule = `${fn}: keep must be an integer in [0, ${x.length}]`;
  checkRange(Number.isInteger(keep) && keep >= 0 && keep <= x.length, rule, keep);
  if (keep === 0) {
    checkNoNaN(fn, what, x);
    return new Uint8Array(x.length);
  }
  const { threshold, larger } = select(fn, what, x, keep, order);
  return markLargest(x, { threshold, ties: keep - larger }, order);
}

/**
 * A mask with exactly `keep` ones, at the largest scores. Scores compare as signed numbers, -0 equal to 0; of equal
 * scores the lowest index is kept first.
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
