import { checkRange, checkType } from '../check.ts';
import { select } from './radix-select.ts';

/**
 * The k-th largest |x|, exact, by radix selection in O(n): k = 1 is the largest.
 *
 * @param x - at least one entry, no NaN
 * @param k - an integer from 1 to the length
 * @throws RangeError for NaN (naming the index) and for a bad k
 */
export function kthMagnitude(x: Float32Array, k: number): number {
  checkType(x instanceof Float32Array, 'kthMagnitude: x must be a Float32Array', x);
  checkRange(
    Number.isInteger(k) && k >= 1 && k <= x.length,
    `kthMagnitude: k must be an integer in [1, ${x.length}]`,
    k,
  );
  const { threshold } = select('kthMagnitude', 'x', x, k, 'magnitude');
  return new Float32Array(Uint32Array.of(threshold).buffer)[0]!;
}
