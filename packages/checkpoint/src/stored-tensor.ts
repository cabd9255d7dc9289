import { checkInteger } from '@weightkit/numerics/check';
import type { ByteSource } from './access/byte-source.ts';
import type { CheckpointTensor, Encoding } from './checkpoint.ts';
import { DTYPES, type Dtype, sizeOf, type Values } from './dtypes.ts';
import { giveSpare, takeSpare } from './spare-room.ts';

/** How stored bytes become numbers: blocks of so many bytes hold so many numbers. */
export interface Codec {
  /** Numbers in a block. */
  readonly blockValues: number;
  /** Bytes of a block; 0 where they vary, as with strings. */
  readonly blockBytes: number;
  /** The numbers of whole blocks. */
  readonly decode: (bytes: Uint8Array) => Values;
  /**
   * The numbers of all bytes in pieces of `count` at most, where what bytes mean depends on where they stand.
   * @defaultValue none: whole blocks are decoded by themselves
   */
  readonly pieces?: (stream: AsyncIterable<Uint8Array>, count: number) => AsyncIterable<Values>;
}

const codecs = new Map<Dtype, Codec | undefined>();

/** `plainCodec` but for strings and floats of 8 bits, which few files have: undefined. */
export function usualCodec(dtype: Dtype): Codec | undefined {
  if (!codecs.has(dtype)) codecs.set(dtype, makeCodec(dtype));
  return codecs.get(dtype);
}

function makeCodec(dtype: Dtype): Codec | undefined {
  if (dtype === 'string') return undefined;
  const { bits, decode } = DTYPES[dtype];
  if (!decode) return undefined;
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
export async function* piecesOf(
  source: ByteSource,
  begin: number,
  end: number,
  step: number,
): AsyncGenerator<Uint8Array> {
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

async function* chunksOf({ codec, source, begin, end }: Stored, count: number): AsyncGenerator<Values> {
  checkInteger('chunks', 'count', count, 1);
  if (codec.blockBytes === 0) yield codec.decode(await source.read(begin, end));
  else {
    const blocks = Math.max(1, Math.floor(count / codec.blockValues));
    for await (const bytes of piecesOf(source, begin, end, blocks * codec.blockBytes)) yield codec.decode(bytes);
  }
}

async function* byteChunksOf({ source, begin, end }: Stored, size: number): AsyncGenerator<Uint8Array> {
  checkInteger('byteChunks', 'size', size, 1);
  yield* piecesOf(source, begin, end, size);
}

async function valuesOf({ shape, codec, source, begin, end }: Stored): Promise<Values> {
  return codec.decode(end === begin && sizeOf(shape) === 0 ? new Uint8Array(0) : await source.read(begin, end));
}

const PLAIN: Encoding = { kind: 'plain' };

/**
 * A tensor whose bytes lie together in a source. A header may list many thousands: its methods hold nothing but what is given, which
 * is kept.
 */
export function storedTensor(stored: Stored): CheckpointTensor {
  const { name, shape, dtype, encoding = PLAIN, begin, end } = stored;
  return {
    name,
    shape,
    dtype,
    encoding,
    byteLength: end - begin,
    bytes: () => stored.source.read(stored.begin, stored.end),
    values: () => valuesOf(stored),
    chunks: (count) => chunksOf(stored, count),
    byteChunks: (size) => byteChunksOf(stored, size),
  };
}
