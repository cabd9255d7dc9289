import { describe, expect, it } from 'vitest';
import { activationMoments } from '../../src/gains/activation-moments.ts';
import { ACTIVATIONS } from '../../src/gains/activations.ts';
import { golden } from './golden.ts';

interface Case {
  activation: string;
  weightVariance: number;
  layers: { q: number; mean: number; chi: number }[];
}

const CASES = golden<Case>('mean-field');

describe('activationMoments(f, 0, q)', () => {
  it.each(CASES)('follows the maps of Poole et al. for $activation at weight variance $weightVariance', (one) => {
    for (const [i, { q, mean, chi }] of one.layers.entries()) {
      const found = activationMoments(ACTIVATIONS[one.activation]!, 0, q);
      // Twelve digits are written. The midpoint rule errs by width² / 24 = 1e-6 times density and jump of f' at a kink; the slope
      // is a difference over 1e-4 of a standard deviation.
      expect(Math.abs(found.mean - mean)).toBeLessThan(1e-6 * Math.sqrt(q));
      expect((one.weightVariance * found.slope) / chi - 1).toBeCloseTo(0, 6);
      const next = one.layers[i + 1];
      if (next) expect((one.weightVariance * found.square) / next.q - 1).toBeCloseTo(0, 8);
    }
  });

  it('is exact for linear and for ReLU: q, 1 and q / 2, 1 / 2', () => {
    const linear = activationMoments((x) => x, 3, 4);
    expect([linear.mean, linear.square, linear.slope].map((x) => Number(x.toFixed(9)))).toEqual([3, 13, 1]);
    const relu = activationMoments((x) => Math.max(0, x), 0, 4);
    expect([relu.mean, relu.square, relu.slope].map((x) => Number(x.toFixed(6)))).toEqual([0.797885, 2, 0.5]);
  });

  it('is the value itself where nothing varies', () => {
    const { mean, square } = activationMoments(Math.tanh, 0.3, 0);
    expect(mean).toBeCloseTo(Math.tanh(0.3), 12);
    expect(square).toBeCloseTo(Math.tanh(0.3) ** 2, 12);
  });
});
