import { checkOptions, checkRange } from '../check.ts';
import { checkFill, fillBits } from './fill-bits.ts';
import type { Key } from './key.ts';
import { foldIn } from './random-key.ts';

/** Options of {@link fillIntegers}. */
export interface FillIntegersOptions {
  /**
   * Lower end, included; an integer that the array holds.
   * @defaultValue 0
   */
  min?: number;
  /** Upper end, excluded; an integer above `min`, at most one more than the array holds. */
  max: number;
  /**
   * The index in the stream of the first element: a safe integer, 0 or more.
   * @defaultValue 0
   */
  offset?: number;
}

const TURN = 2 ** 32;

/**
 * Fills an array with random integers from [min, max): with span = max - min and the words h and l of the streams
 * `foldIn(key, 0)` and `foldIn(key, 1)`, `min + (h % span * m + l % span) % span` where m = (2^16 % span)^2 % span, all
 * modulo 2^32. Equal to `jax.random.randint` (JAX 0.10) for int32 and uint32, bit for bit.
 *
 * Like JAX's law it is exact when the span is a power of two and has a bias otherwise: the probability of an integer is
 * off by at most 2^-48 of itself for spans up to 2^16, and by up to span / 2^32 of itself for wider ones, where m is 0
 * and one word decides (2e-4 for a span of a million).
 *
 * @param out - an Int32Array or Uint32Array, filled and returned
 * @param key - the stream
 * @example
 * ```js
 * import { fillIntegers, randomKey } from '@weightkit/numerics';
 * fillIntegers(new Int32Array(5), randomKey(0), { min: 1, max: 7 }); // five dice
 * ```
 * @throws RangeError or TypeError for ends that are not integers in order or beyond the array, a bad key, offset or option
 */
export function fillIntegers<T extends Int32Array | Uint32Array>(out: T, key: Key, options: FillIntegersOptions): T {
  checkOptions('fillIntegers', options ?? {}, ['min', 'max', 'offset']);
  const { min = 0, max, offset = 0 } = options ?? {};
  checkFill('fillIntegers', out, 'Int32Array or Uint32Array', key, offset);
  const least = Object.prototype.toString.call(out) === '[object Int32Array]' ? -(2 ** 31) : 0;
  const inside = Number.isInteger(min) && min >= least && min < least + TURN;
  checkRange(inside, `fillIntegers: min must be an integer from ${least} to ${least + TURN - 1}`, min);
  const above = Number.isInteger(max) && (max as number) > min && (max as number) <= least + TURN;
  checkRange(above, `fillIntegers: max must be an integer from min + 1 to ${least + TURN}`, max);
  const span = (max as number) - min;
  const root = 65536 % span;
  const multiplier = ((root * root) % TURN) % span;
  const high = fillBits(new Uint32Array(out.length), foldIn(key, 0), { offset });
  const low = fillBits(new Uint32Array(out.length), foldIn(key, 1), { offset });
  // A span of 2^32 takes the words as they are. As unsigned integers remainders are several times faster than as floats.
  const divisor = span >>> 0;
  for (let i = 0; i < out.length; i++) {
    const sum = (Math.imul(high[i]! % divisor, multiplier) + (low[i]! % divisor)) >>> 0;
    out[i] = min + (divisor === 0 ? low[i]! : sum % divisor);
  }
  return out;
}
