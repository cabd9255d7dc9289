import { roundHalfEven } from '@weightkit/numerics';
import { checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';

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

/** Sparsities by patterns of paths, as in `{ 'conv*\/kernel': 0.5, '**\/kernel': 0.9 }`; of two that match the first counts. */
export type SparsityByPattern = Readonly<Record<string, number>>;

/** How much of a model goes: of each layer or of all together, as the scope says. Of groups, where the structure makes some. */
export type ModelAmount =
  | {
      /**
       * The fraction of entries, or groups, that become zero: a number in [0, 1), or one for each pattern of paths of the weights;
       * those that no pattern matches are left as they are. Of n exactly `sparsity * n`, rounded to the nearest integer and halves
       * to the even one, are zero; of groups at most all but one.
       */
      sparsity: number | SparsityByPattern;
      /** Not beside `sparsity`. */
      count?: never;
    }
  | {
      /** The number of entries, or groups, that become zero: an integer, 0 or more. */
      count: number;
      /** Not beside `count`. */
      sparsity?: never;
    };

/** Whether sparsities are given by pattern. */
export const isByPattern = (sparsity: unknown): sparsity is SparsityByPattern =>
  typeof sparsity === 'object' && sparsity !== null;

/** Throws unless a value is a sparsity. */
export function checkSparsity(fn: string, name: string, sparsity: unknown): void {
  checkRange(
    typeof sparsity === 'number' && sparsity >= 0 && sparsity < 1,
    `${fn}: ${name} must be in [0, 1)`,
    sparsity,
  );
}

/**
 * Throws unless the amount is one of sparsity, also by pattern, and count, and in its range.
 *
 * @param fn - the function that was called, for the message
 * @param amount - what the caller gave
 */
export function checkModelAmount(fn: string, amount: ModelAmount): void {
  const sparsity: unknown = amount?.sparsity;
  if (!isByPattern(sparsity) || amount.count !== undefined) {
    checkAmount(fn, amount as Amount);
    return;
  }
  checkPlainObject(`${fn}: sparsity must be a number or a plain object of them by pattern`, sparsity);
  checkRange(Object.keys(sparsity).length > 0, `${fn}: sparsity must have a pattern`, sparsity);
  for (const [pattern, one] of Object.entries(sparsity)) checkSparsity(fn, `sparsity of ${pattern}`, one);
}

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
  if (count === undefined) checkSparsity(fn, 'sparsity', sparsity);
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
