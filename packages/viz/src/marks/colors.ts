import { inferno, plasma } from './color-maps.ts';

/** What is not data: every color of text, lines and ground. */
export const ink = {
  ground: '#fff',
  title: '#111',
  text: '#333',
  axis: '#888',
  /** Text that says less than the text around it. */
  quiet: '#666',
  grid: '#e3e3e3',
  /** Dotted lines that lead from a name to its dot. */
  leader: '#bbb',
  /** Cells without a value. */
  none: '#8c8c8c',
  /** Notes of values that cannot be drawn. */
  wrong: '#a4161a',
} as const;

/**
 * Colors of named things: blue, vermilion and green of Okabe and Ito (2008), their purple darkened, black, and brown in
 * place of their light tones. Each has a contrast of 3 : 1 on white, and any two stay apart by 15 or more in CIELAB, also
 * as seen by readers without red, green or blue cones.
 */
export const palette: readonly string[] = ['#0072b2', '#d55e00', '#009e73', '#c2609a', '#222222', '#6b4a00'];

const dashes = [undefined, '6 3', '2 2', '9 3 2 3'];

/** Color and dashes of the i-th named line: after the palette's end the colors start again with other dashes. */
export function lineStyle(i: number): { color: string; dash: string | undefined } {
  return {
    color: palette[i % palette.length]!,
    dash: dashes[Math.floor(i / palette.length) % dashes.length],
  };
}

/** Names of the color maps from few (dark) to many (bright). */
export type HeatScheme = 'inferno' | 'hot';

/** `count` colors of a color map, from position `from` to position `to` of [0, 1]. */
export function ramp(scheme: HeatScheme | 'plasma', count: number, from = 0, to = 1): string[] {
  const color = scheme === 'hot' ? hot : entry(scheme === 'inferno' ? inferno : plasma);
  return Array.from({ length: count }, (_, i) => color(count === 1 ? to : from + ((to - from) * i) / (count - 1)));
}

/** The color of a table at a position: one of its entries, as each stands for an equal part of [0, 1]. */
function entry(table: string): (t: number) => string {
  const count = table.length / 6;
  return (t) => {
    const at = 6 * Math.min(count - 1, Math.floor(t * count));
    return `#${table.slice(at, at + 6)}`;
  };
}

// matplotlib's "hot": red, then green, then blue rise linearly one after the other.
function hot(t: number): string {
  const red = 0.0416 + (t / 0.365079) * (1 - 0.0416);
  const green = (t - 0.365079) / (0.746032 - 0.365079);
  const blue = (t - 0.746032) / (1 - 0.746032);
  return toHex([red, green, blue].map((part) => 255 * Math.min(1, Math.max(0, part))));
}

/**
 * The color of a signed share: white at 0, blue toward 1, vermilion toward -1. Both sides are equally light (CIELAB) at the same
 * distance from 0, so that neither looks like more.
 */
export function diverging(share: number): string {
  const side = share < 0 ? vermilions : blues;
  const at = Math.min(1, Math.abs(share)) * (side.length - 1);
  const from = Math.min(side.length - 2, Math.floor(at));
  const [a, b] = [side[from]!, side[from + 1]!];
  return toHex(a.map((part, i) => part + (at - from) * (b[i]! - part)));
}

const toHex = (parts: number[]) => `#${parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

const parts = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

// Of one hue of OKLCH each (248 and 47 degrees), lightness L* falling from 100 to 34 in equal steps, as colorful as sRGB lets both be.
const blues = ['#ffffff', '#d5eaff', '#a9d5ff', '#7bbfff', '#44a9fe', '#0192f0', '#007ccd', '#0067ac', '#00538c'].map(
  parts,
);
const vermilions = [
  '#ffffff',
  '#ffe2d4',
  '#ffc3a7',
  '#ffa375',
  '#f68447',
  '#e7670e',
  '#c75602',
  '#a64701',
  '#873801',
].map(parts);

/** Contrast of a color `#rrggbb` on white, 1 to 21, by the formula of WCAG 2.2. */
export function contrastOnWhite(color: string): number {
  const [red, green, blue] = parts(color).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

/** The color itself, or a darker shade of it whose contrast on white is at least 3 : 1. */
export function legible(color: string): string {
  let shade = color;
  while (contrastOnWhite(shade) < 3) shade = toHex(parts(shade).map((part) => part * 0.95));
  return shade;
}

/** A color mixed with white: 0 is white, 1 the color itself. */
export const tint = (color: string, share: number): string =>
  toHex(parts(color).map((part) => 255 + share * (part - 255)));

/** Black or white, whichever is easier to read on a color. */
export const inkOn = (color: string): string => (contrastOnWhite(color) > 4.6 ? '#fff' : '#111');
