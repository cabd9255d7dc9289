import { fillNormal, foldIn, randomKey, singularValues } from '@weightkit/numerics';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marchenkoPastur } from '../../src/spectral/marchenko-pastur.ts';
import { bulkLaw, medianOf } from '../../src/spectral/marchenko-pastur-law.ts';
import golden from '../golden/bulk.json' with { type: 'json' };

describe('marchenkoPastur', () => {
  it.each(golden.laws)("bulkLaw equals scipy's quadrature of the density: $call", ({ beta, xs, shares, median }) => {
    const law = bulkLaw(beta);
    // Terms of the closed form are up to 2π and are divided by 2πβ; the quadrature is good to 1e-13.
    for (const [i, x] of xs.entries()) expect(Math.abs(law.share(x) - shares[i]!)).toBeLessThan(1e-12 + 1e-15 / beta);
    expect(Math.abs(medianOf(law) / median - 1)).toBeLessThan(1e-11);
    expect([law.share(law.low), law.share(law.high)]).toEqual([0, 1]);
  });

  it('medianOf gives the coefficients of Gavish and Donoho 2014: 2.858 for squares, and their polynomial within 0.02', () => {
    const coefficient = (beta: number) =>
      Math.sqrt(2 * (beta + 1) + (8 * beta) / (beta + 1 + Math.sqrt(beta ** 2 + 14 * beta + 1))) /
      Math.sqrt(medianOf(bulkLaw(beta)));
    expect(coefficient(1).toFixed(3)).toBe('2.858');
    for (let beta = 0.05; beta <= 1; beta += 0.05)
      expect(Math.abs(coefficient(beta) - (0.56 * beta ** 3 - 0.95 * beta ** 2 + 1.82 * beta + 1.43))).toBeLessThan(
        0.02,
      );
  });

  it.each(golden.fits)('marchenkoPastur equals numpy and scipy: $call', ({ values, rows, cols, ...expected }) => {
    const fit = marchenkoPastur(values, { rows, cols });
    for (const field of ['sigma', 'threshold', 'softRank', 'distance'] as const)
      expect(Math.abs(fit[field] / expected[field] - 1)).toBeLessThan(1e-10);
    for (const end of [0, 1]) expect(Math.abs(fit.bulk[end]! - expected.bulk[end]!)).toBeLessThan(1e-10 * fit.bulk[1]);
    expect(fit.spikes).toBe(expected.planted);
    // The median of 30 values or more has a standard error of some percent.
    expect(Math.abs(fit.sigma / expected.true - 1)).toBeLessThan(0.1);
  });

  it('marchenkoPastur finds spikes in few of 200 matrices of independent entries: one percent is two', () => {
    const [rows, cols] = [36, 24];
    const found = Array.from({ length: 200 }, (_, i) => {
      const w = fillNormal(new Float32Array(rows * cols), foldIn(randomKey(4), i), { std: 0.3 });
      return marchenkoPastur(singularValues(w, { rows, cols }), { rows, cols });
    });
    // σ of the median is off by some percent, which moves the threshold: 8 are four standard deviations of a share of 1.5 %.
    expect(found.filter(({ spikes }) => spikes > 0).length).toBeLessThanOrEqual(10);
    expect(found.reduce((sum, { sigma }) => sum + sigma / 200, 0)).toBeCloseTo(0.3, 2);
  });

  it('marchenkoPastur does not depend on the order, on which side is longer, or on a unit', () => {
    const values = fc.array(fc.double({ min: 1e-3, max: 10, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 20 }), (list, more) => {
        const [cols, rows] = [list.length, list.length + more];
        const fit = marchenkoPastur(list, { rows, cols });
        expect(marchenkoPastur([...list].reverse(), { rows: cols, cols: rows })).toEqual(fit);
        const scaled = marchenkoPastur(
          list.map((x) => x * 2 ** 40),
          { rows, cols },
        );
        expect(scaled.sigma).toBe(fit.sigma * 2 ** 40);
        expect([scaled.spikes, scaled.softRank]).toEqual([fit.spikes, fit.softRank]);
        expect(fit.distance >= 0 && fit.distance <= 1).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('marchenkoPastur of zeros has no bulk and no spikes, and of a matrix that is mostly zeros all else is a spike', () => {
    const zeros = marchenkoPastur([0, 0, 0], { rows: 3, cols: 5 });
    expect(zeros).toEqual({ sigma: 0, bulk: [0, 0], threshold: 0, spikes: 0, softRank: 1, distance: 0 });
    const one = marchenkoPastur([2, 0, 0], { rows: 3, cols: 3 });
    expect([one.sigma, one.spikes, one.softRank, one.distance]).toEqual([0, 1, 0, 1]);
  });

  it('marchenkoPastur refuses another number of values and wrong ones by name', () => {
    const wrong = (values: unknown, options: unknown) => () => marchenkoPastur(values as number[], options as never);
    expect(wrong([1, 2], { rows: 3, cols: 3 })).toThrow('marchenkoPastur: values must be 3, got 2');
    expect(wrong([-1], { rows: 1, cols: 1 })).toThrow(
      'marchenkoPastur: values must be finite numbers of 0 or more, got [-1]',
    );
    expect(wrong([1], { rows: 0, cols: 1 })).toThrow('marchenkoPastur: rows must be an integer of 1 or more, got 0');
    expect(wrong([1], { rows: 1 })).toThrow('marchenkoPastur: cols must be an integer of 1 or more, got undefined');
    expect(wrong([1], undefined)).toThrow('marchenkoPastur: options must be a plain object, got undefined');
    expect(wrong([1], { rows: 1, cols: 1, sigma: 1 })).toThrow('marchenkoPastur: options must be among rows, cols');
  });
});
