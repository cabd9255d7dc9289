import type { Table } from './table.ts';

/** A figure as plain data, as `JSON.stringify(figure)` writes it: what it says and the numbers it draws, not how it looks. */
export interface FigureJson {
  /** What this is. */
  readonly format: 'weightkit figure';
  /** The version of this form; it grows when a member changes its meaning or is gone. */
  readonly version: 1;
  /** The function that made it: `'lineChart'`. */
  readonly chart: string;
  /** What stands above the drawing. */
  readonly title: string;
  /** The text alternative. */
  readonly description: string;
  /** Heads of the columns. */
  readonly columns: readonly string[];
  /**
   * One array per row, as long as `columns`; the first cell names the row. Numbers are as exact as they were given, minus zero is 0.
   * What JSON has no number for is a text: `'NaN'`, `'Infinity'`, `'-Infinity'`, `'missing'`, and `''` where a row has no such value.
   */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Makes the data of a figure. */
export function figureJson(
  chart: string,
  { title, description, table }: { readonly title: string; readonly description: string; readonly table: Table },
): FigureJson {
  const { columns } = table;
  const rows = table.rows.map((row) => row.map(cell));
  return { format: 'weightkit figure', version: 1, chart, title, description, columns: [...columns], rows };
}

/** Tables write negative infinity for people, with a true minus sign. */
const cell = (value: string | number): string | number =>
  value === '−Infinity' ? '-Infinity' : typeof value === 'string' || Number.isFinite(value) ? value : String(value);
