import { fillNormal, kthMagnitude, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { golden, onBothPaths } from '../both.ts';

onBothPaths('kthMagnitude', () => {
  it('kthMagnitude(x, k) is the k-th largest |x| that numpy.sort gives', () => {
    for (const { x, keep, kth } of golden<{ x: number[]; keep: number; kth: number | null }>(
      'selection',
      "argsort(kind='stable')",
    )) {
      if (kth !== null) expect(kthMagnitude(Float32Array.from(x), keep)).toBe(kth);
    }
  });
  it('kthMagnitude(x, k) equals sorting for any numbers, infinite ones included', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, minLength: 1, maxLength: 60 }), fc.nat(), (x, seed) => {
        const k = 1 + (seed % x.length);
        expect(kthMagnitude(x, k)).toBe(x.map(Math.abs).sort()[x.length - k]);
      }),
    );
    const x = fillNormal(new Float32Array(70_003), randomKey(3));
    const sorted = x.map(Math.abs).sort().reverse();
    for (const k of [1, 2, 35_000, 70_003]) expect(kthMagnitude(x, k)).toBe(sorted[k - 1]);
  });
  it('kthMagnitude(x, k) rejects NaN by index and k outside 1 to n', () => {
    expect(() => kthMagnitude(Float32Array.of(1, 2, Number.NaN), 1)).toThrow(
      'kthMagnitude: x must not be NaN, got NaN at x[2]',
    );
    for (const k of [0, 3, 1.5, Number.NaN]) {
      expect(() => kthMagnitude(Float32Array.of(1, 2), k)).toThrow('kthMagnitude: k must be an integer in [1, 2]');
    }
    expect(() => kthMagnitude(new Float32Array(0), 1)).toThrow(RangeError);
    expect(() => kthMagnitude(new Float64Array(1) as unknown as Float32Array, 1)).toThrow(TypeError);
  });
});
