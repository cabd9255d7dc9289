import { type CheckpointTensor, computedTensor } from '@weightkit/checkpoint';
import type { StoredZeros } from './stored-zeros.ts';
import { PIECE } from './walk.ts';

/** What stays of a tensor: entries whose magnitude is above the threshold, and the first `ties` at it. */
export interface Kept {
  threshold: number;
  ties: number;
}

/** Entries as they are stored, by their size; +0 of each is all bits 0. */
const ENTRIES = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Float64Array } as const;

/** The tensor with its zeros, which are written over the stored bytes when these are asked for. */
export function prunedTensor({ tensor, codec, zero }: StoredZeros, { threshold, ties }: Kept): CheckpointTensor {
  const { name, shape, dtype, encoding, byteLength } = tensor;
  const size = codec.blockBytes as keyof typeof ENTRIES;
  return computedTensor({
    name,
    shape,
    dtype,
    encoding,
    codec,
    byteLength,
    async *stream() {
      let left = ties;
      for await (const stored of tensor.byteChunks(PIECE * size)) {
        const values = codec.decode(stored);
        const bytes = new Uint8Array(stored);
        const entries = new ENTRIES[size](bytes.buffer);
        for (let i = 0; i < values.length; i++) {
          const magnitude = Math.abs(values[i]!);
          if (magnitude > threshold || (magnitude === threshold && left-- > 0)) continue;
          entries[i] = zero;
        }
        yield bytes;
      }
    },
  });
}
