import { checkFunction, checkType, isPlainObject } from '@weightkit/numerics/check';

/**
 * What a matrix of a kernel is multiplied with, as rows: of a dense layer its inputs, of a convolution the windows that its filters see,
 * place by place and channel by channel.
 */
export interface Patches {
  /** How many rows there are, of all examples and places. */
  count: number;
  /** The numbers in a row. */
  length: number;
  /** Writes the rows from `from` to `to` into `out`, which is zero. */
  fill(out: Float64Array, from: number, to: number): void;
}

/** The rows that the last axis makes. */
export function lastAxisPatches(x: Float32Array, shape: readonly number[]): Patches {
  const length = shape[shape.length - 1]!;
  return {
    count: length === 0 ? 0 : x.length / length,
    length,
    fill: (out, from, to) => out.set(x.subarray(from * length, to * length)),
  };
}

/** How many entries of patches are held at a time. */
const ROOM = 2 ** 18;

/**
 * Hands on the rows of patches in parts of at most 2^18 numbers.
 *
 * @param patches - from {@link visitPatches}
 * @param visit - called with `count` rows of `length` numbers, in memory that is used again
 * @throws TypeError for other arguments than these
 */
export function forEachPart(patches: Patches, visit: (rows: Float64Array, count: number) => void): void {
  checkType(
    isPlainObject(patches) && typeof patches.fill === 'function',
    'forEachPart: patches must be those of visitPatches',
    patches,
  );
  checkFunction('forEachPart', 'visit', visit);
  const { count, length, fill } = patches;
  const step = Math.max(1, Math.floor(ROOM / Math.max(1, length)));
  const room = new Float64Array(Math.min(step, count) * length);
  for (let from = 0; from < count; from += step) {
    const to = Math.min(count, from + step);
    const part = room.subarray(0, (to - from) * length).fill(0);
    fill(part, from, to);
    visit(part, to - from);
  }
}
