import type { MatrixShape } from '@weightkit/numerics';

/** Σσ. */
export const nuclearNormOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** How many singular values are not 0 up to rounding, of values in descending order. */
export function numericalRankOf(values: Float64Array, { rows, cols }: MatrixShape): number {
  const border = values[0]! * Math.max(rows, cols) * Number.EPSILON;
  return values.filter((value) => value > border).length;
}

/** (Σσ²)² / Σσ⁴, of values in descending order. */
export function participationRatioOf(values: Float64Array): number {
  const largest = values[0]!;
  if (largest === 0) return 0;
  const squares = values.map((value) => (value / largest) ** 2);
  const sum = nuclearNormOf(squares);
  return (sum * sum) / squares.reduce((total, square) => total + square * square, 0);
}
