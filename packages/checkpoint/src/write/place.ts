import { checkRange } from '@weightkit/numerics/check';
import type { Sink } from '../access/sink.ts';
import type { WriteCheckpointOptions } from './write-options.ts';

/** Where files go, and the name of the one that a format is opened by. */
export interface Place {
  sink: Sink;
  main: string;
  /** The checkpoint's. */
  identity?: string;
}

/** Throws where one of some files is there and may not be replaced. */
export const checkFree = async (
  files: readonly string[],
  sink: Sink,
  { overwrite }: WriteCheckpointOptions,
): Promise<void> => {
  for (const file of files)
    checkRange(
      overwrite || !(await sink.has(file)),
      'writeCheckpoint: target must not be there (overwrite: true replaces it)',
      `${sink.name}/${file}`,
    );
};
