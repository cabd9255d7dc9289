import { filterGrid } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutSheet } from '../../src/charts/filter-layout.ts';
import { diverging } from '../../src/marks/colors.ts';
import { guessWidth } from '../../src/marks/text.ts';
import { count, cpuTime } from '../figures.ts';

/** The color of each pixel of the sheet by its place `x,y`. */
function pixelsOf(svg: string): Map<string, string> {
  const pixels = new Map<string, string>();
  const sheet = /<g[^>]*data-mark="pixels".*?<\/g>/s.exec(svg)![0];
  for (const [, d, color] of sheet.matchAll(/<path d="([^"]*)" stroke="([^"]*)"/g))
    for (const [, x, y, length] of d!.matchAll(/M(\d+),(\d+)h(\d+)/g))
      for (let i = 0; i < Number(length); i++) {
        const at = `${Number(x) + i},${y}`;
        expect(pixels.has(at)).toBe(false);
        pixels.set(at, color!);
      }
  return pixels;
}

/** The pixels `[filter][y][x]` of a drawing that is 640 pixels wide. */
function filtersOf(svg: string, filters: number, high: number, wide: number): string[][][] {
  const pixels = pixelsOf(svg);
  const { columns, across, down } = layoutSheet(filters, wide, high, 640 - 32);
  return Array.from({ length: filters }, (_, n) =>
    Array.from({ length: high }, (_, y) =>
      Array.from({ length: wide }, (_, x) => {
        const at = [(n % columns) * across + x, Math.floor(n / columns) * down + y];
        return pixels.get(at.join())!;
      }),
    ),
  );
}

const gray = (share: number) =>
  `#${Math.round(127.5 * (1 + share))
    .toString(16)
    .padStart(2, '0')
    .repeat(3)}`;
/** Colors are pairs, of a light and of a dark ground; a drawing without a page has the first. */
const onLight = (share: number) => diverging(share).split('/')[0]!;
const titles = (svg: string) => [...svg.matchAll(/<rect[^>]*><title>([^<]*)</g)].map(([, title]) => title);
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);

