import { type ActivationMoments, activationMoments } from '@weightkit/core';
import { combine, type Grid } from './grid.ts';
import { piecewiseMoments } from './piecewise-moments.ts';
import type { Elementwise } from './signal-activation.ts';

/** Mean and mean square of a value at each of its places. */
export interface Moments {
  mean: Grid;
  square: Grid;
}

/** Of what an activation gives, and E f'². */
export interface Activated extends Moments {
  slope: Grid;
}

/** Places whose spreads differ less than this share the mean over them: an error of second order in it, 1e-5. */
const STEP = 2 ** -8;

const bin = (x: number, unit: number): number => Math.round(x / (unit * STEP));

/** Sets of places by nearly equal mean and variance. */
function groupsOf(mean: Float64Array, variance: Float64Array): number[][] {
  const groups = new Map<string, number[]>();
  for (const [i, v] of variance.entries()) {
    const std = Math.sqrt(v);
    const level = v > 0 ? Math.round(Math.log(v) / STEP) : -Infinity;
    const key = `${level},${bin(mean[i]!, std || Math.abs(mean[i]!) || 1)}`;
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  }
  return [...groups.values()];
}

const average = (values: Float64Array, at: readonly number[]): number =>
  at.reduce((sum, i) => sum + values[i]!, 0) / at.length;

/** What an activation makes of normal inputs whose moments differ from place to place. */
export function activated({ f, pieces }: Elementwise, x: Moments): Activated | null {
  if (!f) return null;
  const mean = combine([x.mean, x.square], (m) => m);
  const variance = combine([x.mean, x.square], (m, square) => Math.max(0, square - m * m)).values;
  const found: Activated = {
    mean: { dims: mean.dims, values: new Float64Array(variance.length) },
    square: { dims: mean.dims, values: new Float64Array(variance.length) },
    slope: { dims: mean.dims, values: new Float64Array(variance.length) },
  };
  const set = (i: number, y: ActivationMoments): void => {
    found.mean.values[i] = y.mean;
    found.square.values[i] = y.square;
    found.slope.values[i] = y.slope;
  };
  if (pieces) for (const [i, v] of variance.entries()) set(i, piecewiseMoments(pieces, mean.values[i]!, v));
  else
    for (const group of groupsOf(mean.values, variance)) {
      const y = activationMoments(f, average(mean.values, group), average(variance, group));
      for (const i of group) set(i, y);
    }
  return found;
}
