import { formatNumber } from './format.ts';
import { escapeText } from './text.ts';

/** The numbers of a figure as rows; a report can also show a table alone. */
export interface Table {
  /** Heads of the columns. */
  readonly columns: readonly string[];
  /** One array per row, as long as `columns`; the first cell names the row. */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A table as HTML, numbers with six significant digits; columns of numbers are marked as such. */
export function tableHtml({ columns, rows }: Table): string {
  const kinds = columns.map((_, column) => {
    const numbers = column > 0 && rows.every((row) => isNumber(row[column]!));
    return numbers ? ' class="number"' : '';
  });
  const head = columns.map((name, column) => `<th scope="col"${kinds[column]}>${escapeText(name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((value, column) => cell(value, column, kinds)).join('')}</tr>`);
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>`;
}

// Charts write a missing value as '' and a value that is no number as 'NaN'.
const isNumber = (value: string | number) => typeof value === 'number' || value === '' || value === 'NaN';

function cell(value: string | number, column: number, kinds: readonly string[]): string {
  const text = escapeText(typeof value === 'number' ? formatNumber(value, 6) : value);
  return column === 0 ? `<th scope="row">${text}</th>` : `<td${kinds[column]}>${text}</td>`;
}
