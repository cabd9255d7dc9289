import { checkBoolean, checkInteger, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { WritableDirectory } from '../access/sink.ts';
import { checkCheckpoint } from '../check-checkpoint.ts';
import { checkListening } from '../check-listening.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { WritableFormat, WriteCheckpointOptions } from './write-options.ts';
import type { CheckpointTarget, WriteReport } from './write-report.ts';

/** What writes, which is loaded with the first write: most pages only read. */
export async function writing() {
  // The one place that names it: from a second one, bundlers would make an object of the whole module.
  const { writeFiles } = await import(/* webpackChunkName: "weightkit-write-files" */ './write-files.ts');
  return writeFiles;
}

const FORMATS: readonly WritableFormat[] = ['tfjs', 'safetensors', 'npz', 'npy', 'compact'];
function checkWriteOptions(options: WriteCheckpointOptions): void {
  checkOptions('writeCheckpoint', options, ['format', 'shardBytes', 'overwrite', 'resume', 'onProgress', 'signal']);
  const { format, shardBytes, overwrite, resume } = options;
  checkRange(
    format === undefined || FORMATS.includes(format),
    `writeCheckpoint: format must be one of ${FORMATS.join(', ')}`,
    format,
  );
  if (shardBytes !== undefined) checkInteger('writeCheckpoint', 'shardBytes', shardBytes, 1);
  if (overwrite !== undefined) checkBoolean('writeCheckpoint', 'overwrite', overwrite);
  if (resume !== undefined) checkBoolean('writeCheckpoint', 'resume', resume);
  checkListening('writeCheckpoint', options);
}

/**
 * Writes a checkpoint, tensor after tensor, in memory of a few megabytes. Files are written under a temporary name, flushed and
 * renamed, the index last; a failure or an abort leaves nothing behind and what was there as it was. What is replaced stays whole
 * until the new index is there; then the weight files that it alone named are deleted. Of two writes at once one is left, whole.
 * With `resume` a write that is cut off leaves what is whole beside the target, and the same call goes on from there.
 *
 * Another format keeps every value: float16 becomes TensorFlow.js's float16 quantization and back, bfloat16 becomes float32 where
 * a format has none; what cannot be kept is refused (tensors) or reported (metadata).
 *
 * @example
 * const weightSpecs = [{ name: 'a', shape: [2], dtype: 'float32' }];
 * const checkpoint = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(1, 2).buffer });
 * const files = new Map();
 * const report = await writeCheckpoint(checkpoint, files, { format: 'safetensors' });
 * console.log(report.files[0].file); // -> model.safetensors
 *
 * @param checkpoint - of `openCheckpoint` or `mapCheckpoint`; borrowed, and still open afterwards
 * @param target - a path or `file:` URL of a file or folder in Node, a Map that takes the files by name, or a directory handle in a page
 * @param options - see {@link WriteCheckpointOptions}
 * @returns what was written, in which form, and what was dropped
 * @throws RangeError when the target is there and `overwrite` is not set; TypeError when the format cannot hold a dtype
 */
export async function writeCheckpoint(
  checkpoint: Checkpoint,
  target: CheckpointTarget,
  options: WriteCheckpointOptions = {},
): Promise<WriteReport> {
  checkCheckpoint('writeCheckpoint', 'checkpoint', checkpoint);
  checkType(
    (typeof target === 'string' && target.trim() !== '') ||
      target instanceof URL ||
      target instanceof Map ||
      (typeof target === 'object' && (target as WritableDirectory | null)?.kind === 'directory'),
    'writeCheckpoint: target must be a path, a Map or a directory handle',
    target,
  );
  checkWriteOptions(options);
  const write = await writing();
  return write(checkpoint, target, options);
}
