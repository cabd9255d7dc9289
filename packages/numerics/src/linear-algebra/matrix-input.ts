import { checkFinite, checkOptions, checkRange } from '../check.ts';
import { checkEntries, checkShapeObject, checkSizes, type Floats } from './check-matrix.ts';
import type { Slab } from './matrix-engine.ts';

/** The shape of a matrix in row-major order. */
export interface MatrixShape {
  /** Number of rows, 0 or more. */
  rows: number;
  /** Number of columns, 0 or more. */
  cols: number;
}

/** Throws unless rows and cols are sizes of a matrix with fewer than 2^31 entries. */
export function checkShape(fn: string, rows: number, cols: number): void {
  checkSizes(fn, { rows, cols });
  checkRange(rows * cols < 2 ** 31, `${fn}: rows * cols must be below 2^31`, rows * cols);
}

/** Throws unless `a` has rows * cols floats. */
export function checkInputShape(fn: string, a: Floats, shape: MatrixShape): void {
  checkShapeObject(fn, shape, 'rows and cols');
  checkOptions(fn, shape, ['rows', 'cols']);
  const { rows, cols } = shape;
  checkSizes(fn, { rows, cols });
  checkEntries(fn, 'a', a, rows, cols, 'rows * cols');
}

/** The same, and they are finite. */
export function checkInput(fn: string, a: Floats, shape: MatrixShape): void {
  checkInputShape(fn, a, shape);
  checkFinite(fn, 'entries', 'a', a);
}

/** The power of two that brings the largest magnitude into [1, 2); 1 for zeros. */
export function scaleOf(a: Floats): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const size = Math.abs(a[i]!);
    if (size > largest) largest = size;
  }
  if (largest === 0) return 1;
  return 2 ** -Math.max(-1022, Math.min(1022, Math.floor(Math.log2(largest))));
}

/** Writes a matrix times `scale` into a slab, transposed when the slab has its sizes the other way round. */
export function writeInput(slab: Slab, a: Floats, shape: MatrixShape, scale: number): void {
  const { data, ld } = slab;
  const { rows, cols } = shape;
  const [down, across] = slab.rows === rows && slab.cols === cols ? [ld, 1] : [1, ld];
  for (let i = 0, p = 0; i < rows; i++) {
    for (let j = 0, q = i * down; j < cols; j++, p++, q += across) data[q] = a[p]! * scale;
  }
}

/** The transpose of a matrix in row-major order. */
export function transpose(a: Float64Array, rows: number, cols: number): Float64Array {
  const t = new Float64Array(a.length);
  for (let i = 0, p = 0; i < rows; i++) for (let j = 0, q = i; j < cols; j++, p++, q += rows) t[q] = a[p]!;
  return t;
}
