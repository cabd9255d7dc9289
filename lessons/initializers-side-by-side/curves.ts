/** What the values of a law look like: one number, or a density that is even around 0. */
export type Curve =
  | { kind: 'point' }
  | { kind: 'normal'; std: number }
  /** A normal distribution cut off at twice its own standard deviation; `std` is what is left after the cut. */
  | { kind: 'truncated'; std: number }
  | { kind: 'uniform'; limit: number }
  /** One coordinate of a random point on a sphere in so many dimensions. */
  | { kind: 'sphere'; dimensions: number; radius: number };

/** The standard deviation that is left of a standard normal distribution cut off at ±2. */
const CUT = 0.8796256610342398;

/** The standard deviation of a law. */
export function stdOf(curve: Curve): number {
  switch (curve.kind) {
    case 'point':
      return 0;
    case 'uniform':
      return curve.limit / Math.sqrt(3);
    case 'sphere':
      return curve.radius / Math.sqrt(curve.dimensions);
    default:
      return curve.std;
  }
}

/** Where a law ends; six standard deviations where it does not. */
export function endOf(curve: Curve): number {
  switch (curve.kind) {
    case 'point':
      return 0;
    case 'normal':
      return 6 * curve.std;
    case 'truncated':
      return (2 * curve.std) / CUT;
    case 'uniform':
      return curve.limit;
    case 'sphere':
      return curve.radius;
  }
}

/** The density at x but for a factor. */
function shapeAt(curve: Curve, x: number): number {
  if (Math.abs(x) > endOf(curve)) return 0;
  switch (curve.kind) {
    case 'point':
      return 0;
    case 'normal':
      return Math.exp(-0.5 * (x / curve.std) ** 2);
    case 'truncated':
      return Math.exp(-0.5 * ((x * CUT) / curve.std) ** 2);
    case 'uniform':
      return 1;
    case 'sphere':
      return Math.max(0, 1 - (x / curve.radius) ** 2) ** ((curve.dimensions - 3) / 2);
  }
}

/** Parts of the numeric integral: its error is below 1e-4, of which no sample here can tell. */
const PARTS = 4000;

/** A law's density, and the share of it below x. */
export interface Law {
  density(x: number): number;
  below(x: number): number;
}

/** The density and the distribution of a curve that is no point. */
export function lawOf(curve: Curve): Law {
  const end = endOf(curve);
  const width = (2 * end) / PARTS;
  const sums = new Float64Array(PARTS + 1);
  let before = shapeAt(curve, -end);
  for (let i = 1; i <= PARTS; i++) {
    const shape = shapeAt(curve, -end + i * width);
    sums[i] = sums[i - 1]! + (width * (before + shape)) / 2;
    before = shape;
  }
  const all = sums[PARTS]!;
  return {
    density: (x) => shapeAt(curve, x) / all,
    below(x) {
      if (x <= -end) return 0;
      if (x >= end) return 1;
      const place = (x + end) / width;
      const i = Math.min(PARTS - 1, Math.floor(place));
      return (sums[i]! + (place - i) * (sums[i + 1]! - sums[i]!)) / all;
    },
  };
}

/**
 * How far a sample is from a law: the largest difference between the share of the sample below a value and that of the law (Kolmogorov and
 * Smirnov). Of a point it is the share of values that are another one.
 */
export function distanceOf(values: Float32Array, curve: Curve): number {
  if (curve.kind === 'point') return values.reduce((count, value) => count + (value === 0 ? 0 : 1), 0) / values.length;
  const { below } = lawOf(curve);
  const n = values.length;
  let most = 0;
  for (const [i, value] of values.slice().sort().entries()) {
    const share = below(value);
    most = Math.max(most, share - i / n, (i + 1) / n - share);
  }
  return most;
}

/** A distance that a sample of so many independent values passes once in a thousand times. */
export const critical = (count: number): number => Math.sqrt(-Math.log(0.001 / 2) / (2 * count));
