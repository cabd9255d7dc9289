import { checkBoolean, checkInteger, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { pathSink, splitPath } from '../access/platform.ts';
import { directorySink, memorySink, type Sink, type WritableDirectory } from '../access/sink.ts';
import { checkCheckpoint, checkListening } from '../check-checkpoint.ts';
import type { Checkpoint, CheckpointTensor } from '../checkpoint.ts';
import type { FilePlan } from '../formats/file-plan.ts';
import { indexOf, planSafetensors, shardsOf } from '../formats/safetensors/plan-safetensors.ts';
import { planTfjs, shardName } from '../formats/tfjs/plan-tfjs.ts';
import { drain } from './drain.ts';
import { type ConvertedTensor, encodeAll } from './encode-for.ts';
import type { WritableFormat, WriteCheckpointOptions } from './write-options.ts';

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
  /** What the format cannot hold beside tensors: `modelJson`, `metadata`. */
  dropped: string[];
}

/** Where a checkpoint is written: a path (Node), a Map that takes files by name, or a directory handle (pages). */
export type CheckpointTarget = string | Map<string, Uint8Array> | WritableDirectory;

const FORMATS: readonly WritableFormat[] = ['tfjs', 'safetensors', 'npz', 'npy'];
const ENDINGS: readonly (readonly [RegExp, WritableFormat])[] = [
  [/\.json$/i, 'tfjs'],
  [/\.safetensors$/i, 'safetensors'],
  [/\.npz$/i, 'npz'],
  [/\.npy$/i, 'npy'],
];
const MAIN: Record<WritableFormat, string> = {
  tfjs: 'model.json',
  safetensors: 'model.safetensors',
  npz: 'model.npz',
  npy: 'tensor.npy',
};

async function sinkOf(target: CheckpointTarget, format: WritableFormat): Promise<{ sink: Sink; main: string }> {
  if (target instanceof Map) return { sink: memorySink(target), main: MAIN[format] };
  if (typeof target !== 'string') return { sink: directorySink(target), main: MAIN[format] };
  const named = ENDINGS.some(([ending, known]) => known === format && ending.test(target));
  const { folder, file } = named ? await splitPath(target) : { folder: target, file: MAIN[format] };
  return { sink: await pathSink(folder), main: file };
}

function formatOf(target: CheckpointTarget, checkpoint: Checkpoint, given: WritableFormat | undefined): WritableFormat {
  if (given !== undefined) return given;
  const ending = typeof target === 'string' ? ENDINGS.find(([known]) => known.test(target))?.[1] : undefined;
  return ending ?? (checkpoint.format === 'gguf' ? 'safetensors' : checkpoint.format);
}

/** The files of a checkpoint: weight files first, the index, if there is one, last. */
async function plan(
  { extras }: Checkpoint,
  tensors: readonly CheckpointTensor[],
  format: WritableFormat,
  { sink, main }: { sink: Sink; main: string },
  shardBytes: number | undefined,
): Promise<FilePlan[]> {
  const text = (file: string, json: string): FilePlan => ({ file, parts: [{ bytes: new TextEncoder().encode(json) }] });
  const metadata = extras.metadata ?? {};
  if (format === 'npz') return [(await import('../formats/npz/plan-npz.ts')).planNpz(main, tensors)];
  if (format === 'npy') {
    checkRange(tensors.length === 1, 'writeCheckpoint: an npy file must hold one tensor', tensors.length);
    return [(await import('../formats/npz/plan-npz.ts')).planNpy(main, tensors[0]!)];
  }
  if (format === 'tfjs') {
    // Names that the model already there does not use: it stays whole until the new model.json is in place.
    let round = 0;
    const name = (g: number, i: number, n: number): string =>
      round === 0 ? shardName(g, i, n) : shardName(g, i, n).replace(/\.bin$/, `.${round}.bin`);
    for (;;) {
      const made = planTfjs(tensors, extras, { shardBytes: shardBytes ?? 4 * 2 ** 20, name });
      const taken = await Promise.all(made.shards.map(({ file }) => sink.has(file)));
      if (!taken.includes(true)) return [...made.shards, text(main, made.json)];
      round++;
    }
  }
  const shards = shardsOf(tensors, shardBytes ?? 5e9);
  if (shards.length === 1) return [planSafetensors(main, tensors, metadata)];
  const stem = main.replace(/\.safetensors$/i, '');
  const number = (i: number): string => String(i).padStart(5, '0');
  for (let round = 0; ; round++) {
    const named = shards.map((group, i) => ({
      file: `${stem}${round ? `.${round}` : ''}-${number(i + 1)}-of-${number(shards.length)}.safetensors`,
      tensors: group,
    }));
    if ((await Promise.all(named.map(({ file }) => sink.has(file)))).includes(true)) continue;
    const plans = named.map(({ file, tensors: group }) => planSafetensors(file, group, metadata));
    return [...plans, text(`${stem}.safetensors.index.json`, indexOf(named))];
  }
}

