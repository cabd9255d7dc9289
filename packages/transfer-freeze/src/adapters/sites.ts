import { type LayerLike, type SkippedWeight, type Weight, type WeightFilter, weightsOf } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { adaptedMatrix } from './adapted-matrix.ts';
import type { Site } from './adapter.ts';

/** Which weights get adapters. */
export interface Wanted {
  filter: WeightFilter | undefined;
  /** Rank of each: of what small weights take, where none was given; 0 for adapters without one. */
  rank: number;
  isGiven: boolean;
}

/** The weights that get adapters, and those that were asked for and cannot. */
export function sitesOf(
  fn: string,
  model: LayerLike,
  all: readonly Weight[],
  trained: ReadonlySet<string>,
  { rank, isGiven, filter }: Wanted,
): { sites: Site[]; skipped: SkippedWeight[] } {
  const asked = filter === undefined ? all : weightsOf(model, filter, fn);
  const sites: Site[] = [];
  const skipped: SkippedWeight[] = [];
  for (const weight of asked) {
    const { path, dtype } = weight;
    const matrix = adaptedMatrix(weight);
    if (matrix && dtype === 'float32' && !trained.has(path))
      sites.push({ weight, matrix, rank: isGiven ? rank : Math.min(rank, matrix.rows, matrix.cols) });
    else if (filter !== undefined)
      skipped.push({
        path,
        reason: trained.has(path) ? 'it trains as it is' : 'it has no inputs and outputs to put an adapter between',
      });
  }
  checkRange(
    sites.length > 0,
    `${fn}: model must have a weight for an adapter`,
    asked.map(({ path }) => path),
  );
  const small = sites.filter(({ matrix: { rows, cols }, rank: own }) => own > Math.min(rows, cols));
  checkRange(
    small.length === 0,
    `${fn}: rank must not be above the inputs or outputs of a weight: ${small
      .map(({ weight: { path }, matrix: { rows, cols } }) => `${path} has ${rows} and ${cols}`)
      .join('; ')}`,
    rank,
  );
  return { sites, skipped };
}
