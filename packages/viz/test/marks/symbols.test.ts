import { describe, expect, it } from 'vitest';
import { lineStyle } from '../../src/marks/colors.ts';
import { symbolPath, symbolsIn } from '../../src/marks/symbols.ts';

describe('symbolPath(i, x, y)', () => {
  it('has for each of 12 classes another shape or another color', () => {
    const looks = Array.from({ length: 12 }, (_, i) => `${symbolPath(i, 0, 0)} ${lineStyle(i).color}`);
    expect(new Set(looks).size).toBe(12);
  });

  it('is found again by symbolsIn(), with its middle', () => {
    const d = Array.from({ length: 6 }, (_, i) => symbolPath(i, 10.25 * i, -3)).join('');
    const found = symbolsIn(d);
    expect(found.map(({ x, y }) => [x, y])).toEqual(Array.from({ length: 6 }, (_, i) => [10.25 * i, -3]));
    expect(found.map(({ sign }) => sign).join('')).toBe('●■▲◆▼+');
    expect(found.map(({ shape }) => shape)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('is no line and no area', () => {
    expect(symbolsIn('M1,2L3,4L5,6Z')).toEqual([]);
    expect(symbolsIn('M1,2h0M3,4h0')).toEqual([]);
  });
});
