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

/** Widths of columns; the first one, of names, gives way where the table is wider than the terminal. */
function widthsOf({ columns, rows }: Table, width: number | undefined): number[] {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, lengthOf(safeText(row[i]!.text))), lengthOf(title)),
  );
  const over = widths.reduce((sum, one) => sum + one + GAP, -GAP) - (width ?? Number.POSITIVE_INFINITY);
  if (over > 0) widths[0] = Math.max(Math.min(LEAST, widths[0]!), widths[0]! - over);
  return widths;
}

function prettyTable(table: Table, { color, width }: PrettyOptions): string[] {
  const { columns, rows } = table;
  if (rows.length === 0) return [];
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
  const blocks = [head.map(safeText), prettyTable(table, options), foot.map(safeText)];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}
