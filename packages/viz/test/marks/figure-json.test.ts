import { lineChart } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFigure } from '../any-data.ts';
import { charts } from '../figures.ts';

const MEMBERS = ['format', 'version', 'chart', 'title', 'description', 'columns', 'rows'];
const known = new Map([['−Infinity', '-Infinity']]);

describe.each(Object.entries(charts))('%s', (name, chart) => {
  it('JSON.stringify(figure) has its chart, its words and every number of its table', () => {
    const figure = chart();
    const json = JSON.parse(JSON.stringify(figure));
    expect(Object.keys(json)).toEqual(MEMBERS);
    expect(json).toMatchObject({ format: 'weightkit figure', version: 1, chart: name.split(' ')[0] });
    expect([json.title, json.description]).toEqual([figure.title, figure.description]);
    expect(json.columns).toEqual(figure.table.columns);
    expect(json.rows).toEqual(figure.table.rows.map((row) => row.map((cell) => known.get(String(cell)) ?? cell)));
  });
});

describe('toJSON()', () => {
  it('names what JSON has no number for, as charts read it', () => {
    const y = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, 0.1 + 0.2, Number.MIN_VALUE];
    const { rows } = JSON.parse(JSON.stringify(lineChart({ series: [{ name: 'a', y }] })));
    const cells = rows.map((row: unknown[]) => row[1]);
    expect(cells).toEqual(['NaN', 'Infinity', '-Infinity', 'missing', 0.1 + 0.2, Number.MIN_VALUE]);
    const again = cells.map((cell: unknown) => (cell === 'missing' ? null : cell));
    expect(lineChart({ series: [{ name: 'a', y: again }] }).svg()).toBe(
      lineChart({ series: [{ name: 'a', y }] }).svg(),
    );
  });

  it('is of the table that a copy of the figure has', () => {
    const figure = lineChart({ series: [{ name: 'a', y: [1] }] });
    const table = { columns: ['other'], rows: [['b']] };
    expect({ ...figure, table }.toJSON()).toMatchObject({ chart: 'lineChart', ...table });
  });

  it.each(Object.entries(anyFigure))('%s of any data loses nothing on the way through JSON', (_, any) => {
    fc.assert(
      fc.property(any, (figure) => {
        const json = figure.toJSON();
        expect(json.rows.every((row) => row.length === json.columns.length)).toBe(true);
        // JSON has no minus zero.
        const plain = json.rows.map((row) => row.map((cell) => (cell === 0 ? 0 : cell)));
        expect(JSON.parse(JSON.stringify(figure))).toEqual({ ...json, rows: plain });
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});
