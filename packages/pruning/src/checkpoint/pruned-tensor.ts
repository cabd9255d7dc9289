import { type CheckpointTensor, computedTensor } from '@weightkit/checkpoint';
import { zeroSmaller } from '@weightkit/numerics';
import type { StoredZeros } from './stored-zeros.ts';
import { PIECE } from './walk.ts';

/** What stays of a tensor: entries whose magnitude is above the threshold, and the first `ties` at it. */
export interface Kept {
  threshold: number;
  ties: number;
}

/** Entries as they are stored, by their size; +0 of each is all bits 0. */
export const ENTRIES = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Float64Array } as const;

/** Writes what stays of a piece of float32 numbers, stored as they are; returns how many ties are left. */
function zeroFloat32(values: Float32Array, { threshold, ties }: Kept, out: Uint8Array): number {
  return zeroSmaller(values, { threshold, ties, out: new Float32Array(out.buffer, out.byteOffset, values.length) });
}

/** The same for numbers that are stored in any way. */
function zeroStored({ codec, zero }: StoredZeros, stored: Uint8Array, { threshold, ties }: Kept, out: Uint8Array) {
  const values = codec.decode(stored);
  out.set(stored);
  const Entries = ENTRIES[codec.blockBytes as keyof typeof ENTRIES];
  const entries = new Entries(out.buffer as ArrayBuffer, out.byteOffset, values.length);
  let left = ties;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > threshold || (magnitude === threshold && left-- > 0)) continue;
    entries[i] = zero;
  }
  return Math.max(0, left);
}

/** A tensor like another, but for what is written over its stored bytes. */
export function overwritten(
  { tensor, codec }: StoredZeros,
  stream: () => AsyncGenerator<Uint8Array>,
): CheckpointTensor {
  const { name, shape, dtype, encoding, byteLength } = tensor;
  return computedTensor({ name, shape, dtype, encoding, codec, byteLength, stream });
}

/**
 * The tensor with zeros written over its stored bytes when these are asked for.
 *
 * @param clear - called with the entries of each piece as they are stored, what is stored for 0, and the index of the first of them
 */
export function cleared(
  stored: StoredZeros,
  clear: (entries: InstanceType<(typeof ENTRIES)[keyof typeof ENTRIES]>, zero: number, from: number) => void,
): CheckpointTensor {
  const { tensor, codec, zero } = stored;
  const Entries = ENTRIES[codec.blockBytes as keyof typeof ENTRIES];
  return overwritten(stored, async function* stream() {
    const room = new Uint8Array(Math.min(PIECE * codec.blockBytes, tensor.byteLength));
    let from = 0;
    for await (const bytes of tensor.byteChunks(PIECE * codec.blockBytes)) {
      room.set(bytes);
      const length = bytes.length / codec.blockBytes;
      clear(new Entries(room.buffer, 0, length), zero, from);
      from += length;
      yield room.subarray(0, bytes.length);
    }
  });
}

/** The tensor with its zeros, which are written over the stored bytes when these are asked for. */
export function prunedTensor(stored: StoredZeros, { threshold, ties }: Kept): CheckpointTensor {
  const { tensor, codec } = stored;
  const { dtype, encoding, byteLength } = tensor;
  const plain = dtype === 'float32' && encoding.kind === 'plain' && Math.fround(threshold) === threshold;
  return overwritten(stored, async function* stream() {
    const room = new Uint8Array(Math.min(PIECE * codec.blockBytes, byteLength));
    let left = ties;
    for await (const bytes of tensor.byteChunks(PIECE * codec.blockBytes)) {
      const out = room.subarray(0, bytes.length);
      const kept = { threshold, ties: left };
      left = plain ? zeroFloat32(codec.decode(bytes) as Float32Array, kept, out) : zeroStored(stored, bytes, kept, out);
      yield out;
    }
  });
}
