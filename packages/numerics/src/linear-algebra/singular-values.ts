import { bidiagonalValues } from './bidiagonal-values.ts';
import type { Bidiagonal } from './bidiagonalize.ts';
import { type MatrixEngine, matrixEngine, type Slab } from './matrix-engine.ts';
import { checkInput, type MatrixShape, scaleOf, writeInput } from './matrix-input.ts';

/** Whether a QR factorization first saves time: rows >= 1.6 cols. */
export const isTall = (rows: number, cols: number) => rows >= 1.6 * cols;

/** Copies the triangle R of a QR into a square slab of zeros. */
export function takeTriangle(from: Slab, to: Slab): void {
  const n = from.cols;
  for (let i = 0; i < n; i++) to.data.set(from.data.subarray(i * from.ld + i, i * from.ld + n), i * to.ld + i);
}

function reduced(engine: MatrixEngine, a: Slab, square: Slab | undefined): Bidiagonal {
  if (!square) return engine.bidiagonalize(a);
  engine.qr(a);
  takeTriangle(a, square);
  return engine.bidiagonalize(square);
}

/**
 * The singular values of a matrix, descending: reflections to bidiagonal form (after a QR factorization when the
 * matrix is tall), then the differential qd algorithm, all in float64. Values far below the largest are accurate to about
 * 1e-16 times the largest; the time is about 8/3 rows cols^2 operations. A value beyond the range of float64 is Infinity.
 *
 * Golub and Kahan 1965, https://doi.org/10.1137/0702016; Fernando and Parlett 1994, https://doi.org/10.1007/s002110050024
 *
 * @param a - the entries in row-major order, any scale that float64 holds
 * @param shape - rows and cols, with rows * cols entries in all
 * @returns min(rows, cols) values
 * @example
 * ```js
 * import { singularValues } from '@weightkit/numerics';
 * singularValues(Float32Array.of(3, 0, 4, 5), { rows: 2, cols: 2 }); // sqrt(45), sqrt(5)
 * ```
 * @throws RangeError for a shape that does not fit and for a non-finite entry (naming its index)
 */
export function singularValues(a: Float32Array | Float64Array, shape: MatrixShape): Float64Array {
  checkInput('singularValues', a, shape);
  const scale = scaleOf(a);
  const n = Math.min(shape.rows, shape.cols);
  const tall = Math.max(shape.rows, shape.cols);
  if (n === 0) return new Float64Array(0);
  const shapes: [number, number][] = isTall(tall, n)
    ? [
        [tall, n],
        [n, n],
      ]
    : [[tall, n]];
  const engine = matrixEngine(shapes);
  const [main, square] = engine.slabs as [Slab, Slab | undefined];
  writeInput(main, a, shape, scale);
  const { d, e } = reduced(engine, main, square);
  return bidiagonalValues(d, e).map((value) => value / scale);
}
