import { maskChart } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskBlocks } from '../../src/charts/mask-blocks.ts';
import { brokenGroups } from '../../src/charts/mask-chart.ts';
import { cpuTime, textsOf } from '../figures.ts';

const half = [
  [1, 0],
  [0, 0],
  [1, 1],
  [0, 1],
];

/** How many frames stand around groups. */
const framesOf = (svg: string) => (/<path d="([^"]*)" data-mark="broken"/.exec(svg)?.[1]?.match(/M/g) ?? []).length;

describe('brokenGroups(tensor, [n, m], along)', () => {
  it('finds the groups that a look at each finds', () => {
    const side = fc.integer({ min: 1, max: 9 });
    const input = fc
      .tuple(side, side, fc.integer({ min: 1, max: 5 }), fc.nat(5), fc.boolean())
      .chain(([rows, columns, m, n, down]) =>
        fc.record({
          matrix: fc.array(fc.array(fc.constantFrom(0, 1), { minLength: columns, maxLength: columns }), {
            minLength: rows,
            maxLength: rows,
          }),
          m: fc.constant(m),
          n: fc.constant(Math.min(n, m)),
          down: fc.constant(down),
        }),
      );
    fc.assert(
      fc.property(input, ({ matrix, m, n, down }) => {
        const [rows, columns] = [matrix.length, matrix[0]!.length];
        const lines = down ? matrix[0]!.map((_, k) => matrix.map((row) => row[k]!)) : matrix;
        const expected = lines.flatMap((values, line) => {
          const groups = Array.from({ length: Math.ceil(values.length / m) }, (_, g) =>
            values.slice(g * m, (g + 1) * m),
          );
          return groups.flatMap((group, g) => (group.filter((v) => v === 1).length > n ? [{ line, group: g }] : []));
        });
        const found = brokenGroups(
          { values: matrix.flat(), shape: [rows, columns] },
          [n, m],
          down ? 'columns' : 'rows',
        );
        expect(found.at).toEqual(expected);
        expect(found.groups).toBe(lines.length * Math.ceil(lines[0]!.length / m));
        const svg = maskChart({ values: matrix }, { pattern: [n, m], along: down ? 'columns' : 'rows' }).svg();
        expect(framesOf(svg)).toBe(expected.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe('maskBlocks(tensor, [rows, columns])', () => {
  it('finds what a look at each block finds, whole and in part', () => {
    const side = fc.integer({ min: 1, max: 9 });
    const length = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(Number.POSITIVE_INFINITY));
    const input = fc.tuple(side, side, length, length).chain(([rows, columns, high, wide]) =>
      fc.record({
        matrix: fc.array(fc.array(fc.constantFrom(0, 0, 1), { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
        block: fc.constant([high, wide] as const),
      }),
    );
    fc.assert(
      fc.property(input, ({ matrix, block: [high, wide] }) => {
        const [rows, columns] = [matrix.length, matrix[0]!.length];
        const expected = { count: 0, whole: 0, parts: [] as { row: number; column: number }[] };
        for (let row = 0; row < rows; row += high)
          for (let column = 0; column < columns; column += wide) {
            const entries = matrix.slice(row, row + high).flatMap((line) => line.slice(column, column + wide));
            expected.count++;
            if (entries.every((entry) => entry === 0)) expected.whole++;
            else if (entries.includes(0)) expected.parts.push({ row, column });
          }
        expect(maskBlocks({ values: matrix.flat(), shape: [rows, columns] }, [high, wide])).toMatchObject(expected);
        const figure = maskChart({ values: matrix }, { block: [high, wide] });
        expect(framesOf(figure.svg())).toBe(expected.parts.length);
        expect(figure.description).toContain(`${expected.whole} of ${expected.count} pruned whole`);
      }),
      { numRuns: 60 },
    );
  });
});

describe('maskChart(data, options)', () => {
  it('says what went by whole columns, rows or blocks', () => {
    const values = [
      [0, 1, 0, 0],
      [0, 1, 0, 1],
    ];
    const said = (block: [number, number]) => maskChart({ values }, { block }).description.split('. ')[1];
    expect(said([Number.POSITIVE_INFINITY, 1])).toBe('Columns: 2 of 4 pruned whole, 1 in part.');
    expect(said([1, Number.POSITIVE_INFINITY])).toBe('Rows: 0 of 2 pruned whole, 2 in part.');
    expect(said([2, 1])).toBe('Columns: 2 of 4 pruned whole, 1 in part.');
    expect(said([1, 2])).toBe('Blocks of 1 × 2: 1 of 4 pruned whole, 3 in part.');
    expect(maskChart({ values: [[0, 1]] }, { block: [1, 1] }).description).toContain('none in part');
    expect(textsOf(maskChart({ values }, { block: [2, 1] }).svg())).toContain(
      'columns: 2 of 4 pruned whole, 1 in part',
    );
  });

  it('has one color for what is kept, ones or weights, and one for what is pruned', () => {
    const svg = maskChart({ values: half }).svg();
    expect(
      maskChart({ values: half.map((row) => row.map((v) => v * -0.3)) })
        .svg()
        .replaceAll(/wk-\w+/g, ''),
    ).toBe(svg.replaceAll(/wk-\w+/g, ''));
    const cells = /<g[^>]* data-mark="cells".*?<\/g>/s.exec(svg)![0];
    expect([...cells.matchAll(/(?:fill|stroke)="(#\w+)"/g)].map(([, color]) => color)).toEqual(['#e3e3e3', '#0072b2']);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['kept', 'pruned']));
  });

  it('shows weights by sign, and what is pruned apart from small ones', () => {
    const cells = /<g[^>]* data-mark="cells".*?<\/g>/s.exec(
      maskChart({ values: [[2, -2, 0, 0.001]] }, { show: 'values' }).svg(),
    )![0];
    expect([...cells.matchAll(/(?:fill|stroke)="(#\w+)"/g)].map(([, color]) => color)).toEqual([
      '#e3e3e3',
      '#873801',
      '#ffffff',
      '#00538c',
    ]);
  });

  it('counts what is pruned and which groups keep too many', () => {
    expect(maskChart({ values: half }, { pattern: [2, 4] }).description).toBe(
      'A mask of 4 × 2: 4 of 8 kept, 50 % pruned. 2:4 down columns: all 2 groups keep at most 2.',
    );
    const broken = maskChart({ values: half }, { pattern: [1, 2], along: 'rows' });
    expect(broken.description).toContain('1:2 along rows: 1 of 4 groups keep more than 1.');
    expect(textsOf(broken.svg())).toContain('1:2 along rows: 1 of 4 groups keep more than 1');
  });

  it('counts what is not finite or missing, as kept', () => {
    const figure = maskChart({ values: [[Number.NaN, 0, null, 1]] });
    expect(figure.description).toBe(
      'A mask of 1 × 4: 3 of 4 kept, 25 % pruned. Gray: 1 not finite (1 NaN), 1 missing.',
    );
    expect(textsOf(figure.svg())).toEqual(expect.arrayContaining(['NaN (1)', 'missing (1)']));
  });

  it('has the share kept of each block of a large mask, and counts all groups', () => {
    const values = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i % 2 === 0 || i === 1 ? 1 : 0));
    let figure = maskChart({ values: half });
    let svg = '';
    const time = cpuTime(() => {
      figure = maskChart({ values, shape: [1000, 1000] }, { pattern: [2, 4], along: 'rows' });
      svg = figure.svg();
    });
    expect(time).toBeLessThan(4000);
    // 40,000 cells, of which each may be a stroke of up to 24 characters
    expect(svg.length).toBeLessThan(1_000_000);
    // Of 5 × 5 every second column: 15 or 10 of 25, and one more in the first.
    expect(figure.table.rows[0]!.slice(1, 4)).toEqual([16 / 25, 10 / 25, 15 / 25]);
    expect(figure.description).toContain(
      'Each cell is the share kept of up to 5 × 5. 2:4 along rows: 1 of 250,000 groups keep more than 2.',
    );
    const signs = maskChart({ values, shape: [1000, 1000] }, { show: 'values' });
    expect(textsOf(signs.svg())).toContain(
      'each cell has the largest in magnitude of up to 5 × 5 of 1000 × 1000 values',
    );
  });

  it.each([
    [{ values: [] }, {}, 'maskChart: values must have at least one entry, got []'],
    [{ values: half }, { pattern: [2] }, 'maskChart: pattern must be [n, m], got [2]'],
    [{ values: half }, { pattern: [5, 4] }, 'maskChart: pattern must have a whole n from 0 to m, got 5'],
    [{ values: half }, { pattern: [1, 0] }, 'maskChart: pattern must have a whole m above 0, got 0'],
    [{ values: half }, { pattern: [1, 2.5] }, 'maskChart: pattern must have a whole m above 0, got 2.5'],
    [{ values: half }, { block: [4] }, 'maskChart: block must be [rows, columns], got [4]'],
    [{ values: half }, { block: [0, 1] }, 'maskChart: block must be whole numbers above 0, or Infinity, got 0'],
    [{ values: half }, { block: ['a', 1] }, 'maskChart: block must be two numbers'],
    [{ values: half }, { block: [1, 1], pattern: [2, 4] }, 'maskChart: block must be left out beside a pattern'],
    [{ values: half }, { along: 'depth' }, 'maskChart: along must be among columns, rows, got "depth"'],
    [{ values: half }, { show: 'all' }, 'maskChart: show must be among mask, values, got "all"'],
    [{ values: [[true]] }, {}, /values\[0\]\[0\] must be a number/],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => maskChart(data as never, options as never)).toThrow(message);
  });
});
