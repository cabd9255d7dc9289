import type { CheckpointTensor } from '../checkpoint.ts';
import { checkFree, type Place } from './place.ts';
import type { PlanShard } from './plan-shards.ts';
import { writeFile } from './write-file.ts';
import { writeIndexed } from './write-indexed.ts';
import type { WriteCheckpointOptions } from './write-options.ts';
import type { WrittenFile } from './write-report.ts';

/**
 * One file, or shards and their index where there are more bytes than a file may have; each replaces the other of the same name, which
 * readers might take for the model. What cuts tensors into shards is loaded when there are any.
 */
export async function writeSharded(
  ending: 'safetensors' | 'compact',
  plan: PlanShard,
  tensors: readonly CheckpointTensor[],
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const { sink, main } = place;
  const { shardBytes = 5e9 } = options;
  const stem = main.replace(new RegExp(`\\.${ending}$`, 'i'), '');
  const index = `${stem}.${ending}.index.json`;
  const shards =
    total > shardBytes ? await import(/* webpackChunkName: "weightkit-plan-shards" */ './plan-shards.ts') : undefined;
  const make = shards?.planShards(tensors, shardBytes, stem, ending, plan);
  if (make) {
    await checkFree([main], sink, options);
    const written = await writeIndexed({ index, make }, place, total, options);
    if (await sink.has(main)) await sink.remove(main).catch(() => undefined);
    return written;
  }
  await checkFree([index], sink, options);
  const file = await writeFile(plan(main, tensors, 0), place, total, options);
  // It is written; what cannot be deleted now, a later write deletes.
  if (await sink.has(index)) await sink.removeIndex(index).catch(() => undefined);
  return file;
}
