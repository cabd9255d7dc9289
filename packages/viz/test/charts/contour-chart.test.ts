import { contourChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { cornersOf, count, cpuTime, pathsOf, textsOf } from '../figures.ts';

const places = Array.from({ length: 41 }, (_, i) => (i - 20) / 10);
const values = places.map((y) => places.map((x) => x * x + y * y));
const small = {
  values: [
    [1, 2],
    [3, 4],
  ],
};
const bowl = { values, x: places, y: places };

/** Where the frame of a drawing is. */
function borderOf(svg: string) {
  const tag = /<rect data-mark="border"[^>]*>/.exec(svg)![0];
  const number = (name: string) => Number(new RegExp(` ${name}="([\\d.]+)"`).exec(tag)![1]);
  return { left: number('x'), top: number('y'), width: number('width'), height: number('height') };
}

describe('contourChart(data, options)', () => {
  it('draws circles as circles around the middle of the plane', () => {
    const svg = contourChart(bowl, { levels: [1], width: 500, height: 560 }).svg();
    const { left, top, width, height } = borderOf(svg);
    const rings = cornersOf(pathsOf(svg, 'contour')[0]!);
    // what lies outside of a circle: the whole plane, with the circle as a hole
    expect(rings).toHaveLength(2);
    const circle = rings.find((ring) => ring.length > 10)!;
    for (const [x, y] of circle) {
      const radius = Math.hypot(-2 + (4 * (x - left)) / width, 2 - (4 * (y - top)) / height);
      // a chord of x² over a cell lies up to 0.1² / 4 above it; coordinates are rounded to a hundredth of 400 pixels
      expect(radius).toBeGreaterThan(0.998);
      expect(radius).toBeLessThan(1.0005);
    }
  });

  it('takes flat values with a shape, and places that are not evenly spread', () => {
    const nested = contourChart(bowl, { levels: 5 });
    const flat = contourChart({ ...bowl, values: Float64Array.from(values.flat()), shape: [41, 41] }, { levels: 5 });
    expect(flat.svg()).toBe(nested.svg());
    const ramp = [0, 1, 9].map(() => [0, 1, 9]);
    const svg = contourChart({ values: ramp, x: [0, 1, 9] }, { levels: [2, 5] }).svg();
    const { left, width } = borderOf(svg);
    for (const [k, level] of [2, 5].entries()) {
      const least = Math.min(...cornersOf(pathsOf(svg, 'contour')[k]!)[0]!.map(([x]) => x));
      expect(least).toBeCloseTo(left + (width * level) / 9, 1);
    }
  });

  it('draws the paths of optimizers with a ring at the start and a dot at the end', () => {
    const paths = [
      { name: 'sgd', x: [-2, 0, 2], y: [-2, 0, 2] },
      { name: 'adam', x: [0, 0.5], y: [1, 0] },
    ];
    const figure = contourChart({ ...bowl, paths }, { levels: [1] });
    const svg = figure.svg();
    const { left, top, width, height } = borderOf(svg);
    const [line] = cornersOf(pathsOf(svg, 'line')[0]!);
    expect(line!.map(([x, y]) => [(x - left) / width, (y - top) / height].map((at) => Number(at.toFixed(3))))).toEqual([
      [0, 1],
      [0.5, 0.5],
      [1, 0],
    ]);
    expect(count(svg, /data-mark="start"/)).toBe(2);
    expect(count(svg, /data-mark="end"/)).toBe(2);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['sgd', 'adam', 'ring: start, dot: end', 'value 0', '8']));
    expect(figure.description).toBe(
      'value over x from −2 to 2 and y from −2 to 2: lowest 0 at (0, 0), highest 8 at (−2, −2). One contour, at 1. ' +
        'sgd: 3 steps from (−2, −2) to (2, 2). adam: 2 steps from (0, 1) to (0.5, 0).',
    );
  });

  it('cuts off a way that leaves the plane, and breaks it where a step is not there', () => {
    const paths = [{ name: 'a', x: [0, 9e300, null, 1, 1], y: [0, 9e300, 1, 1, 'NaN'] }];
    const figure = contourChart({ ...bowl, paths } as never, { levels: [1] });
    const svg = figure.svg();
    expect(count(svg, /data-mark="start"/)).toBe(1);
    expect(count(svg, /data-mark="dot"/)).toBe(1);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['NaN (1) in paths', 'missing (1) in paths']));
    expect(figure.description).toContain('a: 5 steps from (0, 0) to (1, 1); 1 not finite (1 NaN), 1 missing.');
  });

  it('shows heights that cannot be drawn in gray', () => {
    const holes = values.map((row) => [...row] as (number | null)[]);
    holes[3]![4] = Number.NaN;
    holes[3]![5] = null;
    holes[0]![0] = Number.POSITIVE_INFINITY;
    const figure = contourChart({ ...bowl, values: holes });
    const svg = figure.svg();
    expect(count(/<path[^>]*data-mark="no value"[^>]*>/.exec(svg)![0], /M/)).toBe(2);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['NaN (1)', 'Infinity (1)', 'missing (1)']));
    expect(figure.description).toMatch(/Gray: 2 not finite \(1 NaN, 1 Infinity\), 1 missing\.$/);
    expect(figure.table.rows[3]!.slice(4, 7)).toEqual([expect.any(Number), 'NaN', 'missing']);
    const none = contourChart({
      values: [
        [null, 'NaN'],
        [null, null],
      ],
    } as never);
    expect(none.description).toMatch(/: no value\./);
  });

  it('takes round heights, powers of ten, or those it is given', () => {
    const levelsOf = (options: object) =>
      /contours?, at (.*?)\.(?: |$)/.exec(contourChart(bowl, options).description)![1];
    expect(levelsOf({ levels: 4 })).toBe('2, 4, 6 and 8');
    expect(levelsOf({ levelScale: 'log', levels: 4 })).toBe('0.01, 0.1 and 1');
    expect(levelsOf({ levelScale: 'log', levels: 9 })).toBe('0.02, 0.05, 0.1, 0.2, 0.5, 1, 2 and 5');
    expect(levelsOf({ levels: [-1, 0.3] })).toBe('−1 and 0.3');
  });

  it('draws planes of one height, and of the largest doubles', () => {
    expect(
      contourChart({
        values: [
          [1, 1],
          [1, 1],
        ],
      }).description,
    ).toMatch(/lowest 1 at \(0, 0\), highest 1 at/);
    const { MAX_VALUE } = Number;
    const wide = contourChart(
      {
        values: [
          [-MAX_VALUE, MAX_VALUE],
          [-MAX_VALUE, MAX_VALUE],
        ],
      },
      { levels: [0] },
    ).svg();
    const { left, width } = borderOf(wide);
    expect(Math.min(...cornersOf(pathsOf(wide, 'contour')[0]!)[0]!.map(([x]) => x))).toBeCloseTo(left + width / 2, 2);
  });

  it('draws a million heights and steps in bounded time and bytes, and says which', () => {
    const many = Float32Array.from({ length: 1e6 }, (_, i) => Math.sin(i) * Math.cos(i / 999));
    const way = Float64Array.from({ length: 1e6 }, (_, i) => 500 + 400 * Math.sin(i));
    const draw = () => contourChart({ values: many, shape: [1000, 1000], paths: [{ name: 'a', x: way, y: way }] });
    let svg = '';
    expect(
      cpuTime(() => {
        svg = draw().svg();
      }),
    ).toBeLessThan(15_000);
    expect(svg.length).toBeLessThan(1_000_000);
    expect(textsOf(svg)).toContain('80 of 1000 rows and 80 of 1000 columns are drawn');
    const smooth = many.map((_, i) => Math.sin(i / 1e5) * Math.cos((i % 1000) / 99));
    const fine = contourChart({ values: smooth, shape: [1000, 1000] }).svg();
    expect(textsOf(fine)).toContain('160 of 1000 rows and 160 of 1000 columns are drawn');
  });

  it('keeps what it was given', () => {
    const grid = [
      [0, 1],
      [2, 3],
    ];
    const figure = contourChart({ values: grid });
    const svg = figure.svg();
    grid[0]![0] = 99;
    expect(figure.svg()).toBe(svg);
  });

  it.each([
    [{ values: [[1, 2]] }, {}, 'contourChart: values must have 2 rows and 2 columns or more, got "1 x 2"'],
    [{ values: [] }, {}, 'contourChart: values must have at least one entry, got []'],
    [{ ...small, x: [0, 1, 2] }, {}, 'contourChart: x must have as many entries as columns, got "3 x and 2 columns"'],
    [
      {
        values: [
          [1, 2],
          [3, 4],
        ],
        y: [1, 0],
      },
      {},
      'contourChart: y must be finite and ascending, got "0 at y[1]"',
    ],
    [small, { levels: 0 }, 'contourChart: levels must be a whole number in [1, 40], or a list, got 0'],
    [small, { levels: [2, 1] }, 'contourChart: levels must be finite and ascending, got "1 at levels[1]"'],
    [small, { scheme: 'jet' }, 'contourChart: scheme must be among inferno, hot, got "jet"'],
    [
      { ...small, paths: [{ name: 'a', x: [1], y: [] }] },
      {},
      'contourChart: paths[0] must have as many x as y, got "1 x and 0 y"',
    ],
    [{ ...small, paths: [{ x: [1], y: [1] }] }, {}, 'contourChart: paths[0].name must be a string, got undefined'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => contourChart(data as never, options as never)).toThrow(message);
  });
});
