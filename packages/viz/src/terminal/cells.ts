import { ink, inkOn } from '../marks/colors.ts';
import { type Canvas, type Paint, rgb } from './canvas.ts';
import type { Label, Picture } from './paint.ts';
import { long, signOf, veil } from './shades.ts';
import { cellsOf, charactersOf, fit } from './width.ts';

/** What stands in one cell of a terminal. The second cell of a wide character has none. */
export interface Cell {
  character: string;
  color?: string | undefined;
  ground?: string | undefined;
  bold?: boolean;
}

/** The cells of a picture, row by row; `shade` gives the signs of fills where there are no colors. */
export function cellsIn({ canvas, signs, texts }: Picture, shade?: (paint: Paint) => string): Cell[][] {
  const columns = canvas.width / 2;
  const rows = Array.from({ length: canvas.height / 4 }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cellOf(canvas, column, row, shade)),
  );
  for (const sign of signs) place(rows, shade === undefined ? sign : { ...sign, text: signOf(sign) }, undefined);
  const taken = rows.map((row) => row.map(() => false));
  for (const text of texts) place(rows, text, taken);
  return rows;
}

const BRAILLE = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
/** Which quarters of a cell are filled: upper left 1, upper right 2, lower left 4, lower right 8. */
const QUARTERS = ' ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█';

function cellOf(canvas: Canvas, column: number, row: number, shade: ((paint: Paint) => string) | undefined): Cell {
  const lines: string[] = [];
  let quiet = true;
  const fills: (Paint | undefined)[] = [];
  let dots = 0;
  for (let i = 0; i < 8; i++) {
    const [x, y] = [2 * column + (i % 2), 4 * row + Math.floor(i / 2)];
    const line = canvas.lineAt(x, y);
    if (line !== undefined) {
      dots |= BRAILLE[i]!;
      lines.push(line);
      quiet &&= line === ink.axis;
    }
    fills.push(canvas.fillAt(x, y));
  }
  // The upper dot of each quarter stands for both, the lower where the upper has none.
  const quarters = [0, 1, 4, 5].map((i) => fills[i] ?? fills[i + 2]);
  const most = commonest(fills);
  const ground = most !== undefined && most.alpha === 1 && shade === undefined ? long(most.color) : undefined;
  // Frames give way to what they are around, where it shows.
  const shows = (fill: Paint | undefined) => fill !== undefined && shade?.(fill) !== ' ';
  if (dots > 0 && !(quiet && fills.filter(shows).length >= 4))
    return { character: String.fromCharCode(0x2800 + dots), color: commonest(lines), ground };
  if (shade !== undefined) return shaded(quarters, shade);
  const opaque = quarters.map((quarter) => (quarter?.alpha === 1 ? long(quarter.color) : undefined));
  const first = commonest(opaque.filter((color) => color !== undefined));
  if (first === undefined)
    return most === undefined ? { character: ' ' } : { character: veil(most.alpha), color: long(most.color) };
  const second = commonest(opaque.filter((color) => color !== first));
  if (opaque.every((color) => color === first)) return { character: ' ', ground: first };
  const pattern = opaque.reduce((sum, color, i) => sum + (color === first ? 1 << i : 0), 0);
  return { character: QUARTERS[pattern]!, color: first, ground: second };
}

/** A cell in signs alone: quarters of the fullest, the other signs where they fill half of it. */
function shaded(quarters: readonly (Paint | undefined)[], shade: (paint: Paint) => string): Cell {
  const signs = quarters.map((quarter) => (quarter === undefined ? undefined : shade(quarter)));
  const most = signs.includes('█') ? '█' : commonest(signs.filter((sign) => sign !== undefined));
  if (most === undefined) return { character: ' ' };
  const pattern = signs.reduce((sum, sign, i) => sum + (sign === most ? 1 << i : 0), 0);
  if (most === '█') return { character: QUARTERS[pattern]! };
  return { character: signs.filter((sign) => sign !== undefined).length >= 2 ? most : ' ' };
}

/** The value that occurs most, the first of several. */
function commonest<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: T | undefined;
  for (const [value, count] of counts) if (count > (counts.get(best as T) ?? 0)) best = value;
  return best;
}

/** Writes a label into cells: beside others where it has room within two cells, else cut, else left out. */
function place(rows: Cell[][], label: Label, taken: boolean[][] | undefined): void {
  const [wide, high] = [rows[0]!.length, rows.length];
  if (label.down) {
    const characters = fit(charactersOf(label.text), high);
    const end = Math.floor(label.y / 4) + (label.anchor === 'end' ? characters.length - 1 : 0);
    const [column, top] = [Math.floor(label.x / 2), Math.max(0, Math.min(high, end + 1) - characters.length)];
    for (const [i, character] of characters.entries()) put(rows, taken, [character], top + i, column, label);
    return;
  }
  const row = Math.max(0, Math.min(high - 1, Math.floor(label.y / 4)));
  const all = charactersOf(label.text);
  for (let most = wide; most > 0; most = Math.min(most, length(all)) - 1) {
    const characters = fit(all, most);
    const size = length(characters);
    const from = label.x / 2 - (label.anchor === 'start' ? 0 : label.anchor === 'end' ? size : size / 2);
    // Texts keep away from what they stand beside.
    const start = Math.floor(from + (label.anchor === 'start' ? 0.8 : label.anchor === 'end' ? 0.2 : 0.5));
    for (const shift of taken === undefined ? [0] : [0, 1, -1, 2, -2]) {
      const column = Math.max(0, Math.min(wide - size, start + shift));
      if (put(rows, taken, characters, row, column, label)) return;
    }
    if (size <= SHORTEST || taken === undefined || /^[−+]?[\d.,]+( [%kMG]?B?)?$/.test(label.text)) return;
  }
}

/** Numbers are left out rather than cut, and so are names that would be shorter than this. */
const SHORTEST = 4;

const length = (characters: readonly string[]): number =>
  characters.reduce((sum, character) => sum + cellsOf(character), 0);

/** Writes characters into a row where no other text is, nor right beside them. */
function put(
  rows: Cell[][],
  taken: boolean[][] | undefined,
  characters: readonly string[],
  row: number,
  column: number,
  { color, bold }: Label,
): boolean {
  const cells = rows[row];
  const size = length(characters);
  if (cells === undefined || column < 0 || column + size > cells.length) return false;
  if (taken?.[row]?.slice(Math.max(0, column - 1), column + size + 1).some(Boolean)) return false;
  let at = column - 1;
  for (const character of characters) {
    const own = cellsOf(character);
    if (own === 0) {
      if (at >= column) cells[at]!.character += character;
      continue;
    }
    const below = cells[++at]!;
    const ground = below.ground ?? (below.character === '█' ? below.color : undefined);
    cells[at] = { character, color: ground === undefined ? color : inkOn(ground), ground, bold };
    if (taken) taken[row]![at] = true;
    if (own === 2) {
      cells[++at] = { character: '', ground };
      if (taken) taken[row]![at] = true;
    }
  }
  return true;
}

/** How light a color is, 0 to 1. */
export const lightness = (color: string): number => {
  const [red, green, blue] = rgb(long(color));
  return (0.3 * red + 0.59 * green + 0.11 * blue) / 255;
};
