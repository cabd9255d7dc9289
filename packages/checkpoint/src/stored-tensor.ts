import { checkInteger, checkRange } from '@weightkit/numerics/check';
import type { ByteSource } from './access/byte-source.ts';
import type { CheckpointTensor, Encoding } from './checkpoint.ts';
import { DTYPES, type Dtype, isPlainDtype, sizeOf, type Values } from './dtypes.ts';
import { giveSpare, takeSpare } from './spare-room.ts';
import { stringValues } from './string-values.ts';

/** How stored bytes become numbers: blocks of so many bytes hold so many numbers. */
export interface Codec {
  /** Numbers in a block. */
  readonly blockValues: number;
  /** Bytes of a block; 0 where they vary, as with strings. */
  readonly blockBytes: number;
  /** The numbers of whole blocks. */
  readonly decode: (bytes: Uint8Array) => Values;
}

const codecs = new Map<Dtype, Codec>();

/**
 * The codec of a dtype's plain form; formats of 4 and 6 bits come in blocks of whole bytes, strings each after its length in
 * four bytes.
 *
 * @param dtype - any
 * @throws RangeError for anything else
 */
export function plainCodec(dtype: Dtype): Codec {
  const codec = codecs.get(dtype) ?? makeCodec(dtype);
  codecs.set(dtype, codec);
  return codec;
}

function makeCodec(dtype: Dtype): Codec {
  if (dtype === 'string') return { blockValues: 0, blockBytes: 0, decode: stringValues };
  checkRange(isPlainDtype(dtype), `plainCodec: dtype must be one of string, ${Object.keys(DTYPES).join(', ')}`, dtype);
  const { bits, decode } = DTYPES[dtype];
  return bits % 8 === 0
    ? { blockValues: 1, blockBytes: bits / 8, decode }
    : { blockValues: bits === 6 ? 4 : 2, blockBytes: bits === 6 ? 3 : 1, decode };
}

/** What a stored tensor is made of. */
export interface Stored {
  name: string;
  shape: readonly number[];
  dtype: Dtype;
  encoding?: Encoding;
  codec: Codec;
  source: ByteSource;
  /** Its first byte in the source, and the byte after its last. */
  begin: number;
  end: number;
}

/** The bytes from `begin` up to `end` in pieces; of a file the next one is read while the last one is looked at. */
async function* pieces(source: ByteSource, begin: number, end: number, step: number): AsyncGenerator<Uint8Array> {
  if (begin === end) return;
  const rooms = [takeSpare(Math.min(step, end - begin)), takeSpare(Math.min(step, end - begin))] as const;
  const read = (at: number): Promise<Uint8Array> =>
    source.read(at, Math.min(end, at + step), rooms[((at - begin) / step) % 2]);
  let next: Promise<Uint8Array> | undefined;
  try {
    for (let at = begin; at < end; at += step) {
      const bytes = await (next ?? read(at));
      next = source.ahead && at + step < end ? read(at + step) : undefined;
      // Its error comes when it is waited for.
      next?.catch(() => undefined);
      yield bytes;
    }
  } finally {
    await next?.catch(() => undefined);
  }
  // Only at the end: who leaves earlier may still read the last piece.
  for (const room of rooms) giveSpare(room);
}

/** A tensor whose bytes lie together in a source. */
export function storedTensor({ name, shape, dtype, encoding, codec, source, begin, end }: Stored): CheckpointTensor {
  const decode = (bytes: Uint8Array): Values => codec.decode(bytes);
  return {
    name,
    shape,
    dtype,
    encoding: encoding ?? { kind: 'plain' },
    byteLength: end - begin,
    bytes: () => source.read(begin, end),
    values: async () =>
      end === begin && sizeOf(shape) === 0 ? decode(new Uint8Array(0)) : decode(await source.read(begin, end)),
    async *chunks(count) {
      checkInteger('chunks', 'count', count, 1);
      if (codec.blockBytes === 0) yield decode(await source.read(begin, end));
      else {
        const blocks = Math.max(1, Math.floor(count / codec.blockValues));
        for await (const bytes of pieces(source, begin, end, blocks * codec.blockBytes)) yield decode(bytes);
      }
    },
    async *byteChunks(size) {
      checkInteger('byteChunks', 'size', size, 1);
      yield* pieces(source, begin, end, size);
    },
  };
}
