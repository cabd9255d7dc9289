import { ridgeline } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { cornersOf, count, cpuTime, pathsOf, textsOf } from '../figures.ts';

const edges = [0, 1, 2, 3];

/** How high each ridge is, in pixels. */
const risesOf = (svg: string) =>
  pathsOf(svg, 'line').map((d) => {
    const heights = cornersOf(d)
      .flat()
      .map(([, y]) => y);
    return Math.max(...heights) - Math.min(...heights);
  });

describe('ridgeline(data, options)', () => {
  it('draws each ridge from the foot of its first edge through the middles of its bins', () => {
    const svg = ridgeline({ edges, ridges: [{ name: 'a', counts: [1, 4, 2] }] }).svg();
    const [line] = cornersOf(pathsOf(svg, 'line')[0]!);
    const [x, y] = [line!.map((corner) => corner[0]), line!.map((corner) => corner[1])];
    const across = (value: number) => x[0]! + ((x[4]! - x[0]!) * value) / 3;
    [0, 0.5, 1.5, 2.5, 3].forEach((value, k) => {
      expect(x[k]).toBeCloseTo(across(value), 1);
    });
    const rise = y[0]! - y[2]!;
    [0, 0.25, 1, 0.5, 0].forEach((height, k) => {
      expect((y[0]! - y[k]!) / rise).toBeCloseTo(height, 3);
    });
  });

  it('takes counts by the widths of their bins', () => {
    const svg = ridgeline({ edges: [0, 1, 3], ridges: [{ name: 'a', counts: [2, 4] }] }).svg();
    const [line] = cornersOf(pathsOf(svg, 'line')[0]!);
    expect(line![1]![1]).toBe(line![2]![1]);
  });

  it('makes ridges equally high, or equal areas equal shares', () => {
    const ridges = [
      { name: 'narrow', edges: [0, 1, 2], counts: [30, 30] },
      { name: 'wide', edges: [0, 2, 4, 6, 8], counts: [5, 5, 5, 5] },
    ];
    const [a, b] = risesOf(ridgeline({ ridges }).svg()) as [number, number];
    expect(a).toBeCloseTo(b, 1);
    const [c, d] = risesOf(ridgeline({ ridges }, { heights: 'common' }).svg()) as [number, number];
    // over 2 and over 8
    expect(c / d).toBeCloseTo(4, 1);
    expect(c).toBeCloseTo(a, 1);
  });

  it('leaves a gap with a mark where a count is not there', () => {
    const figure = ridgeline({
      edges: [0, 1, 2, 3, 4, 5],
      ridges: [{ name: 'a', counts: [1, 2, Number.NaN, 2, 1], nonFinite: 12_345 }],
    });
    const svg = figure.svg();
    expect(cornersOf(pathsOf(svg, 'line')[0]!)).toHaveLength(2);
    expect(count(svg, /data-mark="not drawn"/)).toBe(1);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['NaN (1)', '12,345 entries not finite, in no bin']));
    expect(figure.description).toBe(
      'A histogram, weight to the right. a: highest near 1.5; from 0 to 5; counts: 1 not finite (1 NaN); 12,345 entries not finite, in no bin.',
    );
    expect(figure.table.rows[2]).toEqual(['a', 2, 3, 'NaN']);
  });

  it('draws ridges without an entry, and counts and widths of any size', () => {
    const empty = ridgeline({ edges, ridges: [{ name: 'a', counts: [0, 0, 0] }] });
    expect(empty.description).toContain('a: no entry;');
    expect(risesOf(empty.svg())).toEqual([0]);
    const { MAX_VALUE, MIN_VALUE } = Number;
    const wild = [
      { name: 'a', counts: [MAX_VALUE, MAX_VALUE / 2] },
      { name: 'b', edges: [0, MIN_VALUE, 1], counts: [1, 1] },
    ];
    for (const heights of ['own', 'common'] as const) {
      const rises = risesOf(ridgeline({ edges: [-MAX_VALUE, 0, MAX_VALUE], ridges: wild }, { heights }).svg());
      for (const rise of rises) expect(rise).toBeLessThan(100);
    }
  });

  it('draws 60 of many ridges and merges a million bins, and says so', () => {
    const ridges = Array.from({ length: 200 }, (_, i) => ({ name: `r${i}`, counts: [1, 2, 1] }));
    const many = ridgeline({ edges, ridges }).svg();
    expect(pathsOf(many, 'line')).toHaveLength(60);
    expect(textsOf(many)).toContain('60 of 200 ridges are drawn');
    const wide = Float64Array.from({ length: 1e6 + 1 }, (_, i) => i);
    const counts = wide.slice(1).map((i) => 1 + Math.sin(i / 1e5));
    let svg = '';
    const draw = () => {
      svg = ridgeline({ edges: wide, ridges: [{ name: 'a', counts }] }).svg();
    };
    expect(cpuTime(draw, 6000)).toBeLessThan(6000);
    expect(svg.length).toBeLessThan(60_000);
    expect(textsOf(svg)).toContain('neighboring bins are drawn as one');
  });

  it('writes names as text, above their foot where there is no room at the left', () => {
    const svg = ridgeline({ edges, ridges: [{ name: '<b> a long name '.repeat(9), counts: [1, 2, 1] }] }).svg({
      width: 240,
    });
    expect(textsOf(svg).some((text) => text.startsWith('&lt;b&gt;') && text.includes('…'))).toBe(true);
  });

  it.each([
    [{ edges, ridges: [] }, {}, 'ridgeline: ridges must have at least one entry, got []'],
    [{ edges, ridges: [{ counts: [1] }] }, {}, 'ridgeline: ridges[0].name must be a string, got undefined'],
    [
      { ridges: [{ name: 'a', counts: [1] }] },
      {},
      'ridgeline: ridges[0] must have edges, its own or those of all, got undefined',
    ],
    [
      { edges, ridges: [{ name: 'a', counts: [1] }] },
      {},
      'ridgeline: ridges[0].counts must have one entry per bin, got',
    ],
    [{ edges, ridges: [{ name: 'a', counts: [1, -2, 1] }] }, {}, 'ridgeline: ridges[0].counts must be at least 0, got'],
    [
      { ridges: [{ name: 'a', edges: [1, 0], counts: [1] }] },
      {},
      'ridgeline: ridges[0].edges must be finite and ascending, got "0 at ridges[0].edges[1]"',
    ],
    [
      { edges, ridges: [{ name: 'a', counts: [1, 2, 1] }] },
      { heights: 'x' },
      'ridgeline: heights must be among own, common, got "x"',
    ],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => ridgeline(data as never, options as never)).toThrow(message);
  });
});
