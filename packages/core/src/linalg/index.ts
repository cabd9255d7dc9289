/**
 * Factorizations and solvers of matrices in tensors. Each downloads its arguments with `await data()`, computes in float64 on
 * the host and gives new float32 tensors; nothing here has a gradient.
 *
 * @module
 */

export { cholesky } from './cholesky.ts';
export { eigh } from './eigh.ts';
export { leastSquares } from './least-squares.ts';
export { qr } from './qr.ts';
export { singularValues } from './singular-values.ts';
export { solve } from './solve.ts';
export { type SolveTriangularOptions, solveTriangular } from './solve-triangular.ts';
export { type SvdTensors, svd } from './svd.ts';
export { type TruncatedSvdTensors, truncatedSvd } from './truncated-svd.ts';
