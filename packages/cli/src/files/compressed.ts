import { open } from 'node:fs/promises';
import { type BrotliCompress, constants, createBrotliCompress, createGzip, type Gzip } from 'node:zlib';
import { BLOCK, BLOCKS, blockBegin, type SizeCount } from './block-sample.ts';
import type { ModelFile } from './model-files.ts';

/** What files are once they are compressed. */
export interface Compressed {
  /** Bytes by gzip at level 6, each file by itself. */
  readonly gzip: number;
  /** Bytes by brotli at quality 5. */
  readonly brotli: number;
  /** Whether all bytes were compressed; else the figures are those of evenly spread blocks, for all. */
  readonly exact: boolean;
}

/** Up to this many bytes all are compressed, without being asked for it. */
export const EXACT_TO = 64_000_000;
const PIECE = 1 << 20;

type Compressor = Gzip | BrotliCompress;

/** Counts what gzip and brotli make of bytes. */
export class CompressedCount implements SizeCount {
  private readonly streams: readonly Compressor[] = [
    createGzip({ level: 6 }),
    createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  ];
  private readonly counts = [0, 0];

  constructor() {
    for (const [i, stream] of this.streams.entries())
      stream.on('data', (piece: Uint8Array) => {
        this.counts[i]! += piece.length;
      });
  }

  async add(bytes: Uint8Array): Promise<void> {
    // A stream reads what it was given when it comes to it.
    const copy = bytes.slice();
    await Promise.all(this.streams.map((stream) => new Promise((done) => stream.write(copy, done))));
  }

  async end(): Promise<[gzip: number, brotli: number]> {
    await Promise.all(
      this.streams.map(
        (stream) =>
          new Promise((done, fail) => {
            stream.on('error', fail).on('end', done);
            stream.end();
          }),
      ),
    );
    return [this.counts[0]!, this.counts[1]!];
  }
}

/** The bytes of a file from `begin` up to `end`, piece by piece; each is good until the next. */
async function* piecesOf(path: string, begin: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const room = Buffer.alloc(Math.min(PIECE, Math.max(1, end - begin)));
    for (let at = begin; at < end; ) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(room, 0, Math.min(room.length, end - at), at);
      if (bytesRead === 0) return;
      yield room.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function wholeFiles(files: readonly ModelFile[], signal: AbortSignal): Promise<Compressed> {
  let [gzip, brotli] = [0, 0];
  for (const { path, bytes } of files) {
    const count = new CompressedCount();
    for await (const piece of piecesOf(path, 0, bytes, signal)) await count.add(piece);
    const [g, b] = await count.end();
    gzip += g;
    brotli += b;
  }
  return { gzip, brotli, exact: true };
}

/** Blocks at even distances through all files as if they were one. */
async function sampled(files: readonly ModelFile[], total: number, signal: AbortSignal): Promise<Compressed> {
  const sums = [0, 0];
  let read = 0;
  for (let i = 0; i < BLOCKS; i++) {
    let begin = blockBegin(i, total);
    const file = files.find(({ bytes }) => {
      if (begin < bytes) return true;
      begin -= bytes;
      return false;
    })!;
    const count = new CompressedCount();
    for await (const piece of piecesOf(file.path, begin, Math.min(file.bytes, begin + BLOCK), signal)) {
      read += piece.length;
      await count.add(piece);
    }
    for (const [k, bytes] of (await count.end()).entries()) sums[k]! += bytes;
  }
  const [gzip, brotli] = sums.map((bytes) => Math.round((bytes / read) * total));
  return { gzip: gzip!, brotli: brotli!, exact: false };
}

/**
 * Bytes of files once they are compressed as a server does it: of all bytes up to 64 MB or where `exact` asks for it, else estimated
 * from 64 blocks of 256 KiB at even distances.
 */
export async function compressedSizes(
  files: readonly ModelFile[],
  { exact, signal }: { exact: boolean; signal: AbortSignal },
): Promise<Compressed> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return exact || total <= EXACT_TO ? wholeFiles(files, signal) : sampled(files, total, signal);
}
