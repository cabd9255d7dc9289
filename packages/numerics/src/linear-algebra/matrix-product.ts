import { checkFinite, checkOptions, checkType } from '../check.ts';
import { checkMatrix, checkShapeObject, checkSizes, type Floats } from './check-matrix.ts';
import { matrixEngine, type Slab } from './matrix-engine.ts';
import { writeInput } from './matrix-input.ts';

/** The shapes of {@link matrixProduct}. */
export interface MatrixProductShape {
  /** Number of rows of the product, 0 or more. */
  rows: number;
  /** The number of products that each entry adds up, 0 or more: the rows of `b`. */
  inner: number;
  /** Number of columns of the product, 0 or more. */
  cols: number;
  /**
   * Whether `a` is given transposed, inner x rows, so that the product is A' B.
   * @defaultValue false
   */
  transposed?: boolean;
}

/**
 * The product of two matrices in float64, A B or A' B: A' A is `matrixProduct(a, a, { rows: n, inner: m, cols: n, transposed: true })`
 * of an m x n matrix. The time is rows * inner * cols multiplications and additions.
 *
 * Each entry is off by at most about inner * 1.1e-16 times the sum of the magnitudes of its products.
 *
 * @param a - rows * inner entries in row-major order, or inner * rows of A'
 * @param b - inner * cols entries in row-major order
 * @param shape - rows, inner, cols, and whether a is transposed
 * @returns rows * cols entries in row-major order
 * @example
 * ```js
 * import { matrixProduct } from '@weightkit/numerics';
 * matrixProduct(Float64Array.of(1, 2), Float64Array.of(3, 4), { rows: 1, inner: 2, cols: 1 }); // 11
 * ```
 * @throws RangeError for a non-finite entry, for a product beyond float64 and for shapes that do not fit; TypeError for what are no
 * Float32Arrays or Float64Arrays
 */
export function matrixProduct(a: Floats, b: Floats, shape: MatrixProductShape): Float64Array {
  checkShapeObject('matrixProduct', shape, 'rows, inner and cols');
  checkOptions('matrixProduct', shape, ['rows', 'inner', 'cols', 'transposed']);
  const { rows, inner, cols, transposed = false } = shape;
  checkSizes('matrixProduct', { rows, inner, cols });
  checkType(typeof transposed === 'boolean', 'matrixProduct: transposed must be true or false', transposed);
  checkMatrix('matrixProduct', 'a', a, rows, inner, 'rows * inner');
  checkMatrix('matrixProduct', 'b', b, inner, cols, 'inner * cols');
  const c = new Float64Array(rows * cols);
  if (c.length === 0 || inner === 0) return c;
  const [down, across] = transposed ? [inner, rows] : [rows, inner];
  const engine = matrixEngine([
    [rows, cols],
    [down, across],
    [inner, cols],
  ]);
  const [product, left, right] = engine.slabs as [Slab, Slab, Slab];
  writeInput(left, a, { rows: down, cols: across }, 1);
  writeInput(right, b, { rows: inner, cols }, 1);
  engine.multiply(product, left, right, 1, transposed);
  for (let i = 0; i < rows; i++) c.set(product.data.subarray(i * product.ld, i * product.ld + cols), i * cols);
  checkFinite('matrixProduct', 'entries', 'the product', c);
  return c;
}
