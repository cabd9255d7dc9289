import { describe, expect, it } from 'vitest';
import { matrixShape } from '../../src/spectral/matrix-shape.ts';

describe('matrixShape', () => {
  it('matrixShape(shape) has the last axis as columns and the product of the others as rows', () => {
    expect(matrixShape([3, 5])).toEqual({ rows: 3, cols: 5 });
    expect(matrixShape([3, 3, 8, 16])).toEqual({ rows: 72, cols: 16 });
    expect(matrixShape([0, 4])).toEqual({ rows: 0, cols: 4 });
  });
});
