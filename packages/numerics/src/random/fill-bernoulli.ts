import { checkNumber, checkOptions } from '../check.ts';
import { checkFill } from './fill-bits.ts';
import { fillUniform } from './fill-uniform.ts';
import type { Key } from './key.ts';

/** Options of {@link fillBernoulli}. */
export interface FillBernoulliOptions {
  /**
   * The probability of a 1, in [0, 1].
   * @defaultValue 0.5
   */
  p?: number;
  /**
   * The index in the stream of the first element: a safe integer, 0 or more.
   * @defaultValue 0
   */
  offset?: number;
}

const CHUNK = 1 << 15;

/**
 * Fills an array with ones, each with probability p, and zeros: 1 where `fillUniform` is below p in float32. Equal to
 * `jax.random.bernoulli` (its default mode). The probability is p rounded up to a multiple of 2^-23; 0 gives zeros and
 * 1 ones only.
 *
 * @param out - a Uint8Array, filled and returned
 * @param key - the stream
 * @example
 * ```js
 * import { fillBernoulli, randomKey } from '@weightkit/numerics';
 * fillBernoulli(new Uint8Array(100), randomKey(0), { p: 0.1 }); // a mask with about ten ones
 * ```
 * @throws RangeError or TypeError for p outside [0, 1], a bad key, offset or option
 */
export function fillBernoulli(out: Uint8Array, key: Key, options: FillBernoulliOptions = {}): Uint8Array {
  checkOptions('fillBernoulli', options, ['p', 'offset']);
  const { p = 0.5, offset = 0 } = options;
  checkFill('fillBernoulli', out, 'Uint8Array', key, offset);
  checkNumber('fillBernoulli: p must be in [0, 1]', p, (x) => x >= 0 && x <= 1);
  const bound = Math.fround(p);
  const uniforms = new Float32Array(Math.min(CHUNK, out.length));
  for (let start = 0; start < out.length; start += CHUNK) {
    const n = Math.min(CHUNK, out.length - start);
    fillUniform(uniforms, key, { offset: offset + start });
    for (let i = 0; i < n; i++) out[start + i] = uniforms[i]! < bound ? 1 : 0;
  }
  return out;
}
