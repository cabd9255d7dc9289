import type { Values } from './read-values.ts';

/** How many entries are NaN or infinite. */
export function countNonFinite(values: Values): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) count++;
  return count;
}

/** Why entries have no spectrum: how many of them are not finite; null where all are. */
export const whyNotFinite = (nonFinite: number): string | null =>
  nonFinite === 0 ? null : nonFinite === 1 ? '1 entry is not finite' : `${nonFinite} entries are not finite`;
