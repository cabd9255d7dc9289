import { haarOrthogonal, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { golden, onBothPaths, worst } from '../both.ts';
import { columnDefect, transpose } from '../matrices.ts';

onBothPaths('haarOrthogonal', () => {
  it('haarOrthogonal(rows, cols, key) has orthonormal columns, or rows when it is wide', () => {
    const size = fc.integer({ min: 0, max: 24 });
    fc.assert(
      fc.property(size, size, fc.nat(1e6), (rows, cols, seed) => {
        const q = haarOrthogonal(rows, cols, randomKey(seed));
        const tall = rows >= cols ? q : transpose(q, rows, cols);
        expect(q.length).toBe(rows * cols);
        expect(columnDefect(tall, Math.max(rows, cols), Math.min(rows, cols))).toBeLessThan(1e-12);
      }),
      { numRuns: 100 },
    );
    expect(columnDefect(haarOrthogonal(130, 101, randomKey(0)), 130, 101)).toBeLessThan(1e-12);
  });
  it('haarOrthogonal(n, n, key) agrees with jax.random.orthogonal in float32', () => {
    // JAX factors in float32: n^1.5 roundings of 6e-8, times the condition of the normal matrix, which is below 1e3 here.
    for (const { n, values } of golden<{ n: number; values: number[] }>('matrices', 'orthogonal')) {
      expect(worst(haarOrthogonal(n, n, randomKey(n)), values, () => 1e-4)).toBeLessThan(1);
    }
  });
  it('haarOrthogonal(rows, cols, key) wide is the transpose of tall', () => {
    expect(haarOrthogonal(4, 9, randomKey(1))).toEqual(transpose(haarOrthogonal(9, 4, randomKey(1)), 9, 4));
  });
  it('haarOrthogonal(1, 1, key) is +1 and -1 equally often', () => {
    const n = 4000;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += haarOrthogonal(1, 1, randomKey(i))[0]!;
    expect(Math.abs(sum)).toBeLessThan(5 * Math.sqrt(n));
  });
  it('haarOrthogonal(4, 4, key) has the trace moments of the Haar measure', () => {
    // Diaconis and Shahshahani 1994: for n = 4 the mean of trace^k is 0, 1, 0, 3 for k = 1 to 4, as for a normal variable.
    // Variances of trace^2 and below are then at most 3 - 1 = 2, of trace itself 1. Without the sign fix of the
    // diagonal of R the mean is far from 0.
    const n = 6000;
    let [first, second] = [0, 0];
    for (let i = 0; i < n; i++) {
      const q = haarOrthogonal(4, 4, randomKey(i, 'trace'));
      const trace = q[0]! + q[5]! + q[10]! + q[15]!;
      first += trace;
      second += trace * trace;
    }
    expect(Math.abs(first / n)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(second / n - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });
  it('haarOrthogonal(2, 2, key) has a uniform angle', () => {
    const n = 4000;
    const angles = Float64Array.from({ length: n }, (_, i) => {
      const q = haarOrthogonal(2, 2, randomKey(i, 'angle'));
      return Math.atan2(q[2]!, q[0]!) / (2 * Math.PI) + 0.5;
    }).sort();
    let distance = 0;
    angles.forEach((p, i) => {
      distance = Math.max(distance, Math.abs(p - i / n), Math.abs(p - (i + 1) / n));
    });
    // Kolmogorov-Smirnov: P(sqrt(n) D > 1.95) = 0.001; the seeds are fixed.
    expect(Math.sqrt(n) * distance).toBeLessThan(1.95);
  });
  it('haarOrthogonal(rows, cols, key) checks sizes before it takes memory', () => {
    expect(() => haarOrthogonal(2 ** 16, 2 ** 15, [0, 0])).toThrow(
      'haarOrthogonal: rows * cols must be below 2^31, got 2147483648',
    );
    for (const n of [-1, 0.5, Number.NaN]) {
      expect(() => haarOrthogonal(n, 2, [0, 0])).toThrow('haarOrthogonal: rows must be an integer of 0 or more');
      expect(() => haarOrthogonal(2, n, [0, 0])).toThrow('haarOrthogonal: cols must be an integer of 0 or more');
    }
  });
});
