import type { Weight } from '@weightkit/core';
import type { GroupMap } from './block-groups.ts';

/** A weight of which some entries belong to groups. */
export interface GroupMember {
  weight: Weight;
  /** The group of each entry; -1 for one that always stays. Null where each entry is the group of its index. */
  of: Int32Array | null;
  /** Whether its scores count; a bias goes with its unit and has no say. */
  votes: boolean;
}

/** Groups that are numbered together: the units of a layer, the blocks of a weight. */
export interface GroupSet {
  /** The layer's path where several weights go together, else the weight's. */
  name: string;
  /** How many groups there are. */
  groups: number;
  members: GroupMember[];
  /** Whether at least one has to stay. */
  keepsOne: boolean;
  /** The output of its layer that each entry is of, where outputs are pruned by themselves. */
  lines?: GroupMap;
}

/** The masks of weights whose groups are kept or pruned; an entry of several groups is kept if all are. */
export function expand(
  sets: readonly GroupSet[],
  kept: readonly Uint8Array[],
  weights: readonly Weight[],
  sizeOf: (weight: Weight) => number,
): Uint8Array[] {
  const masks = new Map(weights.map(({ path }) => [path, undefined as Uint8Array | undefined]));
  const sizes = new Map(weights.map((weight) => [weight.path, sizeOf(weight)]));
  for (const [s, { members }] of sets.entries()) {
    const bits = kept[s]!;
    for (const { weight, of } of members) {
      if (of === null) {
        masks.set(weight.path, bits);
        continue;
      }
      const mask = masks.get(weight.path) ?? new Uint8Array(sizes.get(weight.path)!).fill(1);
      for (let i = 0; i < of.length; i++) if (of[i]! >= 0 && bits[of[i]!] === 0) mask[i] = 0;
      masks.set(weight.path, mask);
    }
  }
  return weights.map(({ path }) => masks.get(path) ?? new Uint8Array(sizes.get(path)!).fill(1));
}
