import { fillNormal, largestMask, magnitudeMask, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { golden, onBothPaths } from '../both.ts';

interface Case {
  x: number[];
  keep: number;
  largest: number[];
  magnitude: number[];
}

/** The law by definition: sort by score, lowest index first among equals. */
function byDefinition(scores: ArrayLike<number>, keep: number): number[] {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const mask = new Array<number>(scores.length).fill(0);
  for (const i of order.slice(0, keep)) mask[i] = 1;
  return mask;
}

onBothPaths('masks', () => {
  it('largestMask(scores, keep) and magnitudeMask(x, keep) keep what numpy.argsort(kind="stable") puts first', () => {
    const cases = golden<Case>('selection', "argsort(kind='stable')");
    expect(cases.length).toBeGreaterThan(20);
    for (const { x, keep, largest, magnitude } of cases) {
      expect(Array.from(largestMask(Float32Array.from(x), keep))).toEqual(largest);
      expect(Array.from(magnitudeMask(Float32Array.from(x), keep))).toEqual(magnitude);
    }
  });
  it('largestMask(scores, keep) has exactly keep ones, ties to the lowest index, -0 equal to 0', () => {
    const value = fc.oneof(fc.constantFrom(0, -0, 1, -1, 2), fc.float({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 50 }), fc.nat(), (list, seed) => {
        const keep = seed % (list.length + 1);
        const x = Float32Array.from(list);
        expect(Array.from(largestMask(x, keep))).toEqual(byDefinition(x, keep));
        expect(Array.from(magnitudeMask(x, keep))).toEqual(byDefinition(x.map(Math.abs), keep));
      }),
      { numRuns: 300 },
    );
  });
  it('largestMask(scores, keep) holds across chunks, with infinities and with every score the same', () => {
    const x = fillNormal(new Float32Array(70_003), randomKey(8));
    x[69_999] = Number.POSITIVE_INFINITY;
    x[5] = Number.NEGATIVE_INFINITY;
    for (const keep of [1, 30_001, 70_002]) {
      const mask = largestMask(x, keep);
      expect(mask.reduce((a, b) => a + b, 0)).toBe(keep);
      expect([mask[69_999], mask[5]]).toEqual([1, 0]);
    }
    const equal = largestMask(new Float32Array(70_003), 40_001);
    expect([equal.indexOf(0), equal.lastIndexOf(1)]).toEqual([40_001, 40_000]);
  });
  it('largestMask(scores, keep) rejects NaN by index, also with keep 0, and keep outside 0 to n', () => {
    const x = Float32Array.of(1, Number.NaN, 2);
    expect(() => largestMask(x, 1)).toThrow('largestMask: scores must not be NaN, got NaN at scores[1]');
    expect(() => magnitudeMask(x, 0)).toThrow('magnitudeMask: x must not be NaN, got NaN at x[1]');
    for (const keep of [-1, 3, 0.5, Number.NaN]) {
      expect(() => largestMask(Float32Array.of(1, 2), keep)).toThrow('largestMask: keep must be an integer in [0, 2]');
    }
    expect(() => magnitudeMask([1] as unknown as Float32Array, 1)).toThrow(TypeError);
    expect(largestMask(new Float32Array(0), 0).length).toBe(0);
  });
});