function checkWriteOptions(options: WriteCheckpointOptions): void {
  checkOptions('writeCheckpoint', options, ['format', 'shardBytes', 'overwrite', 'onProgress', 'signal']);
  const { format, shardBytes, overwrite } = options;
  checkRange(
    format === undefined || FORMATS.includes(format),
    `writeCheckpoint: format must be one of ${FORMATS.join(', ')}`,
    format,
  );
  if (shardBytes !== undefined) checkInteger('writeCheckpoint', 'shardBytes', shardBytes, 1);
  if (overwrite !== undefined) checkBoolean('writeCheckpoint', 'overwrite', overwrite);
  checkListening('writeCheckpoint', options);
}

/**
 * Writes a checkpoint, tensor after tensor, in memory of a few megabytes. Files are written under a temporary name, flushed and
 * renamed, the index last; a failure or an abort leaves nothing behind and what was there as it was.
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
 * @param target - a path of a file or folder in Node, a Map that takes the files by name, or a directory handle in a page
 * @param options - see {@link WriteCheckpointOptions}
 * @returns what was written, in which form, and what was dropped
 * @throws RangeError when a file is there and `overwrite` is not set; TypeError when the format cannot hold a dtype
 */
export async function writeCheckpoint(
  checkpoint: Checkpoint,
  target: CheckpointTarget,
  options: WriteCheckpointOptions = {},
): Promise<WriteReport> {
  checkCheckpoint('writeCheckpoint', 'checkpoint', checkpoint);
  checkType(
    (typeof target === 'string' && target !== '') ||
      target instanceof Map ||
      (typeof target === 'object' && (target as WritableDirectory | null)?.kind === 'directory'),
    'writeCheckpoint: target must be a path, a Map or a directory handle',
    target,
  );
  checkWriteOptions(options);
  const format = formatOf(target, checkpoint, options.format);
  const { encoded, converted } = encodeAll(checkpoint.tensors, format, 'writeCheckpoint');
  const place = await sinkOf(target, format);
  const plans = await plan(checkpoint, encoded, format, place, options.shardBytes);
  if (!options.overwrite)
    for (const { file } of plans)
      checkRange(
        !(await place.sink.has(file)),
        'writeCheckpoint: target must not be there (overwrite: true replaces it)',
        `${place.sink.name}/${file}`,
      );
  const total = encoded.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const files = await drain(plans, place.sink, total, options);
  const { modelJson, metadata } = checkpoint.extras;
  const dropped = [
    ...(format !== 'tfjs' && (modelJson?.length ?? 0) > 0 ? ['modelJson'] : []),
    ...(format !== 'safetensors' && Object.keys(metadata ?? {}).length > 0 ? ['metadata'] : []),
  ];
  return { format, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), converted, dropped };
}
