import { checkNumber } from '../check.ts';
import { checkKey, type Key } from './key.ts';

const PARITY = 0x1bd11bda;

function round(x: number, y: number, turn: number): number {
  return ((y << turn) | (y >>> (32 - turn))) ^ x;
}

/**
 * Threefry-2x32 with 20 rounds: the block function of every stream here, the same as `jax.random`'s default.
 *
 * Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", https://doi.org/10.1145/2063384.2063405
 *
 * @param key - the key
 * @param x0 - first word of the counter, taken modulo 2^32
 * @param x1 - second word of the counter, taken modulo 2^32
 * @returns two unsigned 32-bit integers
 * @throws TypeError or RangeError for a key that is none or words that are not integers
 */
export function threefry2x32(key: Key, x0: number, x1: number): [number, number] {
  checkKey('threefry2x32', key);
  for (const word of [x0, x1])
    checkNumber('threefry2x32: words of the counter must be safe integers', word, Number.isSafeInteger);
  return threefryWords(key, x0, x1);
}

/** {@link threefry2x32} of arguments that have been checked. */
export function threefryWords(key: Key, x0: number, x1: number): [number, number] {
  const k0 = key[0] | 0;
  const k1 = key[1] | 0;
  const k2 = k0 ^ k1 ^ PARITY;
  let x = (x0 + k0) | 0;
  let y = (x1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    const even = (group & 1) === 0;
    x = (x + y) | 0;
    y = round(x, y, even ? 13 : 17);
    x = (x + y) | 0;
    y = round(x, y, even ? 15 : 29);
    x = (x + y) | 0;
    y = round(x, y, even ? 26 : 16);
    x = (x + y) | 0;
    y = round(x, y, even ? 6 : 24);
    const turn = group % 3;
    x = (x + (turn === 0 ? k1 : turn === 1 ? k2 : k0)) | 0;
    y = (y + (turn === 0 ? k2 : turn === 1 ? k0 : k1) + group + 1) | 0;
  }
  return [x >>> 0, y >>> 0];
}
