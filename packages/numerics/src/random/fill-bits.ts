import { checkOptions, checkRange, checkType } from '../check.ts';
import { fillByKernel } from '../wasm/fill.ts';
import { checkKey, type Key } from './key.ts';
import { threefryWords } from './threefry.ts';

/** Options of {@link fillBits}. */
export interface FillBitsOptions {
  /**
   * The index in the stream of the first element: a safe integer, 0 or more.
   * @defaultValue 0
   */
  offset?: number;
}

/** Throws unless `out` is of the given kind (`A or B`) and the stretch of the stream it takes has safe indices. */
export function checkFill(
  fn: string,
  out: Float32Array | Int32Array | Uint8Array | Uint32Array,
  kind: string,
  key: Key,
  offset: number,
): void {
  const name = Object.prototype.toString.call(out).slice(8, -1);
  checkType(kind.split(' or ').includes(name), `${fn}: out must be a ${kind}`, out);
  checkKey(fn, key);
  const ok = Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(offset + out.length);
  checkRange(ok, `${fn}: offset must be a safe integer of 0 or more`, offset);
}

/** The words `offset`, `offset + 1`, ... of the stream; the reference that the kernel equals. */
export function bitsReference(out: Uint32Array, key: Key, offset: number): void {
  for (let i = 0; i < out.length; i++) {
    const index = offset + i;
    const [x, y] = threefryWords(key, Math.floor(index / 2 ** 32), index >>> 0);
    out[i] = x ^ y;
  }
}

/**
 * Fills an array with random 32-bit words: word i is x xor y of `(x, y) = threefry2x32(key, high(i), low(i))`, with
 * the 32-bit halves of i. Equal to `jax.random.bits` (JAX 0.10, partitionable layout).
 *
 * @param out - filled and returned
 * @param key - the stream
 * @throws RangeError or TypeError for a bad key, offset or option
 */
export function fillBits(out: Uint32Array, key: Key, options: FillBitsOptions = {}): Uint32Array {
  checkOptions('fillBits', options, ['offset']);
  const { offset = 0 } = options;
  checkFill('fillBits', out, 'Uint32Array', key, offset);
  if (!fillByKernel('bits', out, key, offset)) bitsReference(out, key, offset);
  return out;
}
