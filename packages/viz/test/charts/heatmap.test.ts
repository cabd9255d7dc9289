import { heatmap } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diverging, lightOf } from '../../src/marks/colors.ts';
import { count, cpuTime } from '../figures.ts';

/** The rectangle of the ground and the strokes over it: `[x1, x2, y, color]`. */
function paintOf(svg: string) {
  const cells = /<g[^>]* data-mark="cells".*?<\/g>/s.exec(svg)![0];
  const ground = /<rect fill="([^"]*)" height="([\d.]+)" width="([\d.]+)" x="([\d.]+)" y="([\d.]+)"/.exec(cells)!;
  const [height, width, left, top] = ground.slice(2).map(Number) as [number, number, number, number];
  const strokes = [...cells.matchAll(/<path d="([^"]*)" stroke="([^"]*)"/g)].flatMap(([, d, color]) =>
    [...d!.matchAll(/M([\d.]+),([\d.]+)H([\d.]+)/g)].map(([, x1, y, x2]) => ({
      x1: +x1!,
      x2: +x2!,
      y: +y!,
      color: color!,
    })),
  );
  return { ground: ground[1]!, left, top, width, height, strokes };
}

/** The color of each cell, read from the drawing. */
function colorsOf(svg: string, rows: number, columns: number): string[][] {
  const { ground, left, top, width, height, strokes } = paintOf(svg);
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, k) => {
      const [x, y] = [left + ((k + 0.5) * width) / columns, top + ((i + 0.5) * height) / rows];
      const over = strokes.filter((stroke) => stroke.x1 < x && stroke.x2 > x && Math.abs(stroke.y - y) < 0.1);
      expect(over.length).toBeLessThanOrEqual(1);
      return over[0]?.color ?? ground;
    }),
  );
}

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);
const square = [
  [0.5, -1],
  [0, 2],
];

