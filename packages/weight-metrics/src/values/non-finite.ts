import type { Values } from './read-values.ts';

/** How many entries are NaN or infinite. */
export function countNonFinite(values: Values): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) count++;
  return count;
}
