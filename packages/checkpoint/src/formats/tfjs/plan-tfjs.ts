import type { CheckpointTensor, Extras } from '../../checkpoint.ts';
import type { FilePart, FilePlan } from '../file-plan.ts';
import { manifestEntry, type Notation, PYTHON } from './manifest-entry.ts';

interface Piece {
  tensor: CheckpointTensor;
  begin: number;
  end: number;
}

/** Cuts tensors that lie one after the other into files of so many bytes; a tensor may straddle two. */
function cut(tensors: readonly CheckpointTensor[], shardBytes: number): { pieces: Piece[]; size: number }[] {
  const shards: { pieces: Piece[]; size: number }[] = [{ pieces: [], size: 0 }];
  for (const tensor of tensors)
    for (let begin = 0; begin < tensor.byteLength; ) {
      let shard = shards.at(-1)!;
      if (shard.size === shardBytes) {
        shard = { pieces: [], size: 0 };
        shards.push(shard);
      }
      const end = Math.min(tensor.byteLength, begin + shardBytes - shard.size);
      shard.pieces.push({ tensor, begin, end });
      shard.size += end - begin;
      begin = end;
    }
  return shards;
}

/** A part of a tensor, as a tensor of bytes. */
const partOf = ({ tensor, begin, end }: Piece): FilePart =>
  begin === 0 && end === tensor.byteLength ? { tensor } : { tensor, begin, end };

/** Splits the tensors as the source's groups had them, when all are there; into one group else. */
function groupsOf(tensors: readonly CheckpointTensor[], groups: readonly number[] = []): CheckpointTensor[][] {
  if (groups.reduce((sum, count) => sum + count, 0) !== tensors.length || groups.length === 0) return [[...tensors]];
  let at = 0;
  return groups.map((count) => {
    at += count;
    return tensors.slice(at - count, at);
  });
}

/** Names a weight file: group and shard from 1, and how many shards the group has. */
export type ShardName = (group: number, shard: number, of: number) => string;

/** A weight file's name, the converter's: `group1-shard1of2.bin`. */
export const shardName: ShardName = (group, shard, of) => `group${group}-shard${shard}of${of}.bin`;

/** Names with what no other write has in its own: `model.weights-<id>.bin`, with group and shard where it is not alone. */
export const ownShardName =
  (weightsName: string): ShardName =>
  (group, shard, of) =>
    group === 1 && of === 1 ? weightsName : weightsName.replace(/\.bin$/, `-${group}-${shard}of${of}.bin`);

/**
 * model.json and weight files as the Python converter writes them: groups in order, each cut into shards, the other entries
 * of model.json as they stood in the source.
 */
export function planTfjs(
  tensors: readonly CheckpointTensor[],
  { modelJson = [], groups, entries }: Extras,
  { shardBytes, name, notation = PYTHON }: { shardBytes: number; name: ShardName; notation?: Notation },
): { shards: FilePlan[]; json: string } {
  const shards: FilePlan[] = [];
  const manifest = groupsOf(tensors, groups).map((group, g) => {
    const files = cut(group, shardBytes);
    const paths = files.map(({ pieces }, i) => {
      const file = name(g + 1, i + 1, files.length);
      shards.push({ file, parts: pieces.map(partOf) });
      return file;
    });
    return { paths, weights: group.map((tensor) => manifestEntry(tensor, entries?.get(tensor.name), notation)) };
  });
  const texts = [...modelJson, ['weightsManifest', notation.json(manifest)] as const].map(
    ([key, text]) => notation.json(key) + notation.colon + text,
  );
  return { shards, json: `{${texts.join(notation.comma)}}` };
}
