import { type Checkpoint, type CheckpointTensor, mapCheckpoint, tensorMatcher } from '@weightkit/checkpoint';
import { UsageError } from '../output/usage-error.ts';

/** Part `part` of `of`. */
export interface Shard {
  readonly part: number;
  readonly of: number;
}

/** Which tensors of a checkpoint. */
export interface Selection {
  readonly filter?: readonly string[] | undefined;
  /** Names and globs of what is left out of these. */
  readonly exclude?: readonly string[] | undefined;
  readonly shard?: Shard | undefined;
}

/** What a selection says of names. */
export function namesOf({ filter, exclude }: Selection): (tensor: CheckpointTensor) => boolean {
  const [wanted, left] = [filter, exclude].map((globs) => globs && tensorMatcher('weightkit', [...globs]));
  return (tensor) => (wanted?.(tensor) ?? true) && !left?.(tensor);
}

/**
 * The same selection of two checkpoints: what a filter matches on either side, and the part of the first one with those of the same names;
 * what only the second one has is in the last part.
 *
 * @throws UsageError when nothing is left on either side
 */
export function selectBoth(before: Checkpoint, after: Checkpoint, selection: Selection): [Checkpoint, Checkpoint] {
  const { shard, ...named } = selection;
  const matches = namesOf(named);
  const sides = [before, after].map(({ tensors }) => tensors.some(matches));
  // The error is that of one alone.
  if (!sides.includes(true)) select(before, named);
  const only = (checkpoint: Checkpoint, wanted: (name: string) => boolean): Checkpoint =>
    mapCheckpoint(checkpoint, (tensor) => (matches(tensor) && wanted(tensor.name) ? tensor : null));
  const first = only(before, () => true);
  if (shard === undefined) return [first, only(after, () => true)];
  const part = select(first, { shard });
  const [all, mine] = [first, part].map(({ tensors }) => new Set(tensors.map(({ name }) => name)));
  return [part, only(after, (name) => mine!.has(name) || (shard.part === shard.of && !all!.has(name)))];
}

/**
 * The tensors that a selection leaves, still lazy: those of which a name or glob of `filter` is one and none of
 * `exclude`, and of these the i-th of n parts:
 * runs of neighbors, each with about the same bytes, so that n machines share the work.
 *
 * @throws UsageError when nothing is left
 */
export function select(checkpoint: Checkpoint, { filter, exclude, shard }: Selection): Checkpoint {
  const chosen = checkpoint.tensors.filter(namesOf({ filter, exclude }));
  if ((filter ?? exclude) !== undefined && chosen.length === 0)
    throw new UsageError(
      `--filter and --exclude must leave a tensor, got ${[...(filter ?? []), ...(exclude ?? [])].map((one) => `'${one}'`).join(' ')}`,
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
  const identity = `select ${JSON.stringify([filter, exclude, shard])}`;
  return mapCheckpoint(checkpoint, (tensor) => (kept.has(tensor) ? tensor : null), { identity });
}