describe('filterGrid(data, options)', () => {
  it('shows each weight in its place: of [height, width, input, filter] the filters side by side', () => {
    const side = fc.integer({ min: 1, max: 5 });
    const kernel = fc.tuple(side, side, side, fc.integer({ min: 1, max: 9 })).chain((shape) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return fc.record({
        shape: fc.constant(shape),
        values: fc.array(fc.integer({ min: -32, max: 31 }), { minLength: length, maxLength: length }),
        channel: fc.integer({ min: 0, max: shape[2] - 1 }),
        signed: fc.boolean(),
      });
    });
    fc.assert(
      fc.property(kernel, ({ shape, values, channel, signed }) => {
        const [h, w, inputs, filters] = shape;
        // One weight sets the scale.
        values[channel * filters] = 32;
        const color = signed ? 'diverging' : 'gray';
        const svg = filterGrid({ values, shape }, { channel, color }).svg();
        const look = signed ? onLight : gray;
        const expected = Array.from({ length: filters }, (_, f) =>
          Array.from({ length: h }, (_, y) =>
            Array.from({ length: w }, (_, x) => look(values[((y * w + x) * inputs + channel) * filters + f]! / 32)),
          ),
        );
        expect(filtersOf(svg, filters, h, w)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('shows three input channels as red, green and blue', () => {
    const values = [1, -1, 0, 0.5, 0.5, 0.5];
    const svg = filterGrid({ values, shape: [1, 2, 3, 1] }, { color: 'rgb' }).svg();
    expect(filtersOf(svg, 1, 1, 2)).toEqual([[['#ff0080', '#bfbfbf']]]);
  });

  it('measures all filters by the largest weight, or each by its own', () => {
    const data = { values: [1, 2, -1, 4], shape: [1, 2, 1, 2] };
    expect(filtersOf(filterGrid(data).svg(), 2, 1, 2)).toEqual([[[gray(0.25), gray(-0.25)]], [[gray(0.5), gray(1)]]]);
    const each = filterGrid(data, { scale: 'filter' }).svg();
    expect(filtersOf(each, 2, 1, 2)).toEqual([[[gray(1), gray(-1)]], [[gray(0.5), gray(1)]]]);
    expect(texts(each)).toContain('largest of each');
  });

  it('measures all filters from the middle of a domain, with the last color beyond its ends', () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        number,
        number,
        fc.array(number, { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (a, b, values, signed) => {
          fc.pre(a !== b);
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          const color = signed ? 'diverging' : 'gray';
          const figure = filterGrid({ values, shape: [1, 2, 1, 2] }, { color, domain: [from, to] });
          const look = (value: number) => {
            const share = Math.min(1, Math.max(-1, (value - (from / 2 + to / 2)) / (to - (from / 2 + to / 2))));
            return (signed ? onLight : gray)(Math.round(32 * share) / 32);
          };
          expect(filtersOf(figure.svg(), 2, 1, 2)).toEqual([
            [[look(values[0]!), look(values[2]!)]],
            [[look(values[1]!), look(values[3]!)]],
          ]);
        },
      ),
    );
    const answers = { values: [0, 0.5, 1, 0.25], shape: [1, 2, 1, 2] };
    const figure = filterGrid(answers, { color: 'diverging', domain: [0, 1] });
    expect(texts(figure.svg())).toEqual(expect.arrayContaining(['0', '1']));
    expect(figure.description).toContain('blue above 0.5, vermilion below.');
    const beyond = filterGrid({ ...answers, values: [-1, 0.5, 1, 2] }, { domain: [0, 1] }).svg();
    expect(texts(beyond)).toEqual(expect.arrayContaining(['0 or less', '1 or more']));
    // One as far to both sides of 0 as the largest weight is what there is without one.
    const own = { values: [1, 2, -1, 4], shape: [1, 2, 1, 2] };
    expect(pixelsOf(filterGrid(own, { domain: [-4, 4] }).svg())).toEqual(pixelsOf(filterGrid(own).svg()));
  });

  it('has the L2 norm of each filter and sorts by it, or by name', () => {
    // 3, 4 and 5, 12: two triangles of whole sides
    const data = { values: [5, 3, 0, 12, 4, 1], shape: [1, 2, 1, 3], names: ['b', 'c', 'a'] };
    const rows = (sort?: 'norm' | 'name') =>
      filterGrid(data, sort && { sort }).table.rows.map((row) => row.slice(0, 2));
    expect(rows()).toEqual([
      ['b', 13],
      ['c', 5],
      ['a', 1],
    ]);
    expect(rows('name')).toEqual([
      ['a', 1],
      ['b', 13],
      ['c', 5],
    ]);
    const swapped = { ...data, values: [3, 5, 0, 4, 12, 1] };
    expect(filterGrid(swapped, { sort: 'norm' }).table.rows.map(([name]) => name)).toEqual(['c', 'b', 'a']);
    expect(titles(filterGrid(data).svg())).toEqual(['b, norm 13', 'c, norm 5', 'a, norm 1']);
    expect(filterGrid(data, { sort: 'norm' }).description).toBe(
      '3 filters of 1 × 2 and 1 input channel, brighter for larger weights. Norms are from 1 (a) to 13 (b). The largest norm comes first.',
    );
  });

  it('has norms without overflow', () => {
    const values = [3e307, 4e307];
    expect(filterGrid({ values, shape: [1, 2, 1, 1] }).table.rows[0]![1]).toBeCloseTo(5e307, -294);
  });

  it('names filters below their pictures where there is room', () => {
    const data = { values: new Float32Array(9 * 4), shape: [3, 3, 1, 4], names: ['a', 'b', 'c', 'd'] };
    expect(texts(filterGrid(data).svg())).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']));
    const many = filterGrid({ values: new Float32Array(9 * 256), shape: [3, 3, 1, 256] }, { width: 240 }).svg();
    expect(many).not.toContain('data-mark="names"');
  });

  it('writes names as large as all text, on a phone too, each above the next row and beside the next name', () => {
    for (const width of [320, 640]) {
      const names = Array.from({ length: 16 }, (_, i) => `filter ${i}`);
      const svg = filterGrid({ values: new Float32Array(9 * 16), shape: [3, 3, 1, 16], names }, { width }).svg();
      expect(/<svg[^>]*font-size="(\d+)"/.exec(svg)![1]).toBe('12');
      const marks = /<g data-mark="names"[^>]*>.*?<\/g>/s.exec(svg)![0];
      expect(marks).not.toContain('font-size');
      const number = (tag: string, name: string) => Number(new RegExp(` ${name}="([^"]*)"`).exec(tag)![1]);
      const tiles = [...svg.matchAll(/<rect[^>]*><title>/g)].map(([tag]) => tag);
      const [tops, high] = [tiles.map((tag) => number(tag, 'y')), number(tiles[0]!, 'height')];
      const placed = [...marks.matchAll(/<text[^>]*>([^<]*)/g)].map(([tag, text]) => {
        const half = guessWidth(text!, 12) / 2;
        return { left: number(tag, 'x') - half, right: number(tag, 'x') + half, y: number(tag, 'y') };
      });
      expect(placed).toHaveLength(16);
      for (const [i, { left, right, y }] of placed.entries()) {
        // `y` is where letters stand: their tops are 9 px above it, their tails 3 px below.
        expect(y - 9).toBeGreaterThan(tops[i]! + high);
        const below = tops.filter((top) => top > tops[i]!);
        if (below.length > 0) expect(y + 3).toBeLessThan(Math.min(...below));
        const beside = placed.filter((other) => other.y === y && other.left > left);
        if (beside.length > 0) expect(right).toBeLessThan(Math.min(...beside.map((other) => other.left)));
      }
    }
  });

  it('puts as many filters side by side as it is asked to, on any width, and no more than there are', () => {
    const rowsOf = (columns: number, width: number) => {
      const svg = filterGrid({ values: new Float32Array(9 * 16), shape: [3, 3, 1, 16] }, { columns, width }).svg();
      const places = [...svg.matchAll(/<rect[^>]* x="([^"]*)" y="([^"]*)"><title>/g)];
      const [left, top] = [1, 2].map((i) => [...new Set(places.map((place) => Number(place[i])))]);
      const [tile] = /<rect height="[\d.]+" width="[\d.]+"[^>]*><title>/.exec(svg)!;
      expect(Math.max(...left!) + Number(/width="([\d.]+)"/.exec(tile)![1])).toBeLessThanOrEqual(width - 15.9);
      return [left!.length, top!.length];
    };
    for (const width of [320, 640]) {
      expect(rowsOf(4, width)).toEqual([4, 4]);
      expect(rowsOf(5, width)).toEqual([5, 4]);
      expect(rowsOf(99, width)).toEqual([16, 1]);
      expect(rowsOf(1, width)).toEqual([1, 16]);
    }
  });

  it('says which channel of several it shows', () => {
    const figure = filterGrid({ values: new Float32Array(8), shape: [2, 2, 2, 1] }, { channel: 1 });
    expect(texts(figure.svg())).toContain('input channel 1 of 2');
    expect(figure.description).toContain('Input channel 1 of 2.');
  });

  it('draws dark red what is not finite or missing, and counts it', () => {
    const figure = filterGrid({ values: [1, Number.NaN, null, -1], shape: [2, 2, 1, 1] });
    expect(filtersOf(figure.svg(), 1, 2, 2)).toEqual([
      [
        [gray(1), '#a4161a'],
        ['#a4161a', gray(-1)],
      ],
    ]);
    expect(figure.description).toMatch(/Dark red: 1 not finite \(1 NaN\), 1 missing\.$/);
    expect(texts(figure.svg())).toEqual(expect.arrayContaining(['NaN (1)', 'missing (1)']));
    expect(figure.table.rows[0]!.slice(2)).toEqual([1, 'NaN', 'missing', -1]);
    const rgb = filterGrid({ values: [1, null, 1], shape: [1, 1, 3, 1] }, { color: 'rgb' });
    expect(filtersOf(rgb.svg(), 1, 1, 1)).toEqual([[['#a4161a']]]);
  });

  it('draws a million weights in bounded time and bytes, and says what it leaves out', () => {
    const draw = (shape: number[]) => {
      const values = Float32Array.from({ length: 1_000_000 }, (_, i) => Math.sin(i * i));
      const figure = filterGrid({ values, shape });
      let svg = '';
      expect(
        cpuTime(() => {
          svg = figure.svg();
        }),
      ).toBeLessThan(3000);
      expect(svg.length).toBeLessThan(1_000_000);
      return { figure, svg };
    };
    const many = draw([5, 5, 4, 10_000]);
    expect(many.figure.description).toContain('The first 256 of 10,000 filters.');
    expect(count(many.svg, /<title>[^<]*, norm/)).toBe(256);
    const large = draw([1000, 1000, 1, 1]);
    expect(large.figure.description).toContain('Each pixel has the largest in magnitude of up to 8 × 8 weights.');
    expect(draw([100, 100, 1, 100]).figure.description).toContain('The first 6 of 100 filters.');
  });

  it('stays within the height asked for', () => {
    const svg = filterGrid({ values: new Float32Array(9 * 200), shape: [3, 3, 1, 200] }, { height: 160 }).svg();
    for (const [, height, y] of svg.matchAll(/<rect height="([\d.]+)" width="[\d.]+" x="[\d.]+" y="([\d.]+)"><title>/g))
      expect(Number(height) + Number(y)).toBeLessThan(160 - 40);
  });

  it('frames the filters of a group in one color that the legend names, in the order of the names, empty ones too', () => {
    const groups = { names: ['learned', 'failed', 'lost'], of: [1, 0, 1] };
    const data = { values: [1, -1, 2], shape: [1, 1, 1, 3] };
    const figure = filterGrid({ ...data, names: ['a', 'b', 'c'], groups });
    const svg = figure.svg();
    const frames = [...svg.matchAll(/<rect[^>]*stroke="([^"]*)"[^>]*><title>([^<]*)</g)].map(([, color, title]) => [
      title,
      color,
    ]);
    expect(frames).toEqual([
      ['a, failed', '#c2609a'],
      ['b, learned', '#009e73'],
      ['c, failed', '#c2609a'],
    ]);
    for (const name of groups.names) expect(texts(svg)).toContain(name);
    expect(figure.description).toContain('By group: learned 1, failed 2, lost 0.');
    expect(figure.table.columns.slice(0, 3)).toEqual(['filter', 'group', 'norm']);
    expect(figure.table.rows.map(([name, group]) => `${name} ${group}`)).toEqual(['a failed', 'b learned', 'c failed']);
    // Without groups nothing of it is there.
    expect(filterGrid(data).table.columns.slice(0, 2)).toEqual(['filter', 'norm']);
  });

  it.each([
    [
      { values: [1, 2], shape: [1, 2, 1, 2] },
      {},
      'filterGrid: values must have as many entries as shape says, got "2 values of [1, 2, 1, 2]"',
    ],
    [{ values: [1, 2], shape: [1, 2] }, {}, 'filterGrid: shape must have 4 sizes, got [1, 2]'],
    [
      { values: [1, 2], shape: [1, 2, 1, 1] },
      { color: 'rgb' },
      /color must be 'gray' or 'diverging' but for 3 input channels, got 1/,
    ],
    [
      { values: [1, 2], shape: [1, 2, 1, 1] },
      { channel: 1 },
      'filterGrid: channel must be one of the 1 input channels, got 1',
    ],
    [{ values: [1, 2], shape: [1, 2, 1, 1] }, { channel: 0.5 }, 'filterGrid: channel must be a whole number, got 0.5'],
    [{ values: [1], shape: [1, 1, 1, 1] }, { columns: 0 }, 'filterGrid: columns must be a whole number above 0, got 0'],
    [
      { values: [1, 2], shape: [1, 2, 1, 1] },
      { sort: 'size' },
      'filterGrid: sort must be among norm, name, got "size"',
    ],
    [
      { values: [1, 2], shape: [1, 2, 1, 1] },
      { scale: 'all' },
      'filterGrid: scale must be among shared, filter, got "all"',
    ],
    [
      { values: [1, 2], shape: [1, 2, 1, 1], names: [] },
      {},
      'filterGrid: names must have as many entries as filters, got "0 for 1"',
    ],
    [{ values: [1, 2], shape: [1, 2, 1, 1], names: [7] }, {}, 'filterGrid: names must be strings, got [7]'],
    [
      { values: [1, 2], shape: [1, 1, 1, 2], groups: { names: ['a'], of: [0] } },
      {},
      'filterGrid: groups.of must have as many entries as filters, got "1 for 2"',
    ],
    [
      { values: [1, 2], shape: [1, 1, 1, 2], groups: { names: ['a'], of: [0, 1] } },
      {},
      'filterGrid: groups.of[1] must be the number of a group, below 1, got 1',
    ],
    [
      { values: [1], shape: [1, 1, 1, 1], groups: { names: ['a', 'b', 'c', 'd', 'e'], of: [0] } },
      {},
      'filterGrid: groups.names must be at most 4, got 5',
    ],
    [
      { values: [1], shape: [1, 1, 1, 1], groups: { names: [1], of: [0] } },
      {},
      'filterGrid: groups.names must be strings, got [1]',
    ],
    [{ values: [1], shape: [1, 1, 1, 1], groups: ['a'] }, {}, /filterGrid: groups must be a plain object/],
    [
      { values: [1], shape: [1, 1, 1, 1] },
      { domain: [1, 0] },
      'filterGrid: domain must be finite and ascending, got "0 at domain[1]"',
    ],
    [{ values: [1], shape: [1, 1, 1, 1] }, { domain: [0] }, 'filterGrid: domain must be [from, to], got [0]'],
    [
      { values: [1], shape: [1, 1, 1, 1] },
      { domain: [0, 1], scale: 'filter' },
      `filterGrid: scale must be 'shared' where there is a domain, got "filter"`,
    ],
    [{ values: [[1], [2]] }, {}, 'filterGrid: values[0][0] must be an array, got 1'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => filterGrid(data as never, options as never)).toThrow(message);
  });
});
