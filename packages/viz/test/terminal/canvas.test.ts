import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Point } from '../../src/marks/path.ts';
import { Canvas } from '../../src/terminal/canvas.ts';

const all = { left: 0, top: 0, right: 8, bottom: 8 };
const red = { color: '#ff0000', alpha: 1 };
const rowsOf = (canvas: Canvas, at: (x: number, y: number) => unknown) =>
  Array.from({ length: canvas.height }, (_, y) =>
    Array.from({ length: canvas.width }, (_, x) => (at(x, y) === undefined ? '.' : '#')).join(''),
  );
const fills = (canvas: Canvas) => rowsOf(canvas, (x, y) => canvas.fillAt(x, y));
const lines = (canvas: Canvas) => rowsOf(canvas, (x, y) => canvas.lineAt(x, y));

describe('fill(rings, paint, evenOdd, clip)', () => {
  const outer: Point[] = [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 4],
  ];
  const inner: Point[] = [
    [1, 1],
    [3, 1],
    [3, 3],
    [1, 3],
  ];

  it('has a hole where rings overlap by the even-odd rule, and none where both turn the same way by the other', () => {
    const odd = new Canvas(4, 4);
    odd.fill([outer, inner], red, true, all);
    expect(fills(odd)).toEqual(['####', '#..#', '#..#', '####']);
    const turns = new Canvas(4, 4);
    turns.fill([outer, inner], red, false, all);
    expect(fills(turns)).toEqual(['####', '####', '####', '####']);
    const against = new Canvas(4, 4);
    against.fill([outer, [...inner].reverse()], red, false, all);
    expect(fills(against)).toEqual(['####', '#..#', '#..#', '####']);
  });

  it('covers as many dots as the area of a convex shape, within the dots that its outline crosses', () => {
    const point = fc.tuple(fc.double({ min: 0, max: 40, noNaN: true }), fc.double({ min: 0, max: 40, noNaN: true }));
    fc.assert(
      fc.property(point, point, point, (a, b, c) => {
        const canvas = new Canvas(40, 40);
        canvas.fill([[a, b, c]], red, false, { left: 0, top: 0, right: 40, bottom: 40 });
        const area = Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
        const around = [a, b, c].reduce((sum, from, i) => {
          const to = [b, c, a][i]!;
          return sum + Math.abs(from[0] - to[0]) + Math.abs(from[1] - to[1]) + 1;
        }, 3);
        const count = fills(canvas).join('').replaceAll('.', '').length;
        // A segment crosses at most |dx| + |dy| + 1 dots, and only crossed dots can be counted wrong.
        expect(Math.abs(count - area)).toBeLessThanOrEqual(around);
      }),
    );
  });
});

describe('box(from, to, paint, clip)', () => {
  it('is at least one dot thin, cut at the clip, and leaves the ground where it has no paint', () => {
    const canvas = new Canvas(6, 4);
    canvas.box([0.2, 1.4], [6, 1.45], red, { ...all, right: 5 });
    expect(fills(canvas)).toEqual(['......', '#####.', '......', '......']);
    canvas.box([1, 0], [3, 4], undefined, all);
    expect(fills(canvas)[1]).toBe('#..##.');
    canvas.box([9, 9], [10, 10], red, all);
    expect(fills(canvas)[1]).toBe('#..##.');
  });

  it('mixes a translucent paint with an opaque one below, and keeps it apart from the ground', () => {
    const canvas = new Canvas(2, 1);
    canvas.box([0, 0], [1, 1], { color: '#ffffff', alpha: 1 }, all);
    canvas.box([0, 0], [2, 1], { color: '#000000', alpha: 0.4 }, all);
    expect(canvas.fillAt(0, 0)).toEqual({ color: '#999999', alpha: 1 });
    expect(canvas.fillAt(1, 0)).toEqual({ color: '#000000', alpha: 0.4 });
  });
});

describe('line(points, color, width, dash, clip)', () => {
  it('has a dot in every column of a flat line and in every row of a steep one', () => {
    const canvas = new Canvas(8, 8);
    canvas.line(
      [
        [0, 0.5],
        [7.9, 2.5],
      ],
      '#000000',
      1,
      [],
      all,
    );
    for (let x = 0; x < 8; x++) expect(lines(canvas).some((row) => row[x] === '#')).toBe(true);
    const steep = new Canvas(8, 8);
    steep.line(
      [
        [1, 0],
        [2, 7.9],
      ],
      '#000000',
      1,
      [],
      all,
    );
    for (const row of lines(steep)) expect(row).toContain('#');
  });

  it('draws dashes of whole dots, thick lines as thick as they are, and a point as a disc', () => {
    const dashed = new Canvas(8, 1);
    dashed.line(
      [
        [0.5, 0.5],
        [7.5, 0.5],
      ],
      '#000000',
      1,
      [2, 1],
      all,
    );
    expect(lines(dashed)).toEqual(['##.##.##']);
    const thick = new Canvas(4, 4);
    thick.line(
      [
        [0, 2],
        [4, 2],
      ],
      '#000000',
      2,
      [],
      all,
    );
    expect(lines(thick)).toEqual(['....', '####', '####', '....']);
    const disc = new Canvas(3, 3);
    disc.line([[1.5, 1.5]], '#000000', 2.2, [], all);
    expect(lines(disc)).toEqual(['.#.', '###', '.#.']);
  });

  it('draws nothing outside of the clip', () => {
    const canvas = new Canvas(8, 8);
    canvas.line(
      [
        [-4, 4.5],
        [12, 4.5],
      ],
      '#000000',
      1,
      [],
      { left: 2, top: 0, right: 5, bottom: 8 },
    );
    expect(lines(canvas)[4]).toBe('..####..');
  });
});
