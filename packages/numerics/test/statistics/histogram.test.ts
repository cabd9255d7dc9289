import { fillNormal, histogram, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDown, nextUp } from '../../src/rounding/next-float.ts';
import { byBothPaths, golden, onBothPaths, worst } from '../both.ts';
import { dataOf, type Recipe } from '../recipe.ts';

interface Case {
  data: Recipe;
  bins: number;
  range: [number, number] | null;
  counts: number[];
  edges: number[];
}
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

onBothPaths('histogram', () => {
  it('histogram(x, {bins, range}) has the edges and counts of numpy.histogram, entries on edges included', () => {
    const cases = golden<Case>('statistics', 'histogram');
    expect(cases.length).toBeGreaterThan(50);
    for (const { data, bins, range, counts, edges } of cases) {
      const x = dataOf(data);
      const h = histogram(x, range ? { bins, range } : { bins });
      expect(Array.from(h.edges)).toEqual(edges);
      expect(Array.from(h.counts)).toEqual(counts);
      expect(h.below + h.above + counts.reduce((a, b) => a + b, 0)).toBe(x.length);
    }
  });
  it('histogram(x, {range}) counts what is below, above and not finite', () => {
    const x = Float32Array.of(-5, -1, 0, 0.5, 1, 1.5, 7, nan, inf, -inf);
    const { counts, below, above, nonFinite } = histogram(x, { bins: 2, range: [-1, 1] });
    expect([Array.from(counts), below, above, nonFinite]).toEqual([[1, 3], 1, 2, 3]);
  });
  it('histogram(x) spans the finite entries with 64 bins, and [0, 1] without any', () => {
    const h = histogram(Float32Array.of(nan, -2, inf, 6, -inf));
    expect([h.counts.length, h.edges[0], h.edges[64], h.nonFinite]).toEqual([64, -2, 6, 3]);
    expect(Array.from(histogram(Float32Array.of(nan), { bins: 1 }).edges)).toEqual([0, 1]);
  });
  it('histogram(constant x) widens the range by 0.5 each way', () => {
    expect(Array.from(histogram(Float64Array.of(3, 3), { bins: 2 }).edges)).toEqual([2.5, 3, 3.5]);
  });
  it('histogram(x, {bins, range}) rejects bins and ranges out of range', () => {
    const of =
      (options: object, x: number[] = [0, 1]) =>
      () =>
        histogram(Float64Array.from(x), options);
    for (const bins of [0, 1.5, nan, 2 ** 24])
      expect(of({ bins })).toThrow('histogram: bins must be an integer in [1, 2^24)');
    expect(of({ range: [1, 0] })).toThrow(
      'histogram: range must be finite, the first not above the second, got [1, 0]',
    );
    expect(of({ range: [0, nan] })).toThrow(RangeError);
    expect(of({ range: 3 })).toThrow(TypeError);
    expect(of({}, [-1.7e308, 1.7e308])).toThrow('histogram: the width of the range must be finite');
    expect(of({ bins: 3 }, [1e17, 1e17])).toThrow('histogram: bins must not outnumber the float64 values in the range');
    expect(of({ bin: 3 })).toThrow('histogram: options must be among bins, range, got "bin"');
  });
});

describe('histogram by both paths', () => {
  it('histogram(x) counts what lies on an edge, next to one, outside or nowhere as without WebAssembly, in any range', () => {
    const ranges: [number, number][] = [
      [0, 1],
      [-0.1, 0.3],
      [1000, 1000.5],
      [16777210, 16777220],
      [-1e-40, 3e-40],
      [-3e38, 3e38],
      [1e-3, 3e38],
      [-1e300, 1e300],
    ];
    for (const range of ranges)
      for (const bins of [1, 2, 64, 1000, 4096, 4097]) {
        const { edges } = histogram(new Float32Array(0), { bins, range });
        const near = Array.from(edges, Math.fround).flatMap((edge) => [nextDown(edge), edge, nextUp(edge)]);
        const between = Array.from(edges, (edge, i) => (edge + (edges[i + 1] ?? edge)) / 2);
        const x = Float32Array.from([...near, ...between, inf, -inf, nan, 0, -0, 3.4e38, -3.4e38, 1e-45]);
        const { reference, kernel } = byBothPaths(() => histogram(x, { bins, range }));
        expect(kernel, `${bins} bins in ${range}`).toEqual(reference);
        expect(kernel.counts.reduce((sum, n) => sum + n) + kernel.below + kernel.above + kernel.nonFinite).toBe(
          x.length,
        );
      }
  });

  it('histogram(x) is the same with and without WebAssembly at any length', () => {
    const value = fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -9, max: 9 }).map((k) => k / 10) },
      { weight: 1, arbitrary: fc.double() },
    );
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 50 }),
        fc.integer({ min: 1, max: 30 }),
        fc.boolean(),
        (list, bins, double) => {
          const x = double ? Float64Array.from(list) : Float32Array.from(list);
          const { reference, kernel } = byBothPaths(() => histogram(x, { bins, range: [-0.7, 0.9] }));
          expect(kernel).toEqual(reference);
        },
      ),
      { numRuns: 200 },
    );
    const x = fillNormal(new Float32Array(100_003), randomKey(0));
    for (const bins of [64, 65_537]) {
      const { reference, kernel } = byBothPaths(() => histogram(x, { bins }));
      expect(worst(kernel.counts, reference.counts, () => 1)).toBe(0);
      expect(worst(kernel.edges, reference.edges, () => 1)).toBe(0);
    }
  });
});
