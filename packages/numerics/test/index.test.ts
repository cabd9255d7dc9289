import * as numerics from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';

describe('@weightkit/numerics', () => {
  it('exports these functions and no others', () => {
    expect(Object.keys(numerics).sort()).toEqual([
      'affineCodes',
      'cholesky',
      'compareMagnitudes',
      'countMagnitudes',
      'eigh',
      'extent',
      'fft',
      'fillBernoulli',
      'fillBits',
      'fillIntegers',
      'fillNormal',
      'fillTruncatedNormal',
      'fillUniform',
      'float16Bits',
      'foldIn',
      'fromFloat16Bits',
      'haarOrthogonal',
      'histogram',
      'ifft',
      'kthMagnitude',
      'largestMask',
      'leastSquares',
      'magnitudeMask',
      'magnitudePrune',
      'mergeMoments',
      'moments',
      'pathHash',
      'permutation',
      'pieceBuffer',
      'qr',
      'quantiles',
      'randomKey',
      'roundHalfEven',
      'singularValues',
      'solve',
      'solveTriangular',
      'svd',
      'threefry2x32',
      'truncatedSvd',
      'zeroSmaller',
    ]);
  });
});
