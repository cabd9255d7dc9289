import { checkRange, checkType } from '../check.ts';
import { checkKey, type Key } from './key.ts';
import { threefryWords } from './threefry.ts';

/**
 * The 32-bit FNV-1a hash of a text's UTF-8 bytes: h = (h xor byte) * 16777619 from h = 2166136261.
 *
 * Fowler, Noll, Vo and Eastlake 2012, https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
 *
 * @param path - any text; a weight's path here
 * @returns an unsigned 32-bit integer
 */
export function pathHash(path: string): number {
  checkType(typeof path === 'string', 'pathHash: path must be a string', path);
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(path)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * A new key from a key and a number: `threefry2x32(key, 0, data)`, equal to `jax.random.fold_in`.
 *
 * @param key - the key
 * @param data - an unsigned 32-bit integer
 */
export function foldIn(key: Key, data: number): Key {
  checkKey('foldIn', key);
  checkRange(Number.isInteger(data) && data >>> 0 === data, 'foldIn: data must be an unsigned 32-bit integer', data);
  return threefryWords(key, 0, data);
}

/**
 * The key of a seed, and of a path under it: (high, low) 32-bit halves of the seed as a 64-bit two's complement
 * integer, then `foldIn(key, pathHash(path))` when there is a path.
 *
 * Equal to `jax.random.key(seed)` with `jax_enable_x64`. In JAX's default 32-bit mode the high half is dropped and is
 * always 0; the two agree for seeds from 0 to 2^32 - 1.
 *
 * @param seed - a safe integer, 0 and negative ones included
 * @param path - what the stream is for; another path is another stream
 * @example
 * ```js
 * import { fillNormal, randomKey } from '@weightkit/numerics';
 * const weights = fillNormal(new Float32Array(6), randomKey(0, 'dense/kernel'), { std: 0.05 });
 * ```
 * @throws RangeError unless the seed is a safe integer
 */
export function randomKey(seed: number, path?: string): Key {
  checkRange(Number.isSafeInteger(seed), 'randomKey: seed must be a safe integer', seed);
  checkType(path === undefined || typeof path === 'string', 'randomKey: path must be a string', path);
  const key: Key = [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0];
  return path === undefined ? key : foldIn(key, pathHash(path));
}
