import { finiteValues, type WeightSource, weightsOf } from '@weightkit/core';
import { checkFinite, checkType } from '@weightkit/numerics/check';
import { relative } from './distance.ts';
import type { Snapshot } from './snapshot.ts';

/** One side of {@link compare}. */
export type CompareSource = WeightSource | Snapshot;

/** How far a weight went. */
export interface MatchedDelta {
  /** Path, the same on both sides. */
  path: string;
  /** Both sides have the weight, with one shape. */
  matched: true;
  /** Number of entries. */
  parameters: number;
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

/** A weight that could not be compared. */
export interface UnmatchedDelta {
  /** Path on the side that has it. */
  path: string;
  /** The weight was not compared. */
  matched: false;
  /** Why: `only before`, `only after` or the two shapes. */
  reason: string;
}

/** What {@link compare} says about one path; `matched` tells which. */
export type WeightDelta = MatchedDelta | UnmatchedDelta;

/** Values, and the shape where it is known. */
interface Side {
  values: Float32Array;
  shape: readonly number[] | null;
}

async function sideOf(name: string, source: CompareSource): Promise<Map<string, Side>> {
  const side = new Map<string, Side>();
  if (source instanceof Map) {
    for (const [path, values] of source as Snapshot) {
      checkType(values instanceof Float32Array, `compare: ${name} must map paths to Float32Arrays`, values);
      checkFinite('compare', 'weights', path, values);
      side.set(path, { values, shape: null });
    }
    return side;
  }
  for (const weight of weightsOf(source as WeightSource))
    side.set(weight.path, { values: await finiteValues('compare', weight), shape: weight.shape });
  return side;
}

function mismatch(before: Side, after: Side): string | null {
  const known = before.shape !== null && after.shape !== null;
  const same = known ? `${before.shape}` === `${after.shape}` : before.values.length === after.values.length;
  if (same) return null;
  const show = ({ values, shape }: Side) => (shape === null ? `${values.length} entries` : `[${shape}]`);
  return `${show(before)} before, ${show(after)} after`;
}

function deltaOf(path: string, before: Float32Array, after: Float32Array): MatchedDelta {
  const sums = { before: 0, after: 0, dot: 0, change: 0 };
  const delta = { maxAbs: 0, signFlips: 0, zerosGained: 0, zerosLost: 0 };
  for (let i = 0; i < before.length; i++) {
    const [b, a] = [before[i]!, after[i]!];
    sums.before += b * b;
    sums.after += a * a;
    sums.dot += a * b;
    sums.change += (a - b) ** 2;
    delta.maxAbs = Math.max(delta.maxAbs, Math.abs(a - b));
    if (a * b < 0) delta.signFlips++;
    if (a === 0 && b !== 0) delta.zerosGained++;
    if (a !== 0 && b === 0) delta.zerosLost++;
  }
  const l2 = Math.sqrt(sums.change);
  const norms = Math.sqrt(sums.before) * Math.sqrt(sums.after);
  return {
    path,
    matched: true,
    parameters: before.length,
    l2,
    relative: relative(l2, Math.sqrt(sums.before)),
    cosine: norms === 0 ? 0 : Math.min(1, Math.max(-1, sums.dot / norms)),
    ...delta,
  };
}

/**
 * How far each weight went between two models, or between snapshots of one. Weights are matched by path; what has no partner
 * or another shape is in the list too, with the reason. A snapshot knows numbers of entries, not shapes.
 *
 * @example
 * const before = await snapshot(model);
 * await model.fit(x, y);
 * const [kernel] = await compare(before, model);
 * console.log(kernel.path, kernel.matched && kernel.relative > 0); // -> dense1/kernel true
 *
 * @param before - a model, variables, or a snapshot
 * @param after - the same
 * @returns one entry per path, in the order of `before`, then what only `after` has
 * @throws RangeError for a value that is not finite, by path and index; TypeError for another source
 */
export async function compare(before: CompareSource, after: CompareSource): Promise<WeightDelta[]> {
  const [first, second] = [await sideOf('before', before), await sideOf('after', after)];
  const deltas: WeightDelta[] = [];
  for (const [path, side] of first) {
    const other = second.get(path);
    const reason = other ? mismatch(side, other) : 'only before';
    if (other && reason === null) deltas.push(deltaOf(path, side.values, other.values));
    else deltas.push({ path, matched: false, reason: reason! });
  }
  for (const path of second.keys()) if (!first.has(path)) deltas.push({ path, matched: false, reason: 'only after' });
  return deltas;
}
