import { type Checkpoint, openCheckpoint, type WritableFormat, writeCheckpoint } from '@weightkit/checkpoint';
import { BlobDirectory } from './blob-directory.ts';
import { changeOf } from './change.ts';
import { certify } from './command.ts';
import type { Change, Saved } from './protocol.ts';
import { SHARD_BYTES } from './sizes.ts';

/** What is to be saved, and how. */
interface Order {
  change: Change;
  format: WritableFormat;
  /** What the files are called where the format has no say in it. */
  stem: string;
  folder: FileSystemDirectoryHandle | null;
  onProgress: (done: number) => void;
  signal: AbortSignal;
}

/** A file's own name for what has no index that names it. */
const nameOf = (file: string, stem: string): string =>
  file.endsWith('.json') || file.endsWith('.bin') ? file : file.replace(/^(model|tensor)(?=[.-])/, stem);

/** Writes a changed model, reads it back, and compares it with what it was made from. */
export async function save(checkpoint: Checkpoint, order: Order): Promise<Saved> {
  const { change, format, stem, folder, onProgress, signal } = order;
  const { pruned, made } = await changeOf(checkpoint, change, format, signal);
  const blobs = new BlobDirectory();
  const { files } = await writeCheckpoint(made, (folder as never) ?? blobs, {
    format,
    ...(folder ? {} : { shardBytes: SHARD_BYTES }),
    onProgress: ({ bytes, total }) => onProgress(bytes / Math.max(1, total)),
    signal,
  });
  // The index is made last.
  const main = files.at(-1)!.file;
  const written = folder
    ? format === 'tfjs'
      ? folder
      : await (await folder.getFileHandle(main)).getFile()
    : files.map(({ file }) => new File([blobs.files.get(file)!], file));
  const again = await openCheckpoint(written, { signal });
  try {
    const { compared, largestError, broken } = await certify(pruned, again, signal);
    return {
      files: files.map(({ file, bytes }) => ({
        name: folder ? file : nameOf(file, stem),
        file: folder ? null : blobs.files.get(file)!,
        bytes,
      })),
      compared,
      largest: largestError,
      broken,
    };
  } finally {
    await again.close();
  }
}
