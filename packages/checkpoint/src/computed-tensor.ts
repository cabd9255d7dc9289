import { checkRange } from '@weightkit/numerics/check';
import type { CheckpointTensor, Encoding } from './checkpoint.ts';
import { type Dtype, sizeOf, type Values } from './dtypes.ts';
import type { Codec } from './stored-tensor.ts';

/** What a computed tensor is made of. */
export interface Computed {
  /** Its name. */
  name: string;
  /** Its sizes, row-major. */
  shape: readonly number[];
  /** What its numbers are once decoded. */
  dtype: Dtype;
  /**
   * How they are stored.
   * @defaultValue plain
   */
  encoding?: Encoding;
  /** How its bytes become numbers; `plainCodec(dtype)` for the plain encoding. */
  codec: Codec;
  /** How many bytes it has. */
  byteLength: number;
  /** Its bytes in order, in pieces of any size; made anew at each call. */
  stream: () => AsyncIterable<Uint8Array>;
}

/** The bytes of a stream in pieces of exactly `size` bytes, but for the last. */
export async function* regroup(stream: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0);
  for await (const piece of stream) {
    let from = 0;
    if (rest.length > 0) {
      const want = Math.min(size - rest.length, piece.length);
      const joined = new Uint8Array(rest.length + want);
      joined.set(rest);
      joined.set(piece.subarray(0, want), rest.length);
      from = want;
      rest = joined;
      if (rest.length < size) continue;
      yield rest;
    }
    for (; from + size <= piece.length; from += size) yield piece.subarray(from, from + size);
    rest = piece.slice(from);
  }
  if (rest.length > 0) yield rest;
}

/** A tensor whose bytes are made when they are asked for, piece by piece. */
export function computedTensor({
  name,
  shape,
  dtype,
  encoding,
  codec,
  byteLength,
  stream,
}: Computed): CheckpointTensor {
  const bytes = async (): Promise<Uint8Array> => {
    const out = new Uint8Array(byteLength);
    let at = 0;
    for await (const piece of stream()) {
      checkRange(at + piece.length <= byteLength, `${name} must have ${byteLength} bytes`, at + piece.length);
      out.set(piece, at);
      at += piece.length;
    }
    checkRange(at === byteLength, `${name} must have ${byteLength} bytes`, at);
    return out;
  };
  return {
    name,
    shape,
    dtype,
    encoding: encoding ?? { kind: 'plain' },
    byteLength,
    bytes,
    values: async () => (sizeOf(shape) === 0 ? codec.decode(new Uint8Array(0)) : codec.decode(await bytes())) as Values,
    async *chunks(count) {
      checkRange(Number.isSafeInteger(count) && count >= 1, 'chunks: count must be an integer of 1 or more', count);
      if (codec.blockBytes === 0) yield codec.decode(await bytes());
      else {
        const blocks = Math.max(1, Math.floor(count / codec.blockValues));
        for await (const piece of regroup(stream(), blocks * codec.blockBytes)) yield codec.decode(piece);
      }
    },
    byteChunks(size) {
      checkRange(Number.isSafeInteger(size) && size >= 1, 'byteChunks: size must be an integer of 1 or more', size);
      return regroup(stream(), size);
    },
  };
}
