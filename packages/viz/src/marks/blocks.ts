import { groupSize } from './many.ts';
import type { Tensor } from './tensor.ts';
import { isDrawn, type Value } from './values.ts';

/** A matrix whose neighbors were made one where it has too many rows or columns. */
export interface Blocks {
  readonly cells: readonly (readonly Value[])[];
  /** How many rows and columns make one. */
  readonly high: number;
  readonly wide: number;
}

/**
 * Of each block of neighbors the value of the largest magnitude; a value that cannot be drawn stands for its block, as one of
 * thousands must show.
 */
export function blocksOf({ values, shape }: Tensor, most: number): Blocks {
  const [rows, columns] = shape as [number, number];
  const [high, wide] = [groupSize(rows, most), groupSize(columns, most)];
  const width = Math.ceil(columns / wide);
  const cells = Array.from({ length: Math.ceil(rows / high) }, () =>
    new Array<Value | undefined>(width).fill(undefined),
  );
  for (let i = 0; i < rows; i++) {
    const row = cells[Math.floor(i / high)]!;
    for (let k = 0; k < columns; k++) {
      const at = Math.floor(k / wide);
      const [value, before] = [values[i * columns + k]!, row[at]];
      if (before === undefined || (isDrawn(before) && (!isDrawn(value) || Math.abs(value) > Math.abs(before))))
        row[at] = value;
    }
  }
  return { cells: cells as Value[][], high, wide };
}
