// Bytes that are read in pieces go through one buffer: a fresh one for each tensor costs more than reading into it.

/** The length up to which a buffer is kept. */
const KEPT = 1 << 20;

let spare: Uint8Array | undefined;

/** A buffer of some length, or more. */
export function takeSpare(length: number): Uint8Array {
  if (length > KEPT) return new Uint8Array(length);
  const room = spare ?? new Uint8Array(KEPT);
  spare = undefined;
  return room;
}

/** Gives a buffer back that nobody reads any more. */
export function giveSpare(room: Uint8Array): void {
  if (room.length === KEPT) spare = room;
}
