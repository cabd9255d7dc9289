import { extent } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { onBothPaths } from '../both.ts';

/** What it must give, by its own words. */
function byWords(x: Float32Array | Float64Array) {
  const finite = [...x].filter(Number.isFinite);
  return {
    min: finite.length === 0 ? Number.NaN : Math.min(...finite),
    max: finite.length === 0 ? Number.NaN : Math.max(...finite),
    zeros: finite.filter((value) => value === 0).length,
    nonFinite: x.length - finite.length,
  };
}

onBothPaths('extent', () => {
  it('is the least, the greatest, the zeros and what is not finite, whatever the bits', () => {
    const words = fc.array(
      fc.oneof(fc.nat(2 ** 32 - 1), fc.constantFrom(0, 0x80000000, 1, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f7fffff)),
      { maxLength: 70 },
    );
    fc.assert(
      fc.property(words, (list) => {
        const x = new Float32Array(Uint32Array.from(list).buffer);
        const { min, max, ...counts } = extent(x);
        const expected = byWords(x);
        // 0 and -0 are one value here.
        expect({ min: min + 0, max: max + 0, ...counts }).toEqual({
          ...expected,
          min: expected.min + 0,
          max: expected.max + 0,
        });
      }),
    );
  });
  it('takes float64 and views into longer arrays', () => {
    expect(extent(Float64Array.of(1e300, -1e-300, 0))).toEqual({ min: -1e-300, max: 1e300, zeros: 1, nonFinite: 0 });
    const x = Float32Array.from({ length: 100_003 }, (_, i) => Math.fround(Math.sin(i)));
    expect(extent(x.subarray(1))).toEqual(byWords(x.subarray(1)));
  });
  it('gives +0 for a zero beside other values, and the sign of the first of zeros alone', () => {
    expect(extent(Float32Array.of(1, -0)).min).toBe(0);
    expect(extent(Float32Array.of(-1, -0)).max).toBe(0);
    expect(extent(Float32Array.of(-0, 0)).min).toBe(-0);
    expect(extent(Float32Array.of(0, -0)).max).toBe(0);
  });
  it('is NaN where nothing is finite', () => {
    const none = { min: Number.NaN, max: Number.NaN, zeros: 0 };
    expect(extent(new Float32Array(0))).toEqual({ ...none, nonFinite: 0 });
    expect(extent(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY))).toEqual({ ...none, nonFinite: 2 });
  });
});
