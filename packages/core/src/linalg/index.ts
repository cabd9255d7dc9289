/**
 * Factorizations and solvers of matrices in tensors. Each downloads its arguments with `await data()`, computes in float64 on
 * the host and gives new float32 tensors; nothing here has a gradient.
 *
 * @module
 */

export { cholesky } from './cholesky.ts';
export { type EighTensors, eigh } from './eigh.ts';
export { type LeastSquaresTensors, leastSquares } from './least-squares.ts';
export { type QRTensors, qr } from './qr.ts';
export { singularValues } from './singular-values.ts';
export { type SolutionTensor, solve } from './solve.ts';
export { type SolveTriangularOptions, solveTriangular } from './solve-triangular.ts';
export { type SvdTensors, svd } from './svd.ts';
export { type TruncatedSvdTensors, truncatedSvd } from './truncated-svd.ts';
