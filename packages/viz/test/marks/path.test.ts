import { area, line } from 'd3-shape';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaPath, linePath } from '../../src/marks/path.ts';

const length = fc.oneof(fc.double({ min: -4000, max: 4000, noNaN: true }), fc.integer({ min: -9, max: 9 }));
const maybe = fc.oneof({ weight: 3, arbitrary: length }, { weight: 1, arbitrary: fc.constant(Number.NaN) });
const corners = fc.array(fc.tuple(maybe, maybe, maybe), { maxLength: 12 });

// d3 rounds in the same way, and writes -0 as 0 as well.
describe('d3-shape 3.2.1, whatever the corners', () => {
  it('writes the lines of linePath(corners)', () => {
    const d3 = line()
      .defined(([x, y]) => !Number.isNaN(x + y))
      .digits(2);
    fc.assert(
      fc.property(corners, (all) => {
        const [x, y] = [all.map(([x]) => x), all.map(([, y]) => y)];
        expect(linePath({ x, y })).toBe(d3(all.map(([x, y]) => [x, y])) ?? '');
      }),
      { numRuns: 500 },
    );
  });

  it('writes the areas of areaPath(x, from, to)', () => {
    const d3 = area<[number, number, number]>()
      .x(([x]) => x)
      .y0(([, from]) => from)
      .y1(([, , to]) => to)
      .defined(([x, from, to]) => !Number.isNaN(x + from + to))
      .digits(2);
    fc.assert(
      fc.property(corners, (all) => {
        const [x, from, to] = [0, 1, 2].map((k) => all.map((corner) => corner[k]!)) as [number[], number[], number[]];
        expect(areaPath(x, from, to)).toBe(d3(all) ?? '');
      }),
      { numRuns: 500 },
    );
  });
});
