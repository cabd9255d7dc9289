import { safeText } from './safe-text.ts';
import type { Table, View } from './view.ts';

const escaped = (text: string): string => safeText(text).replaceAll(/[\\|<>*_`[\]]/g, (sign) => `\\${sign}`);

function markdownTable({ columns, rows }: Table): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(({ text }) => escaped(text)))),
  ];
}

/** A view as Markdown: paragraphs and a table as GitHub has them. */
export function markdown({ head, table, foot }: View): string {
  const blocks = [...head.map((line) => [escaped(line)]), markdownTable(table), ...foot.map((line) => [escaped(line)])];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}
