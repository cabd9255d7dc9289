import type { MaskedWeight } from './masked-weight.ts';
import type { UnprunedWeight } from './plan.ts';

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

/** What a pruning did and what it left out; the totals are over the weights under masks. */
export interface PruningReport extends Share {
  /** The weights under masks, in the model's order. */
  weights: PrunedWeight[];
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

/** The report of masks in place; plain data. */
export const reportOf = (entries: readonly MaskedWeight[], skipped: readonly UnprunedWeight[]): PruningReport => ({
  weights: entries.map(({ weight: { path, shape }, bits, zeros }) => ({
    path,
    shape: [...shape],
    ...share(zeros, bits.length),
  })),
  skipped: skipped.map((entry) => ({ ...entry })),
  ...totalShare(entries),
});
