import { lendBuffer } from '@weightkit/checkpoint';
import { pieceBuffer } from '@weightkit/numerics';

/** Bytes of codes that are written at a time: those of several pieces of values, because each writing costs something beside its bytes. */
export const WRITTEN = 1 << 20;

let spare: Uint8Array | undefined;

/** Has files read into the memory of the kernels that look at them, and keeps a buffer there for what these make. */
export function readInPlace(): void {
  spare ??= pieceBuffer() ?? undefined;
  for (let buffer = pieceBuffer(); buffer; buffer = pieceBuffer()) lendBuffer(buffer);
}

/** A buffer of some bytes, {@link WRITTEN} at most, for codes; zeros. Fresh ones for each tensor cost more than filling them. */
export function takeWritten(bytes: number): Uint8Array {
  const room = spare ?? new Uint8Array(WRITTEN);
  spare = undefined;
  return room.subarray(0, bytes).fill(0);
}

/** Gives a buffer back whose codes nobody reads any more. */
export function giveWritten(room: Uint8Array): void {
  spare ??= new Uint8Array(room.buffer, room.byteOffset, WRITTEN);
}
