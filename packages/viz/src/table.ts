import { formatNumber } from './format.ts';
import { escapeText } from './text.ts';

/** The numbers of a figure as rows; a report can also show a table alone. */
export interface Table {
  /** Heads of the columns. */
  readonly columns: readonly string[];
  /** One array per row, as long as `columns`; the first cell names the row. */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A table as HTML, numbers with six significant digits. */
export function tableHtml({ columns, rows }: Table): string {
  const head = columns.map((name) => `<th scope="col">${escapeText(name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

function cell(value: string | number, column: number): string {
  const text = escapeText(typeof value === 'number' ? formatNumber(value, 6) : value);
  const align = typeof value === 'number' ? ' class="number"' : '';
  return column === 0 ? `<th scope="row"${align}>${text}</th>` : `<td${align}>${text}</td>`;
}
