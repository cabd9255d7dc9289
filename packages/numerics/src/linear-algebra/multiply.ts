import { matrixEngine, type Slab } from './matrix-engine.ts';
import { writeInput } from './matrix-input.ts';

/** The product of an m x k and a k x n matrix in row-major order. */
export function multiply(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const engine = matrixEngine([
    [m, n],
    [m, k],
    [k, n],
  ]);
  const [product, left, right] = engine.slabs as [Slab, Slab, Slab];
  writeInput(left, a, { rows: m, cols: k }, 1);
  writeInput(right, b, { rows: k, cols: n }, 1);
  engine.multiply(product, left, right, 1);
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) c.set(product.data.subarray(i * product.ld, i * product.ld + n), i * n);
  return c;
}
