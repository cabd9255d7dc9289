import {
  checkFunction,
  checkInteger,
  checkNumbers,
  checkOptions,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import type { CheckpointTensor, Encoding } from './checkpoint.ts';
import { type Dtype, isPlainDtype, sizeOf, type Values } from './dtypes.ts';
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
  /** Its bytes in order, in pieces of any size, each good until the next one is asked for; made anew at each call. */
  stream: () => AsyncIterable<Uint8Array>;
}

/** The bytes of a stream in pieces of at most `size` bytes, of whole blocks but for the last; copied only where a block is cut. */
export async function* regroup(
  stream: AsyncIterable<Uint8Array>,
  size: number,
  block: number,
): AsyncGenerator<Uint8Array> {
  const most = Math.max(block, size - (size % block));
  let rest = new Uint8Array(0);
  for await (const piece of stream) {
    let from = 0;
    if (rest.length > 0) {
      from = Math.min(block - rest.length, piece.length);
      const joined = new Uint8Array(rest.length + from);
      joined.set(rest);
      joined.set(piece.subarray(0, from), rest.length);
      rest = joined;
      if (rest.length < block) continue;
      yield rest;
    }
    const end = piece.length - ((piece.length - from) % block);
    for (; from < end; from = Math.min(end, from + most)) yield piece.subarray(from, Math.min(end, from + most));
    rest = new Uint8Array(piece.subarray(end));
  }
  if (rest.length > 0) yield rest;
}

const fn = 'computedTensor';

function checkComputed(computed: Computed): void {
  checkType(computed !== undefined, `${fn}: computed must be a plain object`, computed);
  const allowed = ['name', 'shape', 'dtype', 'encoding', 'codec', 'byteLength', 'stream'];
  checkOptions(fn, computed, allowed, 'computed');
  const { name, shape, dtype, encoding, codec, byteLength, stream } = computed;
  checkType(typeof name === 'string', `${fn}: name must be a string`, name);
  const rule = `${fn}: shape must be a list of integers of 0 or more`;
  checkType(Array.isArray(shape), rule, shape);
  checkNumbers(rule, shape, (dim) => Number.isSafeInteger(dim) && dim >= 0);
  checkRange(dtype === 'string' || isPlainDtype(dtype), `${fn}: dtype must be one of a checkpoint`, dtype);
  const encoded = encoding === undefined || typeof Object(encoding).kind === 'string';
  checkType(encoded, `${fn}: encoding must be one of a checkpoint`, encoding);
  const { blockValues, blockBytes, decode } = Object(codec) as Partial<Codec>;
  const decodes = Number.isSafeInteger(blockValues) && Number.isSafeInteger(blockBytes) && typeof decode === 'function';
  checkType(decodes, `${fn}: codec must be one of plainCodec or its like`, codec);
  checkInteger(fn, 'byteLength', byteLength);
  checkFunction(fn, 'stream', stream);
}

/**
 * A tensor whose bytes are made when they are asked for, piece by piece.
 *
 * @param computed - see {@link Computed}
 * @returns the tensor
 * @throws TypeError or RangeError for a part that is none; its `bytes()` when the stream gives more or fewer than `byteLength`
 */
export function computedTensor(computed: Computed): CheckpointTensor {
  checkComputed(computed);
  const { name, shape, dtype, encoding, codec, byteLength, stream } = computed;
  const bytes = async (): Promise<Uint8Array> => {
    const out = new Uint8Array(byteLength);
    let at = 0;
    for await (const piece of stream()) {
      checkRange(
        at + piece.length <= byteLength,
        `computedTensor: stream of ${name} must give ${byteLength} bytes`,
        at + piece.length,
      );
      out.set(piece, at);
      at += piece.length;
    }
    checkRange(at === byteLength, `computedTensor: stream of ${name} must give ${byteLength} bytes`, at);
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
      checkInteger('chunks', 'count', count, 1);
      if (codec.pieces) yield* codec.pieces(stream(), count);
      else if (codec.blockBytes === 0) yield codec.decode(await bytes());
      else {
        const blocks = Math.max(1, Math.floor(count / codec.blockValues));
        for await (const piece of regroup(stream(), blocks * codec.blockBytes, codec.blockBytes))
          yield codec.decode(piece);
      }
    },
    byteChunks(size) {
      checkInteger('byteChunks', 'size', size, 1);
      const block = codec.blockBytes;
      return regroup(stream(), size, block > 0 && block <= size ? block : 1);
    },
  };
}
