import type { UnitValues } from './exam.ts';

/**
 * Statistics of each unit over all examples and places.
 *
 * @param values - row by row, the units in the last axis
 * @param units - how many there are
 */
export function unitValues(values: ArrayLike<number>, units: number): UnitValues {
  const rows = units === 0 ? 0 : values.length / units;
  const [mean, variance] = [new Float64Array(units), new Float64Array(units)];
  const [min, max] = [new Float64Array(units).fill(Infinity), new Float64Array(units).fill(-Infinity)];
  const counts = new Float64Array(units);
  let nonFinite = 0;
  for (let i = 0; i < values.length; i++) {
    const [value, unit] = [values[i]!, i % units];
    if (value - value !== 0) {
      nonFinite++;
      continue;
    }
    // Welford's update.
    const off = value - mean[unit]!;
    mean[unit]! += off / ++counts[unit]!;
    variance[unit]! += off * (value - mean[unit]!);
    if (value < min[unit]!) min[unit] = value;
    if (value > max[unit]!) max[unit] = value;
  }
  for (let unit = 0; unit < units; unit++) variance[unit]! /= Math.max(1, counts[unit]!);
  return { rows, mean, variance, min, max, nonFinite };
}

const meanOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** How far the units go up and down over examples and places: the root of the mean of their variances. */
export const spreadOf = ({ variance }: UnitValues): number => Math.sqrt(meanOf(variance));

/** Root mean square over units, examples and places. */
export const rmsOf = ({ mean, variance }: UnitValues): number =>
  Math.sqrt(meanOf(variance) + meanOf(mean.map((m) => m * m)));
