import { hasGroups } from '../structures/structure.ts';
import type { MaskedWeight } from './masked-weight.ts';
import type { Plan, UnprunedWeight } from './plan.ts';
import type { Selection } from './select.ts';

/** A number of entries and how many of them are zero. */
export interface Share {
  /** The entries. */
  parameters: number;
  /** Those of them that a mask sets to 0. */
  zeros: number;
  /** `zeros / parameters`; 0 where there are no entries. */
  sparsity: number;
}

/** A weight under a mask. */
export interface PrunedWeight extends Share {
  /** The weight's path. */
  path: string;
  /** Its shape. */
  shape: number[];
}

/** The groups of a layer or weight under masks. */
export interface PrunedGroups {
  /** The layer's path where several of its weights go together, else the weight's. */
  name: string;
  /** The weights that have entries in the groups, biases and BatchNorm among them. */
  weights: string[];
  /** How many groups there are: units, channels, slices, blocks. */
  groups: number;
  /** The numbers of those that are pruned, in order. */
  pruned: number[];
}

/** What a pruning did and what it left out; the totals are over the weights under masks. */
export interface PruningReport extends Share {
  /** The weights under masks, in the model's order. */
  weights: PrunedWeight[];
  /** What goes together by the structure; empty for entries and `{ n, m }`. */
  groups: PrunedGroups[];
  /** The model's other weights. */
  skipped: UnprunedWeight[];
}

const share = (zeros: number, parameters: number): Share => ({
  parameters,
  zeros,
  sparsity: parameters === 0 ? 0 : zeros / parameters,
});

/** The zeros over all masks. */
export const totalShare = (entries: readonly MaskedWeight[]): Share =>
  share(
    entries.reduce((sum, { zeros }) => sum + zeros, 0),
    entries.reduce((sum, { bits }) => sum + bits.length, 0),
  );

function groupsOf({ sets, structure }: Plan, { kept }: Selection): PrunedGroups[] {
  if (!hasGroups(structure)) return [];
  return sets.map(({ name, groups, members }, s) => ({
    name,
    weights: [...new Set(members.map(({ weight }) => weight.path))],
    groups,
    pruned: Array.from(kept[s]!).flatMap((bit, i) => (bit === 0 ? [i] : [])),
  }));
}

/** The report of masks in place; plain data. */
export const reportOf = (entries: readonly MaskedWeight[], plan: Plan, selection: Selection): PruningReport => ({
  weights: entries.map(({ weight: { path, shape }, bits, zeros }) => ({
    path,
    shape: [...shape],
    ...share(zeros, bits.length),
  })),
  groups: groupsOf(plan, selection),
  skipped: plan.skipped.map((entry) => ({ ...entry })),
  ...totalShare(entries),
});
