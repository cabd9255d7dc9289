import * as numerics from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';

describe('@weightkit/numerics', () => {
  it('exports these functions and no others', () => {
    expect(Object.keys(numerics).sort()).toEqual([
      'fillBits',
      'fillNormal',
      'fillTruncatedNormal',
      'fillUniform',
      'foldIn',
      'haarOrthogonal',
      'histogram',
      'kthMagnitude',
      'largestMask',
      'magnitudeMask',
      'moments',
      'pathHash',
      'permutation',
      'quantiles',
      'randomKey',
      'roundHalfEven',
      'singularValues',
      'threefry2x32',
    ]);
  });
});
