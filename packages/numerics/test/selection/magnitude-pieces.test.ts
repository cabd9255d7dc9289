import { compareMagnitudes, countMagnitudes, kthMagnitude, zeroSmaller } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { onBothPaths } from '../both.ts';

const float = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, -1, 2 ** -149, -(2 ** -149)),
);
const pieces = fc
  .array(fc.array(float, { maxLength: 30 }), { minLength: 1, maxLength: 4 })
  .map((lists) => lists.map((list) => Float32Array.from(list)));
const joined = (lists: Float32Array[]): number[] => lists.flatMap((list) => [...list]);

/** The k-th largest magnitude by counts in two readings. */
function byCounts(lists: Float32Array[], k: number): number {
  let left = k;
  const digitOf = (counts: Float64Array): number => {
    let digit = counts.length - 1;
    while (counts[digit]! < left) left -= counts[digit--]!;
    return digit;
  };
  const count = (upper?: number): number => {
    const counter = countMagnitudes(upper);
    for (const list of lists) counter.add(list);
    return digitOf(counter.end());
  };
  const upper = count();
  const lower = count(upper);
  return new Float32Array(Uint32Array.of((upper << 16) | lower).buffer)[0]!;
}

onBothPaths('magnitudes in pieces', () => {
  it('countMagnitudes finds the k-th largest magnitude in two readings', () => {
    fc.assert(
      fc.property(pieces, fc.nat(), (lists, place) => {
        const all = joined(lists);
        fc.pre(all.length > 0);
        const k = 1 + (place % all.length);
        expect(byCounts(lists, k)).toBe(kthMagnitude(Float32Array.from(all), k));
      }),
    );
  });
  it('countMagnitudes counts every entry once, NaN and infinity above all numbers', () => {
    const counter = countMagnitudes();
    counter.add(new Float32Array(70_001));
    counter.add(Float32Array.of(-0, 1, Number.NaN, Number.NEGATIVE_INFINITY));
    const counts = counter.end();
    expect([counts[0], counts[0x3f80], counts.slice(0x7f80).reduce((a, b) => a + b)]).toEqual([70_002, 1, 2]);
    expect(counts.reduce((a, b) => a + b)).toBe(70_005);
  });
  it('countMagnitudes is used up at its end, and two at once do not meet', () => {
    const [first, second] = [countMagnitudes(), countMagnitudes(0x3f80)];
    first.add(Float32Array.of(1));
    second.add(Float32Array.of(-1, 2));
    expect(first.end()[0x3f80]).toBe(1);
    expect(second.end()[0]).toBe(1);
    expect(() => first.end()).toThrow('countMagnitudes: end must be called once, got');
    expect(() => first.add(Float32Array.of(1))).toThrow('countMagnitudes: pieces must come before the end');
    expect(
      countMagnitudes()
        .end()
        .every((count) => count === 0),
    ).toBe(true);
  });
  it('compareMagnitudes counts what is below and at a threshold', () => {
    fc.assert(
      fc.property(fc.array(float, { minLength: 1, maxLength: 50 }), fc.nat(), (list, place) => {
        const x = Float32Array.from(list);
        const threshold = Math.abs(x[place % x.length]!);
        const sizes = [...x].map(Math.abs);
        expect(compareMagnitudes(x, threshold)).toEqual({
          below: sizes.filter((size) => size < threshold).length,
          at: sizes.filter((size) => size === threshold).length,
        });
      }),
    );
    const long = Float32Array.from({ length: 70_000 }, (_, i) => i % 7);
    expect(compareMagnitudes(long, 3)).toEqual({ below: 30_000, at: 10_000 });
  });
  it('zeroSmaller keeps what is above the threshold and the first at it, in x or apart from it', () => {
    fc.assert(
      fc.property(fc.array(float, { minLength: 1, maxLength: 50 }), fc.nat(), fc.nat(9), (list, place, ties) => {
        const x = Float32Array.from(list);
        const threshold = Math.abs(x[place % x.length]!);
        let left = ties;
        const expected = x.map((value) =>
          Math.abs(value) > threshold || (Math.abs(value) === threshold && left-- > 0) ? value : 0,
        );
        const out = new Float32Array(x.length);
        const before = x.slice();
        expect(zeroSmaller(x, { threshold, ties, out })).toBe(Math.max(0, left));
        expect([out, x]).toEqual([expected, before]);
        zeroSmaller(x, { threshold, ties });
        expect(x).toEqual(expected);
      }),
    );
  });
  it('zeroSmaller goes on with the ties that are left, whole chunks of them too', () => {
    const x = new Float32Array(100_000).fill(2);
    expect(zeroSmaller(x, { threshold: 2, ties: 90_000 })).toBe(0);
    expect([x[89_999], x[90_000]]).toEqual([2, 0]);
    expect(zeroSmaller(Float32Array.of(1, 2), { threshold: 2, ties: 5e9 })).toBe(5e9 - 1);
    const gone = Float32Array.of(1, 2);
    zeroSmaller(gone, { threshold: Number.POSITIVE_INFINITY, ties: 0 });
    expect([...gone]).toEqual([0, 0]);
  });
});
