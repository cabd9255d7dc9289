import { type AffineGrid, affineCodes } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byBothPaths, onBothPaths } from '../both.ts';

onBothPaths('affineCodes', () => {
  it('rounds halves to even, in the middle of vectors and behind them', () => {
    const x = Float32Array.from({ length: 37 }, (_, i) => i / 2);
    const expected = [...x].map((value) => {
      const below = Math.floor(value);
      return value - below === 0.5 ? below + (below % 2) : Math.round(value);
    });
    for (const law of ['float32', 'float64'] as const) {
      const grid: AffineGrid = { scale: 1, min: 0, max: 255, law };
      expect([...affineCodes(x, new Uint8Array(37), grid)]).toEqual(expected);
      expect([...affineCodes(x, new Uint16Array(37), { ...grid, max: 65535 })]).toEqual(expected);
    }
  });
  it('clips to the grid', () => {
    const x = Float32Array.of(-9, 1e30, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    for (const law of ['float32', 'float64'] as const)
      expect([...affineCodes(x, new Uint8Array(4), { scale: 0.5, min: -1, max: 126.5, law })]).toEqual([
        0, 255, 0, 255,
      ]);
  });
  it('tells the ends of a grid apart that are further from each other than float32 reaches', () => {
    const x = Float32Array.of(3e38, -3e38, 0, 1e38);
    // (x - min) / (6e38 / 255) in exact arithmetic: 255, 0, 127.5 and 170; half a code goes to the even one.
    for (const law of ['float32', 'float64'] as const)
      expect([...affineCodes(x, new Uint8Array(4), { scale: 6e38 / 255, min: -3e38, max: 3e38, law })]).toEqual([
        255, 0, 128, 170,
      ]);
  });
  it('hits every code of 16 bits', () => {
    const x = Float32Array.from({ length: 65536 }, (_, i) => (i - 30000) * 2 ** -9);
    const grid = { scale: 2 ** -9, min: -30000 * 2 ** -9, max: 35535 * 2 ** -9 };
    for (const law of ['float32', 'float64'] as const)
      expect(affineCodes(x, new Uint16Array(65536), { ...grid, law })).toEqual(Uint16Array.from(x, (_, i) => i));
  });
});

describe('affineCodes', () => {
  it('gives by the kernel what the reference gives, to the bit, at all scales', () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.array(float, { minLength: 2, maxLength: 40 }),
        fc.constantFrom<['float32' | 'float64', 1 | 2]>(['float32', 1], ['float32', 2], ['float64', 1], ['float64', 2]),
        (list, [law, bytes]) => {
          const [min, max] = [Math.min(...list), Math.max(...list)];
          fc.pre(min < max);
          const scale = (max - min) / (256 ** bytes - 1);
          const Codes = bytes === 1 ? Uint8Array : Uint16Array;
          const { reference, kernel } = byBothPaths(() =>
            affineCodes(Float32Array.from(list), new Codes(list.length), { scale, min, max, law }),
          );
          expect(kernel).toEqual(reference);
        },
      ),
      { numRuns: 300 },
    );
  });
});
