import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csv, tsv } from '../../src/output/delimited.ts';
import { json } from '../../src/output/json.ts';
import { bytesText, exactBytesText, numberText, shareText } from '../../src/output/numbers.ts';
import { pretty } from '../../src/output/pretty.ts';
import { safeText } from '../../src/output/safe-text.ts';
import { sparkline } from '../../src/output/sparkline.ts';
import { cell, dispensable, left, number, right, text } from '../../src/output/view.ts';

/** Reads comma-separated values as RFC 4180 has them. */
function cellsOf(line: string): string[] {
  return [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,"]*)),/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain! : quoted.replaceAll('""', '"'),
  );
}

describe('output', () => {
  it('csv and tsv give every cell back, on one line, with control characters as escapes', () => {
    const anything = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(anything, anything, fc.double()), { minLength: 1 }), (rows) => {
        const table = {
          columns: [left('a'), left('b c'), right('n')],
          rows: rows.map(([a, b, n]) => [text(a), text(b), number(n)]),
        };
        const expected = rows.map(([a, b, n]) => [safeText(a), safeText(b), String(n)]);
        const linesOf = (out: string) => out.split('\n').slice(1, -1);
        expect(linesOf(csv(table)).map(cellsOf)).toEqual(expected);
        expect(linesOf(tsv(table)).map((line) => line.split('\t'))).toEqual(expected);
        expect(csv(table).split('\n')[0]).toBe('a,b_c,n');
      }),
    );
  });

  it('safeText(text) leaves letters of all scripts and no control character', () => {
    expect(safeText('größe/核 ✓')).toBe('größe/核 ✓');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (any) => {
        expect(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(safeText(any))).toBe(false);
      }),
    );
  });

  it('bytesText and numberText are short and never show what is not so', () => {
    expect([0, 1, 999, 1000, 9994, 9999, 99_949, 999_499, 999_500, 1.5e9].map(bytesText)).toEqual([
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.00 kB',
      '9.99 kB',
      '10.0 kB',
      '99.9 kB',
      '999 kB',
      '1.00 MB',
      '1.50 GB',
    ]);
    expect(exactBytesText(123_456)).toBe('123 kB (123,456 bytes)');
    const numbers = [0, 1, -0.123456, 123456, 1e7, 1e-5, Number.NaN, Number.POSITIVE_INFINITY, null];
    expect(numbers.map(numberText)).toEqual(['0', '1', '-0.1235', '123500', '1e+7', '1e-5', '-', 'inf', '-']);
    expect([0, 1e-9, 0.5, 1 - 1e-9, 1].map(shareText)).toEqual(['0 %', '< 0.1 %', '50.0 %', '> 99.9 %', '100 %']);
  });

  it('json(result) writes NaN and infinity as texts', () => {
    const result = { a: Number.NaN, b: [Number.NEGATIVE_INFINITY, 1] };
    expect(JSON.parse(json(result))).toEqual({ a: 'NaN', b: ['-Infinity', 1] });
  });

  it('sparkline(counts) shows every count that is not 0, the largest as a full block', () => {
    expect(sparkline([0, 1, 1000, 500, 0, 125, 126, 875])).toBe(' ▁█▄ ▁▂▇');
    expect(sparkline([])).toBe('');
  });

  it('pretty(view) leaves out what can be spared, and says so, before it shortens names', () => {
    const columns = [left('name'), dispensable(right('mean'), 1), dispensable(right('std'), 2)];
    const view = { head: [], table: { columns, rows: [[text('a name'), number(1), number(2)]] }, foot: ['foot'] };
    const at = (width: number) => pretty(view, { color: false, width }).split('\n');
    expect(at(17)).toEqual(['name    mean  std', 'a name     1    2', '', 'foot', '']);
    expect(at(16)).toEqual(['name    std', 'a name    2', '', 'foot', 'left out for the width: mean', '']);
    expect(at(5)).toEqual(['name', 'a name', '', 'foot', 'left out for the width: mean, std', '']);
  });

  it('pretty(view) aligns columns by what they hold', () => {
    const rows = [
      [text('a'), cell(1, '1')],
      [text('long'), cell(1000, '1,000')],
    ];
    const view = { head: ['head'], table: { columns: [left('name'), right('n')], rows }, foot: ['foot'] };
    const lines = 'head\n\nname      n\na         1\nlong  1,000\n\nfoot\n';
    expect(pretty(view, { color: false, width: 80 })).toBe(lines);
    expect(pretty({ ...view, table: { ...view.table, rows: [] } }, { color: false, width: 80 })).toBe('head\n\nfoot\n');
  });
});
