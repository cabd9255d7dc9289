import { safeText } from './safe-text.ts';
import type { Cell, Table, Tone, View } from './view.ts';

/** What a terminal can. */
export interface PrettyOptions {
  readonly color: boolean;
  /** Columns of the terminal; undefined where lines may be as long as they are. */
  readonly width: number | undefined;
}

const CODES: Record<Tone | 'head', readonly [on: number, off: number]> = {
  good: [32, 39],
  bad: [31, 39],
  dim: [2, 22],
  head: [1, 22],
};

const paint = (text: string, tone: Tone | 'head' | undefined, color: boolean): string => {
  if (!color || tone === undefined) return text;
  const [on, off] = CODES[tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

const lengthOf = (text: string): number => [...text].length;

/** Leaves out the middle of a text that is too long. */
function shortened(text: string, most: number): string {
  const signs = [...text];
  if (signs.length <= most) return text;
  const end = Math.ceil((most - 1) / 2);
  return `${signs.slice(0, most - 1 - end).join('')}…${end > 0 ? signs.slice(-end).join('') : ''}`;
}

const GAP = 2;
const LEAST = 12;

const naturalWidths = ({ columns, rows }: Table): number[] =>
  columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, lengthOf(safeText(row[i]!.text))), lengthOf(title)),
  );

const lineWidth = (widths: readonly number[]): number => widths.reduce((sum, one) => sum + one + GAP, -GAP);

/** Leaves out columns that can be spared, as long as the table is wider than the terminal. */
function fitted(table: Table, width: number): Table {
  if (lineWidth(naturalWidths(table)) <= width) return table;
  const places = table.columns.map(({ dispensable }) => dispensable ?? Number.POSITIVE_INFINITY);
  const first = places.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  if (first === Number.POSITIVE_INFINITY) return table;
  const isKept = (_: unknown, i: number): boolean => places[i] !== first;
  return fitted({ columns: table.columns.filter(isKept), rows: table.rows.map((row) => row.filter(isKept)) }, width);
}

/** Widths of columns; the first one, of names, gives way where the table is wider than the terminal all the same. */
function widthsOf(table: Table, width: number): number[] {
  const widths = naturalWidths(table);
  const over = lineWidth(widths) - width;
  if (over > 0) widths[0] = Math.max(Math.min(LEAST, widths[0]!), widths[0]! - over);
  return widths;
}

function prettyTable(whole: Table, { color, width = Number.POSITIVE_INFINITY }: PrettyOptions): string[] {
  if (whole.rows.length === 0) return [];
  const table = fitted(whole, width);
  const { columns, rows } = table;
  const widths = widthsOf(table, width);
  const line = (cells: readonly Pick<Cell, 'text' | 'tone'>[], head: boolean): string =>
    cells
      .map(({ text, tone }, i) => {
        const shown = shortened(safeText(text), widths[i]!);
        const space = ' '.repeat(widths[i]! - lengthOf(shown));
        const painted = paint(shown, head ? 'head' : tone, color);
        return columns[i]!.align === 'right' ? space + painted : painted + space;
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => ({ text: title })),
      true,
    ),
    ...rows.map((row) => line(row, false)),
  ];
}

/** A view for people: lines, the table in aligned columns, lines, with an empty line between them. */
export function pretty({ head, table, foot }: View, options: PrettyOptions): string {
  const lines = prettyTable(table, options);
  const left =
    lines.length > 0
      ? table.columns.filter(
          (column) => !fitted(table, options.width ?? Number.POSITIVE_INFINITY).columns.includes(column),
        )
      : [];
  const said = left.length > 0 ? [`left out for the width: ${left.map(({ title }) => title).join(', ')}`] : [];
  const blocks = [head.map(safeText), lines, [...foot, ...said].map(safeText)];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => `${block.join('\n')}\n`)
    .join('\n');
}
