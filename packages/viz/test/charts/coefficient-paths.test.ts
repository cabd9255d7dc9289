import { coefficientPaths } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { count, cpuTime, pathsOf, textsOf } from '../figures.ts';

const x = [0.01, 0.1, 1];
const series = [
  { name: 'age', y: [2, 1, 0] },
  { name: 'height', y: [-1, -0.5, 0] },
  { name: 'weight', y: [1, 0.5, 0] },
];

/** The names at the right with their heights. */
function namesOf(svg: string): Record<string, number> {
  const inside = /data-mark="names"[^>]*>(.*?)<\/g>/.exec(svg)![1]!;
  const all = [...inside.matchAll(/<text x="[\d.]+" y="([\d.]+)">([^<]*)</g)];
  return Object.fromEntries(all.map(([, y, name]) => [name!, Number(y)]));
}

describe('coefficientPaths(data, options)', () => {
  it('names lines that end together one above the other, in the middle of where they end', () => {
    const svg = coefficientPaths({ x, series }).svg();
    const names = namesOf(svg);
    const heights = Object.values(names).sort((a, b) => a - b);
    expect(heights[1]! - heights[0]!).toBeCloseTo(14, 1);
    expect(heights[2]! - heights[1]!).toBeCloseTo(14, 1);
    const end = Number(pathsOf(svg, 'line')[0]!.split(',').at(-1));
    expect(heights[1]! - 0.34 * 12).toBeCloseTo(end, 1);
  });

  it('has a log scale, on which equal factors are equal lengths, or a linear one', () => {
    const xOf = (options: object) =>
      pathsOf(coefficientPaths({ x, series }, options).svg(), 'line')[0]!
        .slice(1)
        .split('L')
        .map((point) => Number(point.split(',')[0])) as [number, number, number];
    const [a, b, c] = xOf({});
    expect(b - a).toBeCloseTo(c - b, 1);
    const [d, e, f] = xOf({ xScale: 'linear' });
    expect((e - d) / (f - d)).toBeCloseTo(0.09 / 0.99, 3);
  });

  it('draws a line at 0 where both signs are', () => {
    expect(count(coefficientPaths({ x, series }).svg(), /data-mark="zero"/)).toBe(1);
    expect(count(coefficientPaths({ x, series: [{ name: 'a', y: [1, 2, 3] }] }).svg(), /data-mark="zero"/)).toBe(0);
  });

  it('gives the lines of a group one color and a place in the legend, and no line a name at its end', () => {
    const groups = { names: ['kept', 'gone'], of: [0, 1, 0] };
    const figure = coefficientPaths({ x, series, groups });
    const svg = figure.svg();
    const colors = [...svg.matchAll(/<path [^>]*data-mark="line"[^>]* stroke="([^"]+)"/g)].map(([, color]) => color);
    expect(colors).toHaveLength(3);
    expect(colors[0]).toBe(colors[2]);
    expect(colors[0]).not.toBe(colors[1]);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['kept', 'gone']));
    expect(textsOf(svg)).not.toContain('age');
    expect(figure.table.columns).toEqual(['penalty', 'age', 'height', 'weight']);
    // Without names the lines reach further to the right.
    const end = (drawing: string) => Number(/([\d.]+),[\d.]+$/.exec(pathsOf(drawing, 'line')[0]!)![1]);
    expect(end(svg)).toBeGreaterThan(end(coefficientPaths({ x, series }).svg()) + 20);
  });

  it('has an upright line at a position, where the axis has that position', () => {
    const places = (mark: number) =>
      [
        ...coefficientPaths({ x, series }, { mark })
          .svg()
          .matchAll(/data-mark="mark" d?[^>]*/g),
      ].length;
    expect(places(0.05)).toBe(1);
    expect(places(0.001)).toBe(0);
    const marked = coefficientPaths({ x, series }, { mark: 0.1 }).svg();
    const at = Number(/data-mark="mark"[^>]*?x1="([\d.]+)"/.exec(marked)![1]);
    const second = Number(pathsOf(marked, 'line')[0]!.split('L')[1]!.split(',')[0]);
    expect(at).toBeCloseTo(second, 1);
  });

  it('names those of many lines that end furthest from 0', () => {
    const many = Array.from({ length: 90 }, (_, i) => ({ name: `w${i}`, y: [1, 1, i === 7 ? -5 : i / 90] }));
    const figure = coefficientPaths({ x, series: many });
    const names = Object.keys(namesOf(figure.svg()));
    expect(names.length).toBeGreaterThan(15);
    expect(names.length).toBeLessThan(40);
    expect(names).toEqual(expect.arrayContaining(['w7', 'w89', 'w88']));
    expect(names).not.toContain('w0');
    expect(textsOf(figure.svg())).toContain('lines that end furthest from 0 are named');
    expect(figure.table.columns).toHaveLength(91);
  });

  it('marks what cannot be drawn, and names a line where it ends', () => {
    const odd = [
      { name: 'a', y: [1, 2, Number.NaN] },
      { name: 'none', y: [null, 'NaN', null] },
    ];
    const figure = coefficientPaths({ x, series: odd } as never);
    expect(Object.keys(namesOf(figure.svg()))).toEqual(['a']);
    expect(textsOf(figure.svg())).toEqual(expect.arrayContaining(['NaN (2)', 'missing (2)']));
    expect(figure.description).toMatch(
      /^2 lines, coefficient by penalty\. a: from 1 at 0\.01 to 2 at 0\.1; .* none: no value; /,
    );
  });

  it('draws one point, no point, and a million points in bounded time', () => {
    expect(coefficientPaths({ x: [1], series: [{ name: 'a', y: [1] }] }).svg()).toContain('data-mark="dot"');
    expect(coefficientPaths({ x: [], series: [{ name: 'a', y: [] }] }).svg()).toContain('>penalty</text>');
    const places = Float64Array.from({ length: 1e6 }, (_, i) => i + 1);
    let svg = '';
    const draw = () => {
      svg = coefficientPaths({ x: places, series: [{ name: 'a', y: places.map(Math.sin) }] }).svg();
    };
    expect(cpuTime(draw, 8000)).toBeLessThan(8000);
    expect(svg.length).toBeLessThan(300_000);
  });

  it('cuts long names, and writes markup as text', () => {
    const names = ['a long name of a column in some table '.repeat(4), '<b>', 'גיל'];
    const svg = coefficientPaths({ x, series: names.map((name, i) => ({ name, y: [i, i, i] })) }).svg({ width: 240 });
    expect(Object.keys(namesOf(svg))).toEqual(expect.arrayContaining(['&lt;b&gt;', 'גיל']));
    expect(Object.keys(namesOf(svg)).some((name) => name.includes('…'))).toBe(true);
  });

  it.each([
    [{ series }, {}, 'coefficientPaths: x must be an array, got undefined'],
    [{ x, series: [] }, {}, 'coefficientPaths: series must have at least one entry, got []'],
    [{ x, series: [{ y: [1] }] }, {}, 'coefficientPaths: series[0].name must be a string, got undefined'],
    [
      { x, series: [{ name: 'a', y: [1] }] },
      {},
      'coefficientPaths: series[0] must have as many x as y, got "3 x and 1 y"',
    ],
    [{ x: [0, 1, 2], series }, {}, 'coefficientPaths: x must be above 0 on a log scale, got 0'],
    [{ x: [1, 3, 2], series }, {}, 'coefficientPaths: x must be ascending, got "2 at x[2]"'],
    [{ x: [1, {}, 2], series }, {}, /^coefficientPaths: x\[1\] must be /],
    [{ x, series }, { mark: 0 }, 'coefficientPaths: mark must be above 0 on a log scale, got 0'],
    [{ x, series }, { mark: Number.NaN }, 'coefficientPaths: mark must be finite, got NaN'],
    [
      { x, series, groups: { names: ['a'], of: [0] } },
      {},
      'coefficientPaths: groups.of must have as many entries as lines, got "1 for 3"',
    ],
    [
      { x, series, groups: { names: ['a'], of: [0, 1, 0] } },
      {},
      'coefficientPaths: groups.of[1] must be the number of a group, below 1, got 1',
    ],
    [{ x, series }, { yScale: 'log' }, /^coefficientPaths: options must be among .*, got "yScale"$/],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => coefficientPaths(data as never, options as never)).toThrow(message);
  });
});
