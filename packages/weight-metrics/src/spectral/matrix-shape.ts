import type { MatrixShape } from '@weightkit/numerics';

/** A weight of rank 2 or more read as a matrix: the last axis gives the columns, all axes before it the rows. */
export function matrixShape(shape: readonly number[]): MatrixShape {
  const cols = shape[shape.length - 1]!;
  return { rows: shape.slice(0, -1).reduce((product, size) => product * size, 1), cols };
}
