import { fillNormal } from '../random/fill-normal.ts';
import { checkKey, type Key } from '../random/key.ts';
import { checkShape, transpose } from './matrix-input.ts';
import { workbench } from './workbench.ts';

/** Q of the Haar law for rows >= cols. */
function tallHaar(rows: number, cols: number, key: Key): Float64Array {
  const normals = fillNormal(new Float32Array(rows * cols), key);
  const bench = workbench(rows, cols);
  bench.data.set(normals);
  const taus = bench.qr();
  const signs = Float64Array.from(taus, (_, j) => (bench.data[j * cols + j]! < 0 ? -1 : 1));
  bench.formQ(taus, signs);
  return bench.data.slice();
}

/**
 * A random matrix with orthonormal columns (rows >= cols) or rows (rows < cols), Haar-distributed: Q of the Householder
 * QR of a normal matrix, column j times the sign of R[j][j] (0 counts as +). max |Q'Q - I| is below 1e-12; the
 * square factor is never formed.
 *
 * The entries of the normal matrix, row by row, are `fillNormal`'s for the key; a wide result is the transpose of
 * `haarOrthogonal(cols, rows, key)`. The law of `jax.random.orthogonal`, in float64.
 *
 * Mezzadri 2006, "How to generate random matrices from the classical compact groups", https://arxiv.org/abs/math-ph/0609050
 *
 * @returns rows * cols entries in row-major order
 * @throws RangeError for a bad size
 */
export function haarOrthogonal(rows: number, cols: number, key: Key): Float64Array {
  checkShape('haarOrthogonal', rows, cols);
  checkKey('haarOrthogonal', key);
  return rows >= cols ? tallHaar(rows, cols, key) : transpose(tallHaar(cols, rows, key), cols, rows);
}
