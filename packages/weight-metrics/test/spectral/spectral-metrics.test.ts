import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import { spectralMetrics } from '../../src/spectral/of-singular-values.ts';
import { whyNoSpectrum } from '../../src/spectral/spectral-metrics.ts';

const weightOf = (shape: number[]) => weightsOf({ w: tf.variable(tf.zeros(shape)) })[0]!;

describe('spectralMetrics', () => {
  it('spectralMetrics(diagonal of 3 and 4) has all four by hand', () => {
    const { effectiveRank, ...exact } = spectralMetrics(Float32Array.of(3, 0, 0, -4), [2, 2]);
    expect(exact).toEqual({ spectralNorm: 4, stableRank: 25 / 16, conditionNumber: 4 / 3 });
    expect(effectiveRank).toBeCloseTo(Math.exp(-(3 / 7) * Math.log(3 / 7) - (4 / 7) * Math.log(4 / 7)), 14);
  });

  it('whyNoSpectrum(weight) has the reason, or null', () => {
    expect(whyNoSpectrum(weightOf([2, 3]), true, 12)).toBeNull();
    expect(whyNoSpectrum(weightOf([2, 3]), true, 11)).toBe('rows * cols * min(rows, cols) is 12, above maxCost 11');
    expect(whyNoSpectrum(weightOf([2, 3]), false, 12)).toBe('spectra is false');
    expect(whyNoSpectrum(weightOf([3]), true, 12)).toBe('not a kernel of rank 2 or more');
    expect(whyNoSpectrum(weightOf([2, 0]), true, 12)).toBe('no entries');
  });
});
