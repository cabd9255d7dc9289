import { contours } from 'd3-contour';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contourRings, fillGaps, type Grid, type Ring, ringArea, ringLines } from '../../src/marks/contour.ts';
import { cornersOf } from '../figures.ts';
import golden from '../golden/contours.json' with { type: 'json' };

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const gridOf = (values: number[][]): Grid => ({
  values: values.flat(),
  x: range(values[0]!.length),
  y: range(values.length),
});

/** Twice the area of a ring, with its sign. */
const twice = (ring: Ring) =>
  ring.reduce((sum, [x, y], i) => {
    const [fromX, fromY] = ring.at(i - 1)!;
    return sum + fromX * y - x * fromY;
  }, 0);

/** A ring as a text, the same from whichever of its corners and in whichever direction it is told; corners told twice count once. */
function told(ring: Ring): string {
  const corners = ring.map((point) => point.map((place) => place.toFixed(9)).join());
  const once = corners.filter((corner, i) => corner !== corners.at(i - 1));
  const ways = [once, [...once].reverse()].flatMap((way) => way.map((_, i) => [...way.slice(i), ...way.slice(0, i)]));
  return ways.map((way) => way.join(' ')).sort()[0]!;
}

/** The rings that d3-contour finds, which has the value of column 0 at 0.5 and goes around the grid half a cell outside of it. */
function ringsOfD3(values: number[][], level: number): Ring[] {
  const [width, height] = [values[0]!.length, values.length];
  const within = (position: number, count: number) => Math.min(count - 1, Math.max(0, position - 0.5)) + 0;
  const { coordinates } = contours().size([width, height]).contour(values.flat(), level);
  return coordinates.flat().map((ring) => ring.slice(1).map(([x, y]) => [within(x!, width), within(y!, height)]));
}

describe('contourRings(grid, level)', () => {
  it.each(golden.cases)(
    'crosses the lines of the grid of $field at $level where contourpy does',
    ({ values, level, points }) => {
      const crossings = contourRings(gridOf(values), level)
        .flat()
        .filter(([x, y]) => !Number.isInteger(x) || !Number.isInteger(y))
        .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      expect(crossings).toHaveLength(points.length);
      crossings.forEach(([x, y], i) => {
        // contourpy's are rounded to 12 digits; columns and rows are below 10
        expect(x).toBeCloseTo(points[i]![0]!, 10);
        expect(y).toBeCloseTo(points[i]![1]!, 10);
      });
    },
  );

  it('finds circles in x² + y²', () => {
    const count = 81;
    const step = 4 / (count - 1);
    const at = (i: number) => -2 + step * i;
    const values = range(count).map((row) => range(count).map((column) => -(at(column) ** 2 + at(row) ** 2)));
    for (const level of [0.5, 1, 2.25]) {
      const [ring, ...others] = contourRings(gridOf(values), -level);
      expect(others).toEqual([]);
      // Between neighbors, x² lies at most step² / 4 below the straight line that the contour takes it for.
      for (const [column, row] of ring!) {
        const height = at(column) ** 2 + at(row) ** 2;
        expect(height).toBeGreaterThanOrEqual(level - step ** 2 / 4 - 1e-12);
        expect(height).toBeLessThanOrEqual(level + 1e-12);
      }
      // Inside the circle, and outside of that of a smaller level whose chords are as long as a cell's diagonal.
      const area = Math.abs(twice(ring!) / 2) * step ** 2;
      expect(area).toBeLessThan(Math.PI * level);
      expect(area).toBeGreaterThan(Math.PI * (level - (3 * step ** 2) / 4));
    }
  });

  const side = fc.integer({ min: 2, max: 6 });
  const gridsOf = <T>(value: fc.Arbitrary<T>) =>
    fc
      .tuple(side, side)
      .chain(([rows, columns]) =>
        fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }),
      );
  const grids = gridsOf(fc.integer({ min: -3, max: 3 }));

  it.each([
    ['whole numbers, some of them at the level', grids, 1],
    ['any numbers', gridsOf(fc.double({ min: -1, max: 1, noNaN: true })), 0.25],
  ] as const)('finds the rings that d3-contour finds in grids of %s', (_name, all, level) => {
    fc.assert(
      fc.property(all as fc.Arbitrary<number[][]>, (values) => {
        // Values at the level without neighbors above it are a point or a line, which d3 leaves out.
        const [ours, theirs] = [contourRings(gridOf(values), level), ringsOfD3(values, level)].map((rings) =>
          rings
            .filter((ring) => Math.abs(twice(ring)) > 1e-9)
            .map(told)
            .sort(),
        );
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 2000 },
    );
  });

  it('has all places at a level or above it within, and all others outside', () => {
    fc.assert(
      fc.property(grids, (values) => {
        const rings = contourRings(gridOf(values), 0.5);
        const [right, top] = [values[0]!.length - 1, values.length - 1];
        const odd = (px: number, py: number) =>
          rings.filter((ring) => {
            let inside = false;
            ring.forEach(([x, y], i) => {
              const [fromX, fromY] = ring.at(i - 1)!;
              if (y > py !== fromY > py && px < ((fromX - x) * (py - y)) / (fromY - y) + x) inside = !inside;
            });
            return inside;
          }).length %
            2 ===
          1;
        values.forEach((row, j) => {
          row.forEach((height, i) => {
            // A hair towards the middle: places on the border lie on the rings.
            const [px, py] = [i + Math.sign(right / 2 - i) * 1e-6, j + Math.sign(top / 2 - j) * 2e-6];
            expect(odd(px, py)).toBe(height >= 0.5);
          });
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('fillGaps(values, columns)', () => {
  it('takes the mean of neighbors, and of theirs', () => {
    const nan = Number.NaN;
    expect(fillGaps([1, nan, 3, 4, Infinity, 6], 3)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(fillGaps([7, nan, nan, nan], 4)).toEqual([7, 7, 7, 7]);
    expect(fillGaps([nan, nan], 1)).toEqual([0, 0]);
    expect(fillGaps([1, 2], 2)).toEqual([1, 2]);
  });
});

describe('paths of rings', () => {
  const frame = { left: 0, right: 100, top: 0, bottom: 100 };
  const grid = (values: number[]): Grid => ({ values, x: [0, 0.25, 1], y: [0, 0.5, 1] });

  it('ringArea(...) goes around the whole grid where all of it is above', () => {
    const all = grid(new Array(9).fill(1));
    const [corners] = cornersOf(ringArea(frame, all, contourRings(all, 0.5)));
    expect(new Set(corners!.map(String))).toEqual(new Set(['0,0', '0,100', '100,0', '100,100']));
  });

  it('ringLines(...) leaves out the border, and keeps lines in one piece', () => {
    const all = grid(new Array(9).fill(1));
    expect(cornersOf(ringLines(frame, all, contourRings(all, 0.5)))).toEqual([]);
    const half = grid([0, 0, 1, 0, 0, 1, 0, 0, 1]);
    const lines = cornersOf(ringLines(frame, half, contourRings(half, 0.5)));
    // halfway between the columns at 25 and 100
    expect(lines.flat().map(([x]) => x)).toEqual(lines.flat().map(() => 62.5));
    expect(lines.flat().map(([, y]) => y)).toEqual(expect.arrayContaining([0, 50, 100]));
    const hill = grid([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    const [ring] = cornersOf(ringLines(frame, hill, contourRings(hill, 0.5)));
    expect(ring!.at(-1)).toEqual(ring![0]);
    expect(new Set(ring!.map(String))).toEqual(new Set(['12.5,50', '25,25', '62.5,50', '25,75']));
  });
});
