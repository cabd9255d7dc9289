import { type Grid, householder, reflectLeft, takeColumn } from './reflect.ts';

/**
 * Householder QR in place of a matrix with rows >= cols: R on and above the diagonal, the reflectors' vectors (without
 * their leading 1) below it; returns their factors tau.
 */
export function qrReference(a: Grid): Float64Array {
  const { data, rows, cols } = a;
  const v = new Float64Array(rows);
  const work = new Float64Array(cols);
  return Float64Array.from({ length: cols }, (_, k) => {
    takeColumn(a, k, k, v);
    const [beta, tau] = householder(v, rows - k);
    data[k * cols + k] = beta;
    for (let i = k + 1; i < rows; i++) data[i * cols + k] = v[i - k]!;
    if (tau !== 0) reflectLeft(a, k, k + 1, v, tau, work);
    return tau;
  });
}

/** Overwrites the result of {@link qrReference} with the first `cols` columns of Q, column j times signs[j]. */
export function formQReference(a: Grid, taus: Float64Array, signs: Float64Array): void {
  const { data, rows, cols } = a;
  const v = new Float64Array(rows);
  const work = new Float64Array(cols);
  for (let k = cols - 1; k >= 0; k--) {
    takeColumn(a, k, k, v);
    v[0] = 1;
    const tau = taus[k]!;
    for (let i = 0; i < k; i++) data[i * cols + k] = 0;
    for (let i = k; i < rows; i++) data[i * cols + k] = signs[k]! * ((i === k ? 1 : 0) - tau * v[i - k]!);
    for (let j = k + 1; j < cols; j++) data[k * cols + j] = 0;
    if (k + 1 < cols) reflectLeft(a, k, k + 1, v, tau, work);
  }
}
