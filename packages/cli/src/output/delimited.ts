import { safeText } from './safe-text.ts';
import type { Cell, Table } from './view.ts';

const plain = (value: Cell['value']): string => (value === null ? '' : safeText(String(value)));

const quoted = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const lines = ({ columns, rows }: Table, separator: string, write: (text: string) => string): string =>
  [columns.map(({ key }) => key), ...rows.map((row) => row.map(({ value }) => write(plain(value))))]
    .map((cells) => `${cells.join(separator)}\n`)
    .join('');

/** The table as tab-separated values, with a line of names; numbers are whole, nothing is left out. */
export const tsv = (table: Table): string => lines(table, '\t', (text) => text);

/** The table as comma-separated values, as RFC 4180 has them but for its line ends. */
export const csv = (table: Table): string => lines(table, ',', quoted);
