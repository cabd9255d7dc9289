/** Where the tiles of a contact sheet stand, in pixels of the filters: whole numbers. */
export interface Sheet {
  /** Pixels of the drawing for one pixel of a filter. */
  readonly scale: number;
  readonly columns: number;
  readonly rows: number;
  /** From the left of a tile to the left of the next, and from top to top. */
  readonly across: number;
  readonly down: number;
  /** Pixels of the drawing below each tile for its name; 0 where there is no room for names. */
  readonly label: number;
}

const LARGEST = 72;
const HIGHEST = 440;
const LEAST = 12;
const GAP = 6;
const LABEL = 15;
const LEAST_NAMED = 26;

/**
 * Lays out `count` tiles of `wide` × `high` pixels in a width: the largest that are no larger than 72 pixels of the drawing and make a
 * sheet no higher than `highest`. Tiles of fewer than 12 pixels cannot be told apart: the sheet is higher rather than that. With `asked`
 * columns there are that many, whatever the sheet's height.
 */
export function layoutSheet(
  count: number,
  wide: number,
  high: number,
  width: number,
  highest = HIGHEST,
  asked?: number,
): Sheet {
  if (asked !== undefined) return sheetOf(count, Math.max(1, Math.min(asked, count)), wide, high, width);
  const sheet = (columns: number) => sheetOf(count, columns, wide, high, width);
  const fits = ({ scale, rows, down }: Sheet) => rows * down * scale <= highest;
  let columns = 1;
  while (columns < count && !fits(sheet(columns)) && wide * sheet(columns + 1).scale >= LEAST) columns++;
  // Where tiles are as large as they may be, more of them stand side by side.
  while (columns < count && sheet(columns + 1).scale >= sheet(columns).scale) columns++;
  return sheet(columns);
}

function sheetOf(count: number, columns: number, wide: number, high: number, width: number): Sheet {
  const rough = Math.min((width - (columns - 1) * GAP) / (columns * wide), LARGEST / Math.max(wide, high));
  const gap = Math.max(1, Math.round(GAP / rough));
  const scale = Math.min(width / (columns * (wide + gap) - gap), LARGEST / Math.max(wide, high));
  const label = wide * scale >= LEAST_NAMED ? LABEL : 0;
  const down = high + gap + Math.ceil(label / scale);
  return { scale, columns, rows: Math.ceil(count / columns), across: wide + gap, down, label };
}
