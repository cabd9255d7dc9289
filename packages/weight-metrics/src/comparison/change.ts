import { relative } from '../statistics/distance.ts';
import type { Values } from '../values/read-values.ts';

/** How far entries went. */
export interface WeightChange {
  /** Number of entries. */
  parameters: number;
  /** Entries that differ as numbers; one that is NaN on both sides does not. */
  changed: number;
  /** Entries that are NaN or infinite on either side; all that follows leaves them out. */
  nonFinite: number;
  /** ‖after - before‖. */
  l2: number;
  /** l2 / ‖before‖; 0 when both are 0, Infinity when only ‖before‖ is. */
  relative: number;
  /** Cosine of the angle between before and after; 0 when either is all zeros. */
  cosine: number;
  /** Largest |after - before|. */
  maxAbs: number;
  /** Entries that went from below 0 to above 0 or back. */
  signFlips: number;
  /** Entries that became 0. */
  zerosGained: number;
  /** Entries that were 0 and are not any more. */
  zerosLost: number;
}

/** Running sums of {@link WeightChange}, of entries times a scale; extremes and counts are of the entries themselves. */
export interface ChangeSums extends Omit<WeightChange, 'l2' | 'relative' | 'cosine'> {
  before: number;
  after: number;
  dot: number;
  change: number;
  scale: number;
}

/**
 * Sums of nothing.
 *
 * @param scale - a power of two at which squares of the entries stay in float64's range: 1 for float32, int32 and smaller
 */
export const noChange = (scale = 1): ChangeSums => ({
  parameters: 0,
  changed: 0,
  nonFinite: 0,
  before: 0,
  after: 0,
  dot: 0,
  change: 0,
  maxAbs: 0,
  signFlips: 0,
  zerosGained: 0,
  zerosLost: 0,
  scale,
});

/** Adds a stretch of entries to sums, which it returns. */
export function addChange(sums: ChangeSums, before: Values, after: Values): ChangeSums {
  const { scale } = sums;
  sums.parameters += before.length;
  for (let i = 0; i < before.length; i++) {
    const [b, a] = [before[i]!, after[i]!];
    if (!(a === b || (Number.isNaN(a) && Number.isNaN(b)))) sums.changed++;
    if (a - a !== 0 || b - b !== 0) {
      sums.nonFinite++;
      continue;
    }
    const [bs, as] = [b * scale, a * scale];
    sums.before += bs * bs;
    sums.after += as * as;
    sums.dot += as * bs;
    sums.change += (as - bs) ** 2;
    sums.maxAbs = Math.max(sums.maxAbs, Math.abs(a - b));
    if ((a < 0 && b > 0) || (a > 0 && b < 0)) sums.signFlips++;
    if (a === 0 && b !== 0) sums.zerosGained++;
    if (a !== 0 && b === 0) sums.zerosLost++;
  }
  return sums;
}

/** What the sums say. */
export function measuresOf({ before, after, dot, change, scale, ...delta }: ChangeSums): WeightChange {
  const l2 = Math.sqrt(change);
  // At this scale no square leaves float64's range, nor does the product of two sums of them.
  const norms = Math.sqrt(before * after);
  return {
    ...delta,
    l2: l2 / scale,
    relative: relative(l2, Math.sqrt(before)),
    cosine: norms === 0 ? 0 : Math.min(1, Math.max(-1, dot / norms)),
  };
}
