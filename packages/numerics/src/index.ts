export type { Complex } from './fourier/complex.ts';
export { type ComplexInput, fft, ifft } from './fourier/fft.ts';
export { cholesky } from './linear-algebra/cholesky.ts';
export { type Eigh, eigh } from './linear-algebra/eigh.ts';
export { haarOrthogonal } from './linear-algebra/haar-orthogonal.ts';
export { type LeastSquares, type LeastSquaresShape, leastSquares } from './linear-algebra/least-squares.ts';
export type { MatrixShape } from './linear-algebra/matrix-input.ts';
export { type MatrixProductShape, matrixProduct } from './linear-algebra/matrix-product.ts';
export { type QR, qr } from './linear-algebra/qr.ts';
export { singularValues } from './linear-algebra/singular-values.ts';
export { type Solution, type SolveShape, solve } from './linear-algebra/solve.ts';
export { type SolveTriangularShape, solveTriangular } from './linear-algebra/solve-triangular.ts';
export { type Svd, svd } from './linear-algebra/svd.ts';
export { type TruncatedSvd, type TruncatedSvdOptions, truncatedSvd } from './linear-algebra/truncated-svd.ts';
export { type Codes, packCodes } from './packing/pack-codes.ts';
export { packedBytes } from './packing/packed-bytes.ts';
export { type PackedLayout, unpackCodes } from './packing/unpack-codes.ts';
export { type FillBernoulliOptions, fillBernoulli } from './random/fill-bernoulli.ts';
export { type FillBitsOptions, fillBits } from './random/fill-bits.ts';
export { type FillIntegersOptions, fillIntegers } from './random/fill-integers.ts';
export { type FillNormalOptions, fillNormal } from './random/fill-normal.ts';
export { type FillTruncatedNormalOptions, fillTruncatedNormal } from './random/fill-truncated-normal.ts';
export { type FillUniformOptions, fillUniform } from './random/fill-uniform.ts';
export type { Key } from './random/key.ts';
export { permutation } from './random/permutation.ts';
export { foldIn, pathHash, randomKey } from './random/random-key.ts';
export { threefry2x32 } from './random/threefry.ts';
export { type AffineGrid, affineCodes, type RoundingLaw } from './rounding/affine-codes.ts';
export { type Float16BitsOptions, float16Bits } from './rounding/float16-bits.ts';
export { fromFloat16Bits } from './rounding/from-float16-bits.ts';
export { roundHalfEven } from './rounding/round-half-even.ts';
export { type Assignment, type AssignmentOptions, assignment } from './selection/assignment.ts';
export { compareMagnitudes, type MagnitudeComparison } from './selection/compare-magnitudes.ts';
export { countMagnitudes, type MagnitudeCounts } from './selection/count-magnitudes.ts';
export { kthMagnitude } from './selection/kth-magnitude.ts';
export {
  type MagnitudePruned,
  type MagnitudePruneOptions,
  magnitudePrune,
} from './selection/magnitude-prune.ts';
export { largestMask, magnitudeMask } from './selection/masks.ts';
export { type ZeroSmallerOptions, zeroSmaller } from './selection/zero-smaller.ts';
export { ACTIVATIONS, normalCdf } from './statistics/activations.ts';
export { type Extent, extent } from './statistics/extent.ts';
export { type Histogram, type HistogramOptions, histogram } from './statistics/histogram.ts';
export { mergeMoments } from './statistics/merge-moments.ts';
export { type Moments, moments } from './statistics/moments.ts';
export { quantiles } from './statistics/quantiles.ts';
export { pieceBuffer } from './wasm/piece-kernels.ts';
