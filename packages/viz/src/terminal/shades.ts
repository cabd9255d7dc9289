import { ink, lightOf, palette } from '../marks/colors.ts';
import type { SvgNode } from '../marks/tree.ts';
import { type Paint, rgb } from './canvas.ts';

const BLOCKS = [' ', '░', '▒', '▓', '█'] as const;
/** What is below 0 has signs of its own, as strong where the color is. */
const BELOW = [' ', '·', '-', '=', '#'] as const;
/** Fills of named things, in the order of the palette. */
const NAMED = ['█', '▒', '░', '▓', '#', '='] as const;

/** Fills of the areas of classes, in the order of the palette, and of as many more in the same colors, which are paler. */
const AREAS = ['░', '·', '▒', '-', '=', '/', '▓', ':', '~', '^', '*', '%'] as const;
/** Areas paler than this are those of the second half. */
const PALE = 0.3;

/** Lengths in dots, drawn and left out in turn, of the lines of named things, in the order of the palette. */
const DASHES: readonly (readonly number[])[] = [[], [3, 2], [1, 1], [4, 1, 1, 1], [2, 4], [1, 3]];

/** How strong a translucent fill looks. */
export const veil = (alpha: number): string => BLOCKS[alpha <= 0.3 ? 1 : alpha <= 0.6 ? 2 : 3];

/** Signs in place of colors for one drawing: a color of its scale becomes a shade, others a texture of their own. */
export function shadesOf(drawing: SvgNode): (paint: Paint) => string {
  const scale = scaleOf(drawing);
  const hasClasses = find(drawing, CLASSES) !== undefined;
  const known = new Map<string, string>();
  return ({ color, alpha }) => {
    const named = palette.indexOf(color);
    if (alpha < 1 && hasClasses && named >= 0) return AREAS[named + (alpha <= PALE ? palette.length : 0)]!;
    if (alpha < 1) return veil(alpha);
    const shade = known.get(color) ?? shadeOf(color, scale);
    known.set(color, shade);
    return shade;
  };
}

/** Which dashes a line has in place of its color: a weight below 0 those of the second named thing. */
export function dashOf(color: string): readonly number[] {
  const named = palette.indexOf(color);
  if (named >= 0) return DASHES[named]!;
  const [red, , blue] = rgb(long(color));
  return red > blue + 40 ? DASHES[1]! : [];
}

/** Dots of named things, in the order of the palette; gray ones are small. */
const DOTS = ['●', '■', '◆', '▮', '★', '◉'] as const;

/** A dot in the form that stands for its color; other signs say enough. */
export function signOf({ text, color }: { readonly text: string; readonly color: string }): string {
  if (text !== '●') return text;
  const [red, green, blue] = rgb(long(color));
  return DOTS[palette.indexOf(color)] ?? (red === green && green === blue ? '•' : text);
}

/** A color `#rgb` as `#rrggbb`. */
export const long = (color: string): string =>
  color.length === 4 ? color.replace(/[^#]/g, (digit) => digit + digit) : color;

interface Scale {
  readonly colors: readonly (readonly number[])[];
  /** Where the color of 0 is, if the scale has two sides. */
  readonly zero: number | undefined;
}

/** The colors of the legend's scale. */
function scaleOf(drawing: SvgNode): Scale | undefined {
  const found = find(drawing, ['ramp']);
  const colors = found?.children.map((step) => rgb(long(lightOf((step as SvgNode).attributes.fill!))));
  if (colors === undefined || colors.length < 3) return undefined;
  const light = colors.map(([red, green, blue]) => 0.3 * red + 0.59 * green + 0.11 * blue);
  const zero = light.indexOf(Math.max(...light));
  return { colors, zero: zero > 0 && zero < colors.length - 1 && light[zero]! > 250 ? zero : undefined };
}

const CLASSES = ['class', 'first class', 'second class'];

/** The first mark that has one of some names. */
function find({ children }: SvgNode, names: readonly string[]): SvgNode | undefined {
  for (const child of children) {
    if (typeof child === 'string') continue;
    if (names.includes(child.attributes['data-mark']!)) return child;
    const deeper = find(child, names);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function shadeOf(color: string, scale: Scale | undefined): string {
  const named = palette.indexOf(color);
  if (named >= 0) return NAMED[named]!;
  if (color === ink.none) return '?';
  const [red, green, blue] = rgb(long(color));
  if (scale === undefined)
    return step(red > blue + 24 ? BELOW : BLOCKS, 1 - (0.3 * red + 0.59 * green + 0.11 * blue) / 255);
  const far = scale.colors.map(([r, g, b]) => (r! - red) ** 2 + (g! - green) ** 2 + (b! - blue) ** 2);
  const place = far.indexOf(Math.min(...far));
  const last = scale.colors.length - 1;
  if (scale.zero === undefined) return step(BLOCKS, place / last);
  const side = place - scale.zero;
  return step(side < 0 ? BELOW : BLOCKS, Math.abs(side) / Math.max(scale.zero, last - scale.zero));
}

/** Level 0 is the lowest ninth, as rounding has it. */
const step = (shades: typeof BLOCKS | typeof BELOW, share: number): string =>
  shades[Math.min(4, Math.max(0, Math.round(share * 4)))]!;
