import { checkType } from '@weightkit/numerics/check';
import type { Figure } from '../marks/figure.ts';
import type { LooseTable } from '../marks/table.ts';

/** A part of a report under its own heading. */
export interface ReportSection {
  /** Heading of the section. */
  readonly heading: string;
  /** Paragraphs of plain text. */
  readonly paragraphs?: readonly string[];
  /** A figure, or several. */
  readonly figure?: Figure | readonly Figure[];
  /** A table; a cell of null says `missing`. Its middle is left out where it has more than 1000 rows or 200 columns. */
  readonly table?: LooseTable;
}

/** Whether an item is a figure. */
export function isFigure(item: unknown): item is Figure {
  return typeof (item as Figure)?.svg === 'function' && isTable((item as Figure).table);
}

/** Whether an item is a table. */
export function isTable(item: unknown): item is LooseTable {
  return Array.isArray((item as LooseTable)?.columns) && Array.isArray((item as LooseTable).rows);
}

/** Checks the texts and cells of a table. */
export function checkTable(name: string, table: LooseTable): LooseTable {
  const text = (value: unknown) => typeof value === 'string';
  checkType(table.columns.every(text), `report: ${name}.columns must be strings`, table.columns);
  table.rows.forEach((row, i) => {
    checkType(Array.isArray(row), `report: ${name}.rows[${i}] must be an array`, row);
    const rule = `report: ${name}.rows[${i}] must have texts, numbers and null`;
    for (const cell of row) checkType(text(cell) || typeof cell === 'number' || cell == null, rule, cell);
  });
  return table;
}
