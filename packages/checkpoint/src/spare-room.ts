// Bytes that are read in pieces go through a few buffers: fresh ones for each tensor cost more than reading into them.

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
