import type { WritableDirectory } from '../access/sink.ts';
import type { ConvertedTensor } from './encode-for.ts';
import type { WritableFormat } from './write-options.ts';

/** A file that was written. */
export interface WrittenFile {
  /** Its name below the target's folder. */
  file: string;
  /** Its length. */
  bytes: number;
}

/** What was written. */
export interface WriteReport {
  /** The format. */
  format: WritableFormat;
  /** The files by name, in the order in which they were made whole; the index comes last. */
  files: WrittenFile[];
  /** Bytes of all files. */
  bytes: number;
  /** Tensors whose form the format does not have and that were written in one that has the same values. */
  converted: ConvertedTensor[];
  /** What the format cannot hold beside tensors: `modelJson`, `metadata`, `arrays`. */
  dropped: string[];
}

/** Where a checkpoint is written: a path or a `file:` URL (Node), a Map that takes files by name, or a directory handle (pages). */
export type CheckpointTarget = string | URL | Map<string, Uint8Array> | WritableDirectory;
