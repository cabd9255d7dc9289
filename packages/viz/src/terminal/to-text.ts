import { checkNumber, checkOptions, checkType } from '@weightkit/numerics/check';
import { ink } from '../marks/colors.ts';
import { drawingOf, type Figure } from '../marks/figure.ts';
import { rgb } from './canvas.ts';
import { type Cell, cellsIn, lightness } from './cells.ts';
import { CELL, paint } from './paint.ts';
import { dashOf, long, shadesOf } from './shades.ts';

/** How a figure is written as text. */
export interface TextOptions {
  /** Columns of the terminal, in [20, 600]. @defaultValue 80 */
  width?: number;
  /**
   * Whether colors are written, as ANSI sequences: `true` all of them, 256 those of terminals that have so many, false none.
   * @defaultValue false
   */
  color?: boolean | 256;
}

/**
 * A figure as text for a terminal: lines in braille dots, filled shapes in blocks, texts and numbers in cells.
 *
 * The figure is laid out anew for the columns, and is as high as it is. Without color the text is the same everywhere: lines differ by
 * their dashes, fills by their texture, values below 0 by `· - = #` from those above, `░ ▒ ▓ █`; the legend shows them. Nothing is asked
 * of the terminal: in Node `color: process.stdout.hasColors?.(2 ** 24)` follows NO_COLOR, FORCE_COLOR and what the terminal can show.
 *
 * @param figure - a figure of one of the charts
 * @returns lines joined by `\n`, none wider than `width` and none with spaces at its end
 * @throws TypeError if the figure is of no chart here, or an option is unknown or of the wrong kind
 * @throws RangeError if `width` is out of range
 *
 * @example
 * ```js
 * import { sizeChart } from '@weightkit/viz';
 * import { toText } from '@weightkit/viz/terminal';
 * const figure = sizeChart({ stages: [{ name: 'float32', bytes: 400 }, { name: 'int8', bytes: 100 }] });
 * console.log(toText(figure, { width: 40 }).split('\n')[0].trim()); // -> Size by stage
 * ```
 */
export function toText(figure: Figure, options: TextOptions = {}): string {
  const draw = drawingOf(figure);
  checkType(draw !== undefined, 'toText: figure must be a figure of a chart', figure);
  checkOptions('toText', options, ['width', 'color']);
  const { width = 80, color = false } = options;
  checkNumber(
    'toText: width must be a whole number in [20, 600]',
    width,
    (x) => Number.isInteger(x) && x >= 20 && x <= 600,
  );
  checkType(typeof color === 'boolean' || color === 256, 'toText: color must be true, false or 256', color);
  const drawing = draw(width * CELL.width);
  const shade = color === false ? shadesOf(drawing) : undefined;
  const rows = cellsIn(paint(drawing, color === false ? dashOf : undefined), shade);
  const write = color === false ? plain : (cells: readonly Cell[]) => colored(cells, color === 256);
  return rows
    .map(write)
    .join('\n')
    .replace(/^\n+|\n+$/g, '');
}

const plain = (cells: readonly Cell[]): string =>
  cells
    .map(({ character }) => character)
    .join('')
    .trimEnd();

/** Cells with their colors; each line ends as it began. */
function colored(cells: readonly Cell[], few: boolean): string {
  let end = cells.length;
  while (end > 0 && cells[end - 1]!.character === ' ' && cells[end - 1]!.ground === undefined) end--;
  let text = '';
  let now = '';
  for (const { character, color, ground, bold } of cells.slice(0, end)) {
    const codes = [
      ...(bold ? ['1'] : []),
      ...(character === ' ' ? [] : front(color, ground, few)),
      ...(ground === undefined ? [] : [`48;${code(ground, few)}`]),
    ].join(';');
    if (codes !== now) text += `\u001b[${now === '' ? codes : codes === '' ? '0' : `0;${codes}`}m`;
    now = codes;
    text += character;
  }
  return now === '' ? text : `${text}\u001b[0m`;
}

const QUIET = new Set<string>([ink.axis, ink.quiet, ink.leader, ink.grid, ink.none]);
/** Neither lost on a white ground nor on a black one: text that says less, and lines of axes. */
const GRAY = '#808080';
const DARKEST = 0.3;

/** The code of a text's color: none for texts that have the terminal's own. */
function front(color: string | undefined, ground: string | undefined, few: boolean): string[] {
  if (color === undefined) return [];
  if (ground !== undefined) return [`38;${code(long(color), few)}`];
  if (color === ink.text || color === ink.title || color === '#222222') return [];
  return [`38;${code(QUIET.has(color) ? GRAY : seen(long(color)), few)}`];
}

/** A color, lighter where a black ground would swallow it. */
function seen(color: string): string {
  const lack = DARKEST - lightness(color);
  if (lack <= 0) return color;
  const share = lack / (1 - lightness(color));
  return `#${rgb(color)
    .map((part) =>
      Math.round(part + share * (255 - part))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

/** A color as ANSI has it: by its parts, or as the nearest of the 6 × 6 × 6 colors and 24 grays of xterm. */
function code(color: string, few: boolean): string {
  const parts = rgb(color);
  if (!few) return `2;${parts.join(';')}`;
  const steps = parts.map((part) => nearest(CUBE, part));
  const gray = nearest(GRAYS, parts.reduce((sum, part) => sum + part, 0) / 3);
  const far = (of: readonly number[]) => parts.reduce((sum, part, i) => sum + (part - of[i]!) ** 2, 0);
  const level = GRAYS[gray]!;
  const cubed = steps.map((step) => CUBE[step]!);
  return far([level, level, level]) < far(cubed)
    ? `5;${232 + gray}`
    : `5;${16 + 36 * steps[0]! + 6 * steps[1]! + steps[2]!}`;
}

const CUBE = [0, 95, 135, 175, 215, 255];
const GRAYS = Array.from({ length: 24 }, (_, i) => 8 + 10 * i);

const nearest = (levels: readonly number[], part: number): number =>
  levels.reduce((best, level, i) => (Math.abs(level - part) < Math.abs(levels[best]! - part) ? i : best), 0);
