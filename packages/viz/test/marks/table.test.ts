import { describe, expect, it } from 'vitest';
import { tableHtml } from '../../src/marks/table.ts';

describe('tableHtml(table)', () => {
  it('marks columns of numbers, also with gaps, and names rows by their first cell', () => {
    const html = tableHtml({
      columns: ['layer', 'std', 'note'],
      rows: [
        ['a', 0.05, 'x'],
        ['b', '', 1],
        ['c', 'NaN', 'y'],
      ],
    });
    expect(html).toContain(
      '<th scope="col">layer</th><th scope="col" class="number">std</th><th scope="col">note</th>',
    );
    expect(html).toContain('<tr><th scope="row">a</th><td class="number">0.05</td><td>x</td></tr>');
    expect(html).toContain('<tr><th scope="row">b</th><td class="number"></td><td>1</td></tr>');
  });

  it('names what is missing, keeps such a column one of numbers, and leaves out the middle of long and wide ones', () => {
    expect(
      tableHtml({
        columns: ['a', 'b'],
        rows: [
          ['x', null],
          ['y', Number.POSITIVE_INFINITY],
        ],
      }),
    ).toContain('<td class="number">missing</td></tr>\n<tr><th scope="row">y</th><td class="number">Infinity</td>');
    const columns = Array.from({ length: 5000 }, (_, i) => `c${i}`);
    const html = tableHtml({ columns, rows: Array.from({ length: 5000 }, (_, i) => columns.map((_, c) => i * c)) });
    expect(html).toContain('<th scope="col">… 4800 columns left out …</th>');
    expect(html).toContain('<tr><th scope="row" colspan="201">… 4000 rows left out …</th></tr>');
    expect(html.match(/<tr>/g)).toHaveLength(1 + 1000 + 1);
    expect(html).toMatch(/>c99<\/th><th scope="col">…[^<]*<\/th><th scope="col" class="number">c4900</);
  });

  it('escapes heads and cells', () => {
    expect(tableHtml({ columns: ['<a>'], rows: [['<b>']] })).not.toMatch(/<[ab]>/);
  });
});
