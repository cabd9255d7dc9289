import type { Own } from '../access/sink.ts';
import type { CheckpointTensor } from '../checkpoint.ts';
import type { FilePlan } from '../formats/file-plan.ts';
import { indexOf, shardsOf } from '../formats/shards.ts';
import type { IndexPlan } from './drain.ts';

/** Plans a file, the first one or a later shard. */
export type PlanShard = (file: string, tensors: readonly CheckpointTensor[], shard: number) => FilePlan;

/** Shards and their index by what the names of a write have in them; null where one shard holds all. */
export function planShards(
  tensors: readonly CheckpointTensor[],
  shardBytes: number,
  stem: string,
  ending: string,
  plan: PlanShard,
): ((own: Own | null) => Pick<IndexPlan, 'text' | 'files'>) | null {
  const shards = shardsOf(tensors, shardBytes);
  if (shards.length === 1) return null;
  const number = (i: number): string => String(i).padStart(5, '0');
  return (own) => {
    const named = shards.map((group, i) => ({
      file: `${stem}${own ? `.${own.id}` : ''}-${number(i + 1)}-of-${number(shards.length)}.${ending}`,
      tensors: group,
    }));
    const files = named.map(({ file, tensors: group }, i) => plan(file, group, i));
    return { text: indexOf(named), files };
  };
}
