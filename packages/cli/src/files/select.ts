import { type Checkpoint, mapCheckpoint, tensorMatcher } from '@weightkit/checkpoint';
import { UsageError } from '../output/usage-error.ts';

/** Part `part` of `of`. */
export interface Shard {
  readonly part: number;
  readonly of: number;
}

/** Which tensors of a checkpoint. */
export interface Selection {
  readonly filter?: readonly string[] | undefined;
  readonly shard?: Shard | undefined;
}

/**
 * The tensors that a selection leaves, still lazy: those of which a name or glob of `filter` is one, and of these the i-th of n parts:
 * runs of neighbors, each with about the same bytes, so that n machines share the work.
 *
 * @throws UsageError when nothing is left
 */
export function select(checkpoint: Checkpoint, { filter, shard }: Selection): Checkpoint {
  const matches = filter === undefined ? () => true : tensorMatcher('weightkit', [...filter]);
  const chosen = checkpoint.tensors.filter(matches);
  if (filter !== undefined && chosen.length === 0)
    throw new UsageError(
      `--filter must match a tensor, got ${filter.map((one) => `'${one}'`).join(' ')}`,
      `names here: ${checkpoint.tensors
        .slice(0, 3)
        .map(({ name }) => name)
        .join(', ')}${checkpoint.tensors.length > 3 ? ', ...' : ''}; * stays inside one part of a name, ** crosses /`,
    );
  const total = chosen.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let at = 0;
  const inShard = chosen.filter(({ byteLength }, i) => {
    // By the middle of its bytes; without bytes by its place.
    const share = total > 0 ? (at + byteLength / 2) / total : i / chosen.length;
    at += byteLength;
    return shard === undefined || Math.min(shard.of - 1, Math.floor(share * shard.of)) === shard.part - 1;
  });
  if (inShard.length === checkpoint.tensors.length) return checkpoint;
  const kept = new Set(inShard);
  const identity = `select ${JSON.stringify([filter, shard])}`;
  return mapCheckpoint(checkpoint, (tensor) => (kept.has(tensor) ? tensor : null), { identity });
}
