// Bytes that are read in pieces go through a few buffers: fresh ones for each tensor cost more than reading into them.

import { checkRange, checkType } from '@weightkit/numerics/check';

/** The length up to which a buffer is kept. */
const KEPT = 1 << 20;

const spare: Uint8Array[] = [];
const MOST = 4;

/** A buffer of some length, or more. */
export function takeSpare(length: number): Uint8Array {
  if (length > KEPT) return new Uint8Array(length);
  return spare.pop() ?? new Uint8Array(KEPT);
}

/** Gives a buffer back that nobody reads any more. */
export function giveSpare(room: Uint8Array): void {
  if (room.length === KEPT && spare.length < MOST) spare.push(room);
}

/**
 * Lends a buffer through which files are read from now on, in preference to those that are there, as `pieceBuffer` of
 * `@weightkit/numerics`: what is read into the kernels' memory is not copied there.
 *
 * @param buffer - of 1 MiB; not to be used by its owner any more
 * @throws TypeError unless it is a Uint8Array, RangeError for one of another length
 */
export function lendBuffer(buffer: Uint8Array): void {
  checkType(buffer instanceof Uint8Array, 'lendBuffer: buffer must be a Uint8Array', buffer);
  checkRange(buffer.length === KEPT, `lendBuffer: buffer must have ${KEPT} bytes`, buffer.length);
  if (spare.length === MOST) spare.shift();
  spare.push(buffer);
}
