import { type Checkpoint, type WritableFormat, writeCheckpoint } from '@weightkit/checkpoint';
import { BlockSample, CountingDirectory, type SizeCount } from './command.ts';
import type { Sizes } from './protocol.ts';

/** Up to this many bytes all are compressed: 1 s on a slow machine. Beyond it there are enough for blocks that do not overlap. */
const EXACT_TO = 20_000_000;
/** Bytes that are read at once. */
const PIECE = 1 << 20;
/** One weight file instead of many: each is a download. Pages cannot read more in one buffer. */
export const SHARD_BYTES = 2 ** 31 - 1;

/** Counts what gzip makes of bytes. */
class GzipCount implements SizeCount {
  private readonly writer: WritableStreamDefaultWriter<BufferSource>;
  private readonly ended: Promise<number>;

  constructor() {
    const { readable, writable } = new CompressionStream('gzip');
    this.writer = writable.getWriter();
    this.ended = lengthOf(readable);
  }

  async add(bytes: Uint8Array): Promise<void> {
    await this.writer.write(bytes.slice());
  }

  async end(): Promise<readonly number[]> {
    await this.writer.close();
    return [await this.ended];
  }
}

async function lengthOf(stream: ReadableStream<Uint8Array>): Promise<number> {
  const reader = stream.getReader();
  for (let length = 0; ; ) {
    const { value, done } = await reader.read();
    if (done) return length;
    length += value.length;
  }
}

const gzip = (): SizeCount => new GzipCount();

async function* piecesOf(file: Blob, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += PIECE) {
    signal.throwIfAborted();
    yield new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
  }
}

/** The sizes of files. */
export async function sizesOf(files: readonly Blob[], signal: AbortSignal): Promise<Sizes> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > EXACT_TO) {
    const sample = new BlockSample(bytes, gzip);
    for (const file of files) for await (const piece of piecesOf(file, signal)) await sample.pass(piece);
    return { bytes, gzip: sample.estimate()[0]!, exact: false };
  }
  let compressed = 0;
  for (const file of files) {
    const count = gzip();
    for await (const piece of piecesOf(file, signal)) await count.add(piece);
    compressed += (await count.end())[0]!;
  }
  return { bytes, gzip: compressed, exact: true };
}

/** The sizes that a checkpoint's files would have. */
export async function sizesWritten(
  checkpoint: Checkpoint,
  format: WritableFormat,
  signal: AbortSignal,
): Promise<Sizes> {
  const total = checkpoint.tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const sample = total > EXACT_TO ? new BlockSample(total, gzip) : undefined;
  const directory = new CountingDirectory(sample ? { sample } : { count: gzip });
  await writeCheckpoint(checkpoint, directory, { format, shardBytes: SHARD_BYTES, signal });
  const { files } = directory;
  return {
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    gzip: sample ? sample.estimate()[0]! : files.reduce((sum, { compressed }) => sum + compressed![0]!, 0),
    exact: !sample,
  };
}
