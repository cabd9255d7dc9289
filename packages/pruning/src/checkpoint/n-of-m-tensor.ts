import type { CheckpointTensor } from '@weightkit/checkpoint';
import { nOfM } from '../structures/n-of-m.ts';
import type { NOfMStructure } from '../structures/structure.ts';
import { ENTRIES, overwritten } from './pruned-tensor.ts';
import type { Floats, StoredZeros } from './stored-zeros.ts';
import { PIECE } from './walk.ts';

/** Whole groups of neighbors: stored bytes that may be written over, what they say, and a 0 for each entry that goes. */
interface Piece {
  bytes: Uint8Array;
  values: Floats;
  mask: Uint8Array;
}

/** How a tensor falls into slabs of m neighbors each, which lie together. */
interface Slabs {
  /** The size of the axis. */
  size: number;
  /** Entries from one neighbor to the next. */
  stride: number;
  n: number;
  m: number;
}

const slabsOf = (shape: readonly number[], axis: number, { n, m }: NOfMStructure): Slabs => ({
  size: shape[axis]!,
  stride: shape.slice(axis + 1).reduce((product, s) => product * s, 1),
  n,
  m,
});

/** Masks as many whole slabs as there are; returns the number of their entries. */
function maskWhole(mask: Uint8Array, sizes: Floats, from: number, { size, stride, n, m }: Slabs): number {
  let done = 0;
  let place = Math.round(from / stride) % size;
  while (done < sizes.length) {
    // Slabs up to the end of the line, of which the last may be shorter; lines without a shorter one go on.
    const left = size - place;
    const whole = size % m === 0 ? Math.floor((sizes.length - done) / (m * stride)) : Math.floor(left / m);
    const slabs = Math.min(whole, Math.floor((sizes.length - done) / (m * stride)));
    const [count, length] = slabs > 0 ? [slabs, m] : [1, Math.min(m, left)];
    const entries = count * length * stride;
    if (entries > sizes.length - done) break;
    mask.set(nOfM(sizes.subarray(done, done + entries), [count, length, stride], 1, { n, m }), done);
    done += entries;
    place = (place + count * length) % size;
  }
  return done;
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The tensor's bytes from first to last, in pieces of whole slabs. */
async function* pieces({ tensor, codec }: StoredZeros, slabs: Slabs, signal?: AbortSignal): AsyncGenerator<Piece> {
  const { blockBytes } = codec;
  const least = slabs.m * slabs.stride * blockBytes;
  let parts: Uint8Array[] = [];
  let [length, from, read] = [0, 0, 0];
  for await (const bytes of tensor.byteChunks(PIECE * blockBytes)) {
    signal?.throwIfAborted();
    parts.push(bytes.slice());
    length += bytes.length;
    read += bytes.length;
    // A slab may be longer than many pieces.
    if (length < least && read < tensor.byteLength) continue;
    const joined = join(parts, length);
    const values = codec.decode(joined);
    const mask = new Uint8Array(values.length);
    const done = maskWhole(mask, values.map(Math.abs) as Floats, from, slabs);
    yield {
      bytes: joined.subarray(0, done * blockBytes),
      values: values.subarray(0, done) as Floats,
      mask: mask.subarray(0, done),
    };
    from += done;
    parts = [joined.slice(done * blockBytes)];
    length -= done * blockBytes;
  }
}

/**
 * Reads a tensor once, and hands over its numbers with their masks.
 *
 * @param axis - from 0, along which neighbors lie
 * @param visit - called for each piece: a 0 in the mask for each entry that goes, and the index of the first
 */
export async function walkNOfM(
  stored: StoredZeros,
  axis: number,
  structure: NOfMStructure,
  signal: AbortSignal | undefined,
  visit: (values: Floats, mask: Uint8Array, from: number) => void,
): Promise<void> {
  let from = 0;
  for await (const { values, mask } of pieces(stored, slabsOf(stored.tensor.shape, axis, structure), signal)) {
    visit(values, mask, from);
    from += values.length;
  }
}

/** The tensor with n of m neighbors kept; zeros are written over the stored bytes when these are asked for. */
export function nOfMTensor(stored: StoredZeros, axis: number, structure: NOfMStructure): CheckpointTensor {
  const { codec, zero } = stored;
  const { shape } = stored.tensor;
  const Entries = ENTRIES[codec.blockBytes as keyof typeof ENTRIES];
  return overwritten(stored, async function* stream() {
    for await (const { bytes, mask } of pieces(stored, slabsOf(shape, axis, structure))) {
      const entries = new Entries(bytes.buffer as ArrayBuffer, bytes.byteOffset, mask.length);
      for (let i = 0; i < mask.length; i++) if (mask[i] === 0) entries[i] = zero;
      yield bytes;
    }
  });
}
