import { maskChart } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

describe('maskChart(data, options)', () => {
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
    [{ values: half }, { along: 'depth' }, 'maskChart: along must be among columns, rows, got "depth"'],
    [{ values: half }, { show: 'all' }, 'maskChart: show must be among mask, values, got "all"'],
    [{ values: [[true]] }, {}, /values\[0\]\[0\] must be a number/],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => maskChart(data as never, options as never)).toThrow(message);
  });
});
