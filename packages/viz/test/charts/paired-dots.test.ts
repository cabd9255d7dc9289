import { pairedDots } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { count, cpuTime, textsOf } from '../figures.ts';

const rows = [
  { name: 'a', from: 0, to: 10, interval: [8, 10] as const },
  { name: 'b', from: 5, to: 2.5 },
  { name: 'c', from: 5, to: 5 },
];

/** The numbers of an attribute of all shapes in a group. */
const placesOf = (svg: string, mark: string, attribute: string) => {
  const inside = new RegExp(`data-mark="${mark}"[^>]*>(.*?)</g>`).exec(svg)![1]!;
  return [...inside.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, number]) => Number(number));
};

describe('pairedDots(data, options)', () => {
  it('puts dots, lines and intervals where the axis says', () => {
    const svg = pairedDots({ rows }, { xDomain: [0, 10] }).svg();
    const from = placesOf(svg, 'from', 'cx');
    const to = placesOf(svg, 'to', 'cx');
    const at = (value: number) => from[0]! + ((to[0]! - from[0]!) * value) / 10;
    // rounded to hundredths of a pixel
    for (const [k, { from: before, to: after }] of rows.entries()) {
      expect(from[k]).toBeCloseTo(at(before), 1);
      expect(to[k]).toBeCloseTo(at(after), 1);
    }
    expect(placesOf(svg, 'pairs', 'x1')).toEqual(from);
    expect(placesOf(svg, 'pairs', 'x2')).toEqual(to);
    const [x1] = placesOf(svg, 'intervals', 'x1');
    const [x2] = placesOf(svg, 'intervals', 'x2');
    expect(x1).toBeCloseTo(at(8), 1);
    expect(x2).toBeCloseTo(at(10), 1);
    const heights = placesOf(svg, 'to', 'cy');
    expect(new Set(heights).size).toBe(3);
    expect(placesOf(svg, 'from', 'cy')).toEqual(heights);
  });

  it('says how much each row changed, on a log scale by which factor', () => {
    expect(textsOf(pairedDots({ rows }).svg())).toEqual(expect.arrayContaining(['+10', '−2.5', '0']));
    const svg = pairedDots({ rows: [{ name: 'a', from: 0.01, to: 1 }] }, { xScale: 'log' }).svg();
    expect(textsOf(svg)).toContain('×100');
  });

  it('describes and tabulates every row', () => {
    const figure = pairedDots({ rows }, { xLabel: 'error', fromLabel: 'old', toLabel: 'new' });
    expect(figure.description).toBe(
      '3 pairs of error, from old to new: 1 higher, 1 lower, 1 equal. a 0 to 10 (+10, interval 8 to 10); ' +
        'b 5 to 2.5 (−2.5); c 5 to 5 (0).',
    );
    expect(figure.table).toEqual({
      columns: ['name', 'old', 'new', 'new, low', 'new, high'],
      rows: [
        ['a', 0, 10, 8, 10],
        ['b', 5, 2.5, '', ''],
        ['c', 5, 5, '', ''],
      ],
    });
    expect(pairedDots({ rows: rows.slice(1) }).table.columns).toEqual(['name', 'before', 'after']);
    expect(textsOf(pairedDots({ rows: rows.slice(1) }).svg())).not.toContain('interval of after');
  });

  it('names what cannot be drawn in its place', () => {
    const figure = pairedDots({
      rows: [
        { name: 'a', from: Number.NaN, to: 1 },
        { name: 'b', from: 2, to: null, interval: ['Infinity', 3] },
        { name: 'c', from: 'NaN', to: 'NaN', interval: [null, null] },
      ],
    });
    const svg = figure.svg({ width: 900 });
    expect(count(svg, /<circle[^>]*r="(?:6.5|5)"/)).toBe(4); // two of them in the legend
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining([
        'before NaN',
        'after missing; interval Infinity',
        'before NaN; after NaN; interval missing, missing',
      ]),
    );
    expect(figure.description).toMatch(/: 0 higher, 0 lower, 0 equal, 3 without both values\. a NaN to 1; /);
    expect(figure.table.rows[1]).toEqual(['b', 2, 'missing', 'Infinity', 3]);
  });

  it('draws differences that overflow', () => {
    const { MAX_VALUE } = Number;
    const figure = pairedDots({ rows: [{ name: 'a', from: -MAX_VALUE, to: MAX_VALUE }] });
    expect(figure.description).toContain('a −1.8e308 to 1.8e308.');
    expect(figure.svg()).toContain('data-mark="pairs"');
  });

  it('draws of a million rows the pairs furthest apart, and says so', () => {
    const many = Array.from({ length: 1e6 }, (_, i) => ({
      name: `r${i}`,
      from: 0,
      to: i === 123_456 ? -5 : Math.sin(i),
    }));
    let figure = pairedDots({ rows });
    let svg = '';
    const draw = () => {
      figure = pairedDots({ rows: many });
      svg = figure.svg();
    };
    expect(cpuTime(draw, 8000)).toBeLessThan(8000);
    expect(svg.length).toBeLessThan(400_000);
    expect(textsOf(svg)).toContain('r123456');
    expect(textsOf(svg)).toContain('each row is the pair furthest apart of up to 2000 of 1,000,000');
    expect(figure.description).toMatch(
      /Each row is the pair furthest apart of up to 2000 of 1,000,000\. .*, and 999,976 more\.$/,
    );
  });

  it('writes long and foreign names, and markup, within the drawing', () => {
    const names = ['<script>', 'טנזור', 'a long name of a layer / '.repeat(5)];
    const svg = pairedDots({ rows: names.map((name) => ({ name, from: 1, to: 2 })) }).svg({ width: 240 });
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['&lt;script&gt;', 'טנזור']));
    expect(textsOf(svg).some((text) => text.startsWith('a long') && text.includes('…'))).toBe(true);
  });

  it.each([
    [{ rows: [] }, {}, 'pairedDots: rows must have at least one entry, got []'],
    [{ rows: [{ from: 1, to: 2 }] }, {}, 'pairedDots: rows[0].name must be a string, got undefined'],
    [
      { rows: [{ name: 'a', from: '1', to: 2 }] },
      {},
      `pairedDots: rows[0].from must be a number, 'NaN', 'Infinity', '-Infinity' or null, got "1"`,
    ],
    [
      { rows: [{ name: 'a', from: 1, to: 2, interval: [3, 1] }] },
      {},
      'pairedDots: rows[0].interval must ascend, got [3, 1]',
    ],
    [
      { rows: [{ name: 'a', from: 1, to: 2, interval: [3] }] },
      {},
      'pairedDots: rows[0].interval must be [low, high], got [3]',
    ],
    [
      { rows: [{ name: 'a', from: 0, to: 2 }] },
      { xScale: 'log' },
      'pairedDots: values must be above 0 on a log scale, got "0 at rows[0]"',
    ],
    [{ rows }, { xDomain: [0, 5] }, 'pairedDots: xDomain [0, 5] must hold all values, got "10 at rows[0]"'],
    [{ rows }, { xScale: 'sqrt' }, 'pairedDots: xScale must be among linear, log, got "sqrt"'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => pairedDots(data as never, options as never)).toThrow(message);
  });
});
