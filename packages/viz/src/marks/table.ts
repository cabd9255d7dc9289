import { formatNumber } from './format.ts';
import { countText } from './many.ts';
import { escapeText } from './text.ts';

/** The numbers of a figure as rows; a report can also show a table alone. */
export interface Table<Cell = string | number> {
  /** Heads of the columns. */
  readonly columns: readonly string[];
  /** One array per row, as long as `columns`; the first cell names the row. */
  readonly rows: readonly (readonly Cell[])[];
}

/** A table that may lack values. */
export type LooseTable = Table<string | number | null>;

// Longer and wider tables nobody reads: their middle is left out of the page, never of the figure's `table`.
const MOST_ROWS = 1000;
const MOST_COLUMNS = 200;

/**
 * A table as HTML, numbers with six significant digits; columns of numbers are marked as such. Of more than 1000 rows or 200
 * columns the first and last half are shown, with a row or a column between them that says how many are not.
 */
export function tableHtml({ columns, rows }: LooseTable): string {
  const shown = ends(columns.length, MOST_COLUMNS);
  const gap = columns.length - shown.length;
  const at = gap > 0 ? MOST_COLUMNS / 2 : undefined;
  const lines = ends(rows.length, MOST_ROWS).map((i) => rows[i]!);
  const kinds = new Map(
    shown.map((column) => {
      const numbers = column > 0 && lines.every((row) => isNumber(row[column]));
      return [column, numbers ? ' class="number"' : ''] as const;
    }),
  );
  const between = (cells: string[], cell: string) =>
    (at === undefined ? cells : [...cells.slice(0, at), cell, ...cells.slice(at)]).join('');
  const heads = shown.map((i) => `<th scope="col"${kinds.get(i)}>${escapeText(columns[i]!)}</th>`);
  const head = between(heads, `<th scope="col">… ${countText(gap)} columns left out …</th>`);
  const body = lines.map((row) => {
    const cells = shown.map((column) => cell(row[column], column, kinds.get(column)!));
    return `<tr>${between(cells, '<td>…</td>')}</tr>`;
  });
  if (rows.length > lines.length) {
    const left = `… ${countText(rows.length - lines.length)} rows left out …`;
    const width = columns.length - gap + (gap > 0 ? 1 : 0);
    body.splice(MOST_ROWS / 2, 0, `<tr><th scope="row" colspan="${width}">${left}</th></tr>`);
  }
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>`;
}

/** The first and the last places of many, half of the most each. */
function ends(count: number, most: number): number[] {
  const all = Math.min(count, most);
  return Array.from({ length: all }, (_, i) => (i < most / 2 || count <= most ? i : count - all + i));
}

// Charts write a point that is not there as '', and what is no number or missing by its name.
const named = new Set<unknown>(['', 'NaN', 'Infinity', '−Infinity', 'missing', null, undefined]);
const isNumber = (value: string | number | null | undefined) => typeof value === 'number' || named.has(value);

function cell(value: string | number | null | undefined, column: number, kind: string): string {
  const text = typeof value === 'number' ? formatNumber(value, 6) : (value ?? 'missing');
  return column === 0 ? `<th scope="row">${escapeText(text)}</th>` : `<td${kind}>${escapeText(text)}</td>`;
}
