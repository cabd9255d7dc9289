import { checkType } from '../check.ts';
import { BASE, CHUNK } from '../wasm/instance.ts';
import { pieceRoom, readRoom } from '../wasm/piece-kernels.ts';
import { boundOf } from './magnitude-bound.ts';
import { wordsOf } from './sort-integer.ts';

/** How magnitudes lie to a threshold; see {@link compareMagnitudes}. */
export interface MagnitudeComparison {
  /** Number of entries of smaller magnitude. */
  below: number;
  /** Number of entries of this magnitude. */
  at: number;
}

/**
 * How many magnitudes are below a threshold, and how many are equal to it.
 *
 * @param x - no NaN
 * @param threshold - a float32 of 0 or more
 * @throws TypeError unless x is a Float32Array; RangeError for another threshold
 */
export function compareMagnitudes(x: Float32Array, threshold: number): MagnitudeComparison {
  checkType(x instanceof Float32Array, 'compareMagnitudes: x must be a Float32Array', x);
  const bound = boundOf('compareMagnitudes', threshold);
  const room = pieceRoom();
  let [below, at] = [0, 0];
  if (room) {
    const same = new Int32Array(room.out.buffer, BASE + 4 * CHUNK, 1);
    readRoom(room, x, (_, n, place) => {
      below += room.kernels.compare(place, n, bound, same.byteOffset);
      at += same[0]!;
    });
    return { below, at };
  }
  const words = wordsOf(x);
  for (let i = 0; i < words.length; i++) {
    const magnitude = words[i]! & 0x7fffffff;
    if (magnitude < bound) below++;
    else if (magnitude === bound) at++;
  }
  return { below, at };
}
