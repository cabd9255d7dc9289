import { checkOptions, checkRange, checkType } from '../check.ts';
import { checkNoNaN } from '../check-floats.ts';
import { markAndPrune } from './mark.ts';
import { select } from './radix-select.ts';

/** Options of {@link magnitudePrune}. */
export interface MagnitudePruneOptions {
  /**
   * Where the pruned values go: of the length of x, x itself or apart from it.
   * @defaultValue a new array
   */
  out?: Float32Array | undefined;
}

/** What {@link magnitudePrune} gives. */
export interface MagnitudePruned {
  /** x with +0 where the mask is 0. */
  values: Float32Array;
  /** What `magnitudeMask(x, keep)` gives: 1 for what is kept, 0 for what is not. */
  mask: Uint8Array;
}

/**
 * Keeps the `keep` largest |x| and sets the others to +0: selection, mask and product in one, in two passes over the data. The
 * count is exact; of equal magnitudes the lowest index is kept first.
 *
 * Han, Pool, Tran and Dally 2015, https://arxiv.org/abs/1506.02626
 *
 * @param x - no NaN
 * @param keep - an integer from 0 to the length
 * @param options - see {@link MagnitudePruneOptions}
 * @returns the values and the mask
 * @example
 * ```js
 * import { magnitudePrune } from '@weightkit/numerics';
 * const { values, mask } = magnitudePrune(Float32Array.of(3, -1, 2, -4), 2);
 * console.log(values.join(' '), mask.join(' ')); // -> 3 0 0 -4 1 0 0 1
 * ```
 * @throws RangeError for NaN (naming the index), a bad keep and an `out` of another length or one that overlaps x in part;
 * nothing has been written then
 */
export function magnitudePrune(x: Float32Array, keep: number, options: MagnitudePruneOptions = {}): MagnitudePruned {
  checkOptions('magnitudePrune', options, ['out']);
  const { out } = options;
  checkType(x instanceof Float32Array, 'magnitudePrune: x must be a Float32Array', x);
  const rule = `magnitudePrune: keep must be an integer in [0, ${x.length}]`;
  checkRange(Number.isInteger(keep) && keep >= 0 && keep <= x.length, rule, keep);
  checkType(out === undefined || out instanceof Float32Array, 'magnitudePrune: out must be a Float32Array', out);
  const values = out ?? new Float32Array(x.length);
  checkRange(values.length === x.length, `magnitudePrune: out must have length ${x.length}`, values.length);
  const apart =
    values.buffer !== x.buffer ||
    values.byteOffset === x.byteOffset ||
    Math.abs(values.byteOffset - x.byteOffset) >= x.byteLength;
  checkRange(
    apart,
    'magnitudePrune: out must be x or apart from it',
    `one at ${values.byteOffset - x.byteOffset} bytes`,
  );
  if (keep === 0) {
    checkNoNaN('magnitudePrune', 'x', x);
    return { values: values.fill(0), mask: new Uint8Array(x.length) };
  }
  const { threshold, larger } = select('magnitudePrune', 'x', x, keep, 'magnitude');
  return { values, mask: markAndPrune(x, { threshold, ties: keep - larger }, values) };
}
