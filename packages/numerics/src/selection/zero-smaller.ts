import { checkInteger, checkOptions, checkRange, checkType } from '../check.ts';
import { BASE, CHUNK } from '../wasm/instance.ts';
import { inRoom, pieceRoom } from '../wasm/piece-kernels.ts';
import { boundOf } from './magnitude-bound.ts';
import { wordsOf } from './sort-integer.ts';

/** Options of {@link zeroSmaller}: what is kept. */
export interface ZeroSmallerOptions {
  /** The smallest magnitude that is kept: a float32 of 0 or more, or infinity. */
  threshold: number;
  /** How many entries of that magnitude are kept, the first ones: an integer of 0 or more. */
  ties: number;
  /**
   * Where the result goes: of the length of x, x itself or apart from it.
   * @defaultValue x itself
   */
  out?: Float32Array | undefined;
}

/**
 * Sets entries of smaller magnitude than a threshold to +0, and those of that magnitude after the first `ties`.
 *
 * @example
 * ```js
 * import { zeroSmaller } from '@weightkit/numerics';
 * const x = Float32Array.of(3, -2, 1, 2);
 * console.log(zeroSmaller(x, { threshold: 2, ties: 1 }), x.join(' ')); // -> 0 3 -2 0 0
 * ```
 *
 * @param x - no NaN; changed unless there is an `out`
 * @param options - see {@link ZeroSmallerOptions}
 * @returns how many ties are left, for the piece that follows
 * @throws TypeError unless x is a Float32Array; RangeError for another threshold or number of ties
 */
export function zeroSmaller(x: Float32Array, options: ZeroSmallerOptions): number {
  const fn = 'zeroSmaller';
  checkType(x instanceof Float32Array, `${fn}: x must be a Float32Array`, x);
  checkType(options !== undefined, `${fn}: options must have threshold and ties`, options);
  checkOptions(fn, options, ['threshold', 'ties', 'out']);
  const { threshold, ties, out = x } = options;
  const bound = boundOf(fn, threshold);
  checkInteger(fn, 'ties', ties);
  checkType(out instanceof Float32Array, `${fn}: out must be a Float32Array`, out);
  checkRange(out.length === x.length, `${fn}: out must have length ${x.length}`, out.length);
  const gap = out.byteOffset - x.byteOffset;
  checkRange(
    out.buffer !== x.buffer || gap === 0 || Math.abs(gap) >= x.byteLength,
    `${fn}: out must be x or apart from it`,
    `one at ${gap} bytes`,
  );
  const room = pieceRoom();
  let left = ties;
  if (room) {
    inRoom(room, x, (start, n) => {
      // No more than a chunk has: the kernel counts in 32 bits.
      const some = Math.min(left, n);
      left -= some - room.kernels.zeroSmaller(BASE, n, bound, some);
      out.set(n === CHUNK ? room.data : room.data.subarray(0, n), start);
    });
    return left;
  }
  const [words, made] = [wordsOf(x), wordsOf(out)];
  for (let i = 0; i < words.length; i++) {
    const magnitude = words[i]! & 0x7fffffff;
    const tie = magnitude === bound && left > 0;
    if (tie) left--;
    made[i] = magnitude > bound || tie ? words[i]! : 0;
  }
  return left;
}
