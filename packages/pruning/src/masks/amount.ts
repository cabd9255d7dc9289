import { roundHalfEven } from '@weightkit/numerics';
import { checkRange, checkType } from '@weightkit/numerics/check';

/** How many zeros: a fraction or a number of entries, never both. */
export type Amount =
  | {
      /**
       * The fraction of entries that become zero: a number in [0, 1). Of n entries exactly `sparsity * n`, rounded to the
       * nearest integer and halves to the even one, are zero: 0.5 of 5 is 2.
       */
      sparsity: number;
      /** Not beside `sparsity`. */
      count?: never;
    }
  | {
      /** The number of zeros: an integer from 0 to the number of entries. */
      count: number;
      /** Not beside `count`. */
      sparsity?: never;
    };

/**
 * Throws unless the amount is one of sparsity and count, and in its range.
 *
 * @param fn - the function that was called, for the message
 * @param amount - what the caller gave
 */
export function checkAmount(fn: string, amount: Amount): void {
  checkType(typeof amount === 'object' && amount !== null, `${fn}: amount must be { sparsity } or { count }`, amount);
  const { sparsity, count } = amount;
  const given = Object.keys({ ...(sparsity !== undefined && { sparsity }), ...(count !== undefined && { count }) });
  checkType(given.length === 1, `${fn}: amount must have exactly one of sparsity and count`, given);
  if (count === undefined)
    checkRange(
      typeof sparsity === 'number' && sparsity >= 0 && sparsity < 1,
      `${fn}: sparsity must be in [0, 1)`,
      sparsity,
    );
  else checkRange(Number.isInteger(count) && count >= 0, `${fn}: count must be an integer, 0 or more`, count);
}

/**
 * The number of zeros among n entries.
 *
 * @param fn - the function that was called, for the message
 * @param amount - checked by {@link checkAmount}
 * @param n - the number of entries
 * @param where - what has the entries, for the message
 * @throws RangeError when the count is above n
 */
export function zerosAmong(fn: string, { sparsity, count }: Amount, n: number, where: string): number {
  if (count === undefined) return roundHalfEven(sparsity * n);
  checkRange(count <= n, `${fn}: count must be at most ${n}, the number of entries of ${where}`, count);
  return count;
}