describe('heatmap(data, options)', () => {
  it('gives each value the color of its share of the largest magnitude', () => {
    const side = fc.integer({ min: 1, max: 6 });
    const matrix = fc.tuple(side, side).chain(([rows, columns]) =>
      fc.array(fc.array(fc.integer({ min: -32, max: 32 }), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    );
    fc.assert(
      fc.property(matrix, fc.integer({ min: 240, max: 900 }), (values, width) => {
        const svg = heatmap({ values }, { domain: [-32, 32], scheme: 'diverging', width }).svg();
        const expected = values.map((row) => row.map((value) => lightOf(diverging(value / 32))));
        expect(colorsOf(svg, values.length, values[0]!.length)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('draws the same from a flat list with a shape', () => {
    const flat = heatmap({ values: Float32Array.of(0.5, -1, 0, 2), shape: [2, 2] });
    expect(flat.svg()).toBe(heatmap({ values: square }).svg());
  });

  it('is diverging where a value is negative, and goes as far to both sides of 0', () => {
    const svg = heatmap({ values: square }).svg();
    expect(texts(svg)).toEqual(expect.arrayContaining(['−2', '2']));
    expect(colorsOf(svg, 2, 2)).toEqual([
      [lightOf(diverging(0.25)), lightOf(diverging(-0.5))],
      ['#ffffff', lightOf(diverging(1))],
    ]);
    const positive = heatmap({ values: [[1, 3]] }).svg();
    expect(colorsOf(positive, 1, 2)).toEqual([['#000004', '#fcffa4']]);
    expect(colorsOf(heatmap({ values: square }, { scheme: 'inferno', domain: [0, 1] }).svg(), 2, 2)).toEqual([
      [expect.stringMatching(/^#/), '#000004'],
      ['#000004', '#fcffa4'],
    ]);
  });

  it('writes numbers where all fit, legible on their cells', () => {
    const svg = heatmap({ values: square }).svg();
    for (const text of ['0.5', '−1', '0', '2']) expect(texts(svg)).toContain(text);
    // White on the darkest blue, black on white
    expect(svg).toMatch(/data-mark="numbers" fill="#ffffff"[^>]*><text[^>]*>2</);
    expect(svg).toMatch(/data-mark="numbers" fill="#000000"/);
    expect(heatmap({ values: square }, { cellText: false }).svg()).not.toContain('data-mark="numbers"');
    const many = { values: new Float32Array(40 * 40).fill(0.123), shape: [40, 40] };
    expect(heatmap(many).svg()).not.toContain('data-mark="numbers"');
  });

  it('writes as many digits as fit', () => {
    const values = Array.from({ length: 3 }, () => new Array(10).fill(-Math.PI));
    expect(texts(heatmap({ values }).svg())).toContain('−3.14');
    expect(texts(heatmap({ values }, { width: 420 }).svg())).toContain('−3.1');
    expect(texts(heatmap({ values }, { width: 240 }).svg()).filter((text) => text.startsWith('−3.1'))).toEqual([
      '−3.14',
    ]);
  });

  it('names rows and columns, upright where they are wider than a column', () => {
    const named = heatmap({ values: square, rows: ['x', 'y'], columns: ['h1', 'h2'] }).svg();
    expect(texts(named)).toEqual(expect.arrayContaining(['x', 'y', 'h1', 'h2']));
    expect(named).not.toContain('rotate(');
    expect(texts(named)).not.toContain('row');
    const long = heatmap({ values: square, columns: ['a very long name of a column', 'b'] }).svg();
    expect(count(long, /rotate\(-90\)/)).toBe(2);
    expect(texts(long)).toEqual(expect.arrayContaining(['0', '1', 'row']));
  });

  it.each([320, 700])(
    'leaves no name of a part out that has room, where only some columns or rows have names: %i px',
    (width) => {
      const parts = [16, 4, 8, 4, 9];
      const names = parts.flatMap((size, i) =>
        Array.from({ length: size }, (_, k) => (k === Math.floor(size / 2) ? `layer ${i}` : '')),
      );
      const values = names.map(() => names.map((_, i) => i));
      const { svg } = heatmap({ values, rows: names, columns: names }, { cellText: false });
      const written = [...svg({ width }).matchAll(/<text[^>]* x="([\d.]+)"[^>]*>(layer \d)</g)].map(([, x, text]) => ({
        x: +x!,
        text,
      }));
      const rows = written.filter(({ x }) => x < width / 4).map(({ text }) => text);
      expect(rows).toEqual(['layer 0', 'layer 1', 'layer 2', 'layer 3', 'layer 4']);
      const columns = svg({ width }).match(/<g[^>]* data-mark="column names".*?<\/g>/s)![0];
      expect(columns.match(/layer \d/g)).toEqual(rows);
      if (width === 700) expect(columns).not.toContain('rotate');
    },
  );

  it('names a cell of several columns by the first of them that has a name', () => {
    const names = Array.from({ length: 404 }, (_, i) => (i % 101 === 50 ? `part ${(i - 50) / 101}` : ''));
    const { svg } = heatmap({ values: [names.map((_, i) => i)], columns: names }, { cellText: false });
    expect(texts(svg({ width: 700 })).filter((text) => text.startsWith('part'))).toEqual([
      'part 0',
      'part 1',
      'part 2',
      'part 3',
    ]);
  });

  it('numbers many rows and columns in round steps', () => {
    const svg = heatmap({ values: new Float32Array(100 * 100), shape: [100, 100] }).svg();
    const at = (mark: string) => texts(new RegExp(`<g[^>]*data-mark="${mark}".*?</g>`, 's').exec(svg)![0]).map(Number);
    for (const mark of ['row names', 'column names']) {
      const numbers = at(mark);
      expect(numbers[0]).toBe(0);
      const [step] = new Set(numbers.slice(1).map((number, i) => number - numbers[i]!));
      expect([2, 5, 10]).toContain(step);
      expect(numbers).toHaveLength(Math.ceil(100 / step!));
    }
  });

  it.each([240, 340, 640, 4000])('keeps all within a width of %d', (width) => {
    const rows = ['a', 'a very long name of a row that would leave no room for the matrix itself'];
    const svg = heatmap(
      { values: square, rows, columns: [...rows].reverse() },
      { width, xLabel: 'x'.repeat(300) },
    ).svg();
    const paint = paintOf(svg);
    expect(paint.left + paint.width).toBeLessThanOrEqual(width);
    expect(paint.width).toBeGreaterThan(width < 300 ? 60 : 100);
    for (const text of texts(svg)) expect(text.length).toBeLessThan(width / 4);
  });

  it('draws gray with a mark what is not finite or missing, counts and names it', () => {
    const figure = heatmap({
      values: [
        [Number.NaN, 'Infinity', 1],
        ['-Infinity', null, undefined],
      ],
    });
    const svg = figure.svg();
    const gray = '#8c8c8c';
    expect(colorsOf(svg, 2, 3)).toEqual([
      [gray, gray, expect.not.stringMatching(gray)],
      [gray, gray, gray],
    ]);
    expect(count(/<g data-mark="not drawn">.*?<\/g>/s.exec(svg)![0], /<path/)).toBe(5);
    for (const text of ['NaN (1)', 'Infinity (1)', '−Infinity (1)', 'missing (2)']) expect(texts(svg)).toContain(text);
    expect(figure.description).toBe(
      '2 × 3 values. All are 1. Gray: 3 not finite (1 NaN, 1 Infinity, 1 −Infinity), 2 missing.',
    );
    expect(figure.table.rows).toEqual([
      ['0', 'NaN', 'Infinity', 1],
      ['1', '−Infinity', 'missing', 'missing'],
    ]);
    expect(heatmap({ values: [[null]] }).description).toBe('1 × 1 values. No value can be drawn. Gray: 1 missing.');
  });

  it('keeps of too many values the largest magnitude of each block, and says so', () => {
    const values = new Float64Array(1000 * 1000);
    values[1000 * 500 + 7] = -3;
    values[1000 * 999 + 999] = Number.NaN;
    let svg = '';
    const figure = heatmap({ values, shape: [1000, 1000] });
    expect(
      cpuTime(() => {
        svg = heatmap({ values, shape: [1000, 1000] }).svg();
      }),
    ).toBeLessThan(3000);
    const told = 'each cell has the largest in magnitude of up to 5 × 5 of 1000 × 1000 values';
    expect(texts(svg)).toContain(told);
    expect(figure.description).toContain(
      'Lowest −3 (row 500, column 7), highest 0 (row 0, column 0). Gray: 1 not finite (1 NaN).',
    );
    expect(figure.table.rows).toHaveLength(200);
    expect(figure.table.rows[100]!.slice(0, 3)).toEqual(['500 … 504', 0, -3]);
    expect(figure.table.columns[2]).toBe('5 … 9');
    expect(figure.table.rows[199]!.at(-1)).toBe('NaN');
    expect(paintOf(svg).strokes).toHaveLength(2);
    const noise = heatmap({ values: values.map((_, i) => Math.sin(i * i)), shape: [1000, 1000] });
    expect(noise.svg().length).toBeLessThan(1_000_000);
  });

  it('has a table by rows and columns', () => {
    expect(heatmap({ values: square, rows: ['x', 'y'] }, { yLabel: 'input' }).table).toEqual({
      columns: ['input', '0', '1'],
      rows: [
        ['x', 0.5, -1],
        ['y', 0, 2],
      ],
    });
  });

  it('copies its data', () => {
    const values = [[1, 2]];
    const figure = heatmap({ values });
    const before = figure.svg();
    values[0]![0] = 9;
    expect(figure.svg()).toBe(before);
  });

  it.each([
    [
      { values: [1, 2], shape: [2, 2] },
      {},
      'heatmap: values must have as many entries as shape says, got "2 values of [2, 2]"',
    ],
    [{ values: [[1], [1, 2]] }, {}, 'heatmap: values[1] must have 1 entries as the first, got 2'],
    [{ values: [] }, {}, 'heatmap: values must have at least one entry, got []'],
    [{ values: square, rows: ['a'] }, {}, 'heatmap: rows must have as many entries as the values have, got "1 for 2"'],
    [{ values: square, columns: ['a', 5] }, {}, /heatmap: columns must be strings, got/],
    [{ values: square, columns: 'ab' }, {}, 'heatmap: columns must be an array, got "ab"'],
    [{ values: [[true]] }, {}, /heatmap: values\[0\]\[0\] must be a number, .* got true/],
    [{ values: square }, { scheme: 'jet' }, 'heatmap: scheme must be among diverging, inferno, got "jet"'],
    [{ values: square }, { domain: [1, 0] }, 'heatmap: domain must be finite and ascending, got "0 at domain[1]"'],
    [{ values: square }, { cellText: 1 }, 'heatmap: cellText must be true or false, got 1'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => heatmap(data as never, options as never)).toThrow(message);
  });
});
