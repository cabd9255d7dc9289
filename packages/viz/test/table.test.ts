import { describe, expect, it } from 'vitest';
import { tableHtml } from '../src/table.ts';

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

  it('escapes heads and cells', () => {
    expect(tableHtml({ columns: ['<a>'], rows: [['<b>']] })).not.toMatch(/<[ab]>/);
  });
});
