import { memoryFiles } from '../access/memory-files.ts';
import { oneWriter } from '../access/one-writer.ts';
import { pathTarget } from '../access/platform.ts';
import type { Own, Sink } from '../access/sink.ts';
import type { Checkpoint, CheckpointTensor } from '../checkpoint.ts';
import { planSafetensors } from '../formats/safetensors/plan-safetensors.ts';
import { TFJS_DTYPES } from '../formats/tfjs/plain-entry.ts';
import { ownShardName, planTfjs, shardName } from '../formats/tfjs/plan-tfjs.ts';
import type { encodeAll } from './encode-for.ts';
import type { Place } from './place.ts';
import { writeFile } from './write-file.ts';
import { writeIndexed } from './write-indexed.ts';
import type { WritableFormat, WriteCheckpointOptions } from './write-options.ts';
import type { CheckpointTarget, WriteReport, WrittenFile } from './write-report.ts';
import { writeSharded } from './write-sharded.ts';

/** The name of the file that a format is opened by. */
const mainOf = (format: WritableFormat): string =>
  format === 'tfjs' ? 'model.json' : format === 'npy' ? 'tensor.npy' : `model.${format}`;

async function sinkOf(target: Exclude<CheckpointTarget, URL | string>): Promise<Sink> {
  if (target instanceof Map) return oneWriter(memoryFiles(target));
  const directories = await import(/* webpackChunkName: "weightkit-directory-files" */ '../access/directory-files.ts');
  return oneWriter(directories.directoryFiles(target));
}

async function writeTfjs(
  { extras }: Checkpoint,
  tensors: readonly CheckpointTensor[],
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const { shardBytes = 4 * 2 ** 20 } = options;
  const make = (own: Own | null) => {
    const name = own ? ownShardName(own.weightsName) : shardName;
    const { shards, json } = planTfjs(tensors, extras, { shardBytes, name });
    return { text: json, files: shards };
  };
  return writeIndexed({ index: place.main, make }, place, total, options);
}

async function write(
  format: WritableFormat,
  checkpoint: Checkpoint,
  tensors: readonly CheckpointTensor[],
  place: Place,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (format === 'tfjs') return writeTfjs(checkpoint, tensors, place, total, options);
  const { extras } = checkpoint;
  if (format === 'safetensors') {
    const plan = (file: string, some: readonly CheckpointTensor[]) =>
      planSafetensors(file, some, extras.metadata ?? {});
    return writeSharded(format, plan, tensors, place, total, options);
  }
  const others = await import(/* webpackChunkName: "weightkit-write-others" */ './write-others.ts');
  return others.writeOthers(format, extras, tensors, place, total, options, { writeFile, writeSharded });
}

/** Whether the two usual formats hold a tensor as it is. */
const isHeld = ({ dtype, encoding: { kind } }: CheckpointTensor, format: WritableFormat): boolean =>
  format === 'tfjs'
    ? kind === 'affine' || kind === 'float16' || (kind === 'plain' && TFJS_DTYPES.includes(dtype))
    : format === 'safetensors' && kind === 'plain' && dtype !== 'string';

/** Tensors as a format holds them; what changes their form, or refuses it, is loaded where one is not held. */
async function encodedFor(
  tensors: readonly CheckpointTensor[],
  format: WritableFormat,
): Promise<Awaited<ReturnType<typeof encodeAll>>> {
  if (tensors.every((tensor) => isHeld(tensor, format))) return { encoded: [...tensors], converted: [] };
  const forms = await import(/* webpackChunkName: "weightkit-encode-for" */ './encode-for.ts');
  return forms.encodeAll(tensors, format, 'writeCheckpoint');
}

/** {@link writeCheckpoint} of arguments that have been checked. */
export async function writeFiles(
  checkpoint: Checkpoint,
  target: CheckpointTarget,
  options: WriteCheckpointOptions,
): Promise<WriteReport> {
  const path = typeof target === 'string' || target instanceof URL ? await pathTarget(target) : undefined;
  const own = checkpoint.format === 'gguf' ? 'safetensors' : checkpoint.format;
  const format = options.format ?? path?.format ?? own;
  const { encoded, converted } = await encodedFor(checkpoint.tensors, format);
  const { identity } = checkpoint;
  const main = mainOf(format);
  const where = path ? await path.open(format, main) : { sink: await sinkOf(target as Map<string, Uint8Array>), main };
  const place: Place = identity === undefined ? where : { ...where, identity };
  const files = await write(format, checkpoint, encoded, place, options);
  const { modelJson, metadata, arrays } = checkpoint.extras;
  const dropped = [
    ...(format !== 'tfjs' && format !== 'compact' && (modelJson?.length ?? 0) > 0 ? ['modelJson'] : []),
    ...(format !== 'safetensors' && format !== 'compact' && Object.keys(metadata ?? {}).length > 0 ? ['metadata'] : []),
    ...(Object.keys(arrays ?? {}).length > 0 ? ['arrays'] : []),
  ];
  return { format, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), converted, dropped };
}
