import { expect, it } from 'vitest';
import { subpaths } from '../../src/terminal/path-data.ts';

it('subpaths(d) follows absolute and relative lines, and starts again where a part was closed', () => {
  expect(subpaths('M1,2L3,-4H5V6h-1v2l1,1Z')).toEqual([
    {
      points: [
        [1, 2],
        [3, -4],
        [5, -4],
        [5, 6],
        [4, 6],
        [4, 8],
        [5, 9],
      ],
      closed: true,
    },
  ]);
  expect(subpaths('M0,0h2M5,5v1Zh3')).toEqual([
    {
      points: [
        [0, 0],
        [2, 0],
      ],
      closed: false,
    },
    {
      points: [
        [5, 5],
        [5, 6],
      ],
      closed: true,
    },
    {
      points: [
        [5, 5],
        [8, 5],
      ],
      closed: false,
    },
  ]);
  expect(subpaths('')).toEqual([]);
});

it('subpaths(d) makes corners of half circles on the circle, above it going right with a sweep of 1', () => {
  const [ring] = subpaths('M-3,0a3,3,0,1,0,6,0a3,3,0,1,0,-6,0');
  for (const [x, y] of ring!.points) expect(Math.hypot(x, y)).toBeCloseTo(3, 12);
  expect(ring!.points[8]![1]).toBeCloseTo(3, 12);
  expect(ring!.points[24]![1]).toBeCloseTo(-3, 12);
  expect(subpaths('M-3,0a3,3,0,1,1,6,0')[0]!.points[8]![1]).toBeCloseTo(-3, 12);
});

it('subpaths(d) follows a curve: its middle is an eighth of the ends and three eighths of the others', () => {
  const [curve] = subpaths('M10,0c4,0,6,8,10,8');
  expect(curve!.points[8]).toEqual([10 + (3 * 4 + 3 * 6 + 10) / 8, (3 * 8 + 8) / 8]);
  expect(curve!.points.at(-1)).toEqual([20, 8]);
});
