import { checkRange } from '@weightkit/numerics/check';
import type { Files, OutFile, Own, Sink } from '../access/sink.ts';
import type { CheckpointTensor } from '../checkpoint.ts';
import type { FilePart, FilePlan } from '../formats/file-plan.ts';
import type { WriteCheckpointOptions } from './write-options.ts';

/** Bytes in a piece: enough that reading is quick, and few enough that they are still in the processor's cache for what follows. */
const PIECE = 1 << 20;

/** A tensor's bytes from left to right; a tensor that straddles files is computed once. */
export class TensorStream {
  private tensor: CheckpointTensor | undefined;
  private pieces: AsyncIterator<Uint8Array> | undefined;
  private rest: Uint8Array = new Uint8Array(0);
  private at = 0;

  private async start(tensor: CheckpointTensor): Promise<void> {
    await this.stop();
    this.tensor = tensor;
    this.pieces = tensor.byteChunks(PIECE)[Symbol.asyncIterator]();
    this.at = 0;
  }

  async stop(): Promise<void> {
    this.rest = new Uint8Array(0);
    await this.pieces?.return?.();
    this.pieces = undefined;
    this.tensor = undefined;
  }

  async *read(tensor: CheckpointTensor, begin: number, end: number): AsyncGenerator<Uint8Array> {
    if (this.tensor !== tensor || this.at !== begin) await this.start(tensor);
    while (this.at < end) {
      if (this.rest.length === 0) {
        const { value, done } = await this.pieces!.next();
        checkRange(!done, `writeCheckpoint: tensor ${tensor.name} must give ${tensor.byteLength} bytes`, this.at);
        this.rest = value;
      }
      // What was written before a write was cut off is computed and passed over.
      const skipped = this.at < begin;
      const piece = this.rest.subarray(0, (skipped ? begin : end) - this.at);
      this.rest = this.rest.subarray(piece.length);
      this.at += piece.length;
      if (!skipped) yield piece;
    }
    if (end < tensor.byteLength) return;
    const more = this.rest.length > 0 ? false : (await this.pieces!.next()).done;
    checkRange(more === true, `writeCheckpoint: tensor ${tensor.name} must give ${tensor.byteLength} bytes`, 'more');
    await this.stop();
  }
}

/** How far a write has come. */
export interface Progress {
  bytes: number;
  readonly total: number;
}

/** Writes a part of a file; gives its length. */
export async function writePart(
  out: Pick<OutFile, 'write'>,
  part: FilePart,
  stream: TensorStream,
  progress: Progress,
  { onProgress, signal }: WriteCheckpointOptions,
): Promise<number> {
  signal?.throwIfAborted();
  if (!('tensor' in part)) {
    const bytes = 'bytes' in part ? part.bytes : part.make();
    await out.write(bytes);
    return bytes.length;
  }
  const { tensor, begin = 0, end = tensor.byteLength, onBytes } = part;
  for await (const piece of stream.read(tensor, begin, end)) {
    signal?.throwIfAborted();
    onBytes?.(piece);
    await out.write(piece);
    progress.bytes += piece.length;
  }
  if (end === tensor.byteLength)
    await onProgress?.({ bytes: progress.bytes, total: progress.total, tensor: tensor.name });
  return end - begin;
}

/** Files that are whole and only lack their names, in the order of the plans. */
export interface Staged {
  readonly path: (i: number) => string;
  readonly bytes: readonly number[];
}

/** Writes files in order, or names those that are there, and makes each whole; after a failure none of them is left. */
export async function drain(
  plans: readonly FilePlan[],
  sink: Files,
  total: number,
  options: WriteCheckpointOptions,
  staged?: Staged,
): Promise<{ file: string; bytes: number }[]> {
  const stream = new TensorStream();
  const progress: Progress = { bytes: 0, total };
  const fresh: string[] = [];
  const files: { file: string; bytes: number }[] = [];
  let out: OutFile | undefined;
  try {
    for (const [i, { file, parts }] of plans.entries()) {
      const wasThere = await sink.has(file);
      if (staged) {
        options.signal?.throwIfAborted();
        await sink.adopt!(staged.path(i), file, options.overwrite ?? false);
        if (!wasThere) fresh.push(file);
        files.push({ file, bytes: staged.bytes[i]! });
        continue;
      }
      out = await sink.create(file, options.overwrite ?? false);
      let bytes = 0;
      for (const part of parts) bytes += await writePart(out, part, stream, progress, options);
      options.signal?.throwIfAborted();
      await out.commit();
      out = undefined;
      if (!wasThere) fresh.push(file);
      files.push({ file, bytes });
    }
    return files;
  } catch (error) {
    await stream.stop().catch(() => undefined);
    await out?.discard().catch(() => undefined);
    for (const file of fresh) await sink.remove(file).catch(() => undefined);
    throw error;
  }
}

/** An index and the files that it names. */
export interface IndexPlan {
  /** The index's name. */
  readonly index: string;
  /** What will be in it. */
  readonly text: string;
  /** The files, all of them new. */
  readonly files: readonly FilePlan[];
  /** What the names of this write have in them. */
  readonly own: Own;
}

/** Writes the files of an index and then, at one stroke, the index; after a failure everything is as it was. */
export async function drainIndex(
  { index, text, files, own }: IndexPlan,
  sink: Sink,
  total: number,
  options: WriteCheckpointOptions,
  staged?: Staged,
): Promise<{ file: string; bytes: number }[]> {
  const write = await sink.begin(index, text, own);
  let written: { file: string; bytes: number }[] = [];
  try {
    written = await drain(files, write, total, options, staged);
    await write.finish(options.overwrite ?? false);
  } catch (error) {
    // The files first: without the mark of their write they would be nobody's.
    for (const { file } of written) await write.remove(file).catch(() => undefined);
    await write.abort();
    throw error;
  }
  return [...written, { file: index, bytes: new TextEncoder().encode(text).length }];
}
