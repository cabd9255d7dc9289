import { type ColorMap, inferno, plasma } from './color-maps.ts';

// A color is a text, `#333`. Where two are joined by a slash, `#fff/#1d1d21`, the second is for a dark ground: svg() writes the first,
// the forms for pages both (theme.ts).

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

/** The same on a dark ground. */
export const darkInk: Readonly<Record<keyof typeof ink, string>> = {
  ground: '#1d1d21',
  title: '#f4f4f6',
  text: '#d8d8dd',
  axis: '#8a8a92',
  quiet: '#a8a8b0',
  grid: '#36363c',
  leader: '#5c5c64',
  none: '#77777f',
  wrong: '#ff8a80',
};

/** The palette on a dark ground: the same hues, lighter, with the same distances. */
export const darkPalette: readonly string[] = ['#2f8fdd', '#f27a33', '#35c79a', '#c96aa6', '#f0f0f0', '#e6c878'];

const lightSides = [...Object.values(ink), ...palette];
const darkSides = [...Object.values(darkInk), ...darkPalette];

/** A color for a light ground and one for a dark one. */
export const pair = (light: string, dark: string): string => (light === dark ? light : `${light}/${dark}`);

/** A color as it is on a light ground. */
export const lightOf = (color: string): string => color.split('/')[0]!;

/** A color as it is on a dark ground: of ink and palette what stands for it there, of a pair its second. */
export const darkOf = (color: string): string => color.split('/')[1] ?? darkSides[lightSides.indexOf(color)] ?? color;

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

/** The color of a map at a position: one of its entries, as each stands for an equal part of [0, 1]. */
function entry(map: ColorMap): (t: number) => string {
  const bytes = map.map(([first, steps]) => {
    const all = [first];
    for (const step of steps) all.push(all.at(-1)! + step.charCodeAt(0) - 109);
    return all;
  });
  return (t) => {
    const at = Math.min(255, Math.floor(t * 256));
    return toHex(bytes.map((channel) => channel[at]!));
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
 * The color of a signed share: the ground at 0, blue toward 1, vermilion toward -1. On a light ground they become darker, on a dark one
 * lighter. Both sides are equally light (CIELAB) at the same distance from 0, so that neither looks like more.
 */
export function diverging(share: number): string {
  const [light, dark] = share < 0 ? vermilions : blues;
  const at = Math.min(1, Math.abs(share));
  return pair(between(light, at), between(dark, at));
}

/** The color at a share of the way through colors. */
function between(colors: readonly (readonly number[])[], share: number): string {
  const at = share * (colors.length - 1);
  const from = Math.min(colors.length - 2, Math.floor(at));
  return mix(colors[from]!, colors[from + 1]!, at - from);
}

const mix = (a: readonly number[], b: readonly number[], share: number) =>
  toHex(a.map((part, i) => part + share * (b[i]! - part)));

const toHex = (parts: number[]) => `#${parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

const parts = (color: string) => {
  const digits = color.length === 4 ? color.replace(/[0-9a-f]/g, '$&$&') : color;
  return [1, 3, 5].map((at) => Number.parseInt(digits.slice(at, at + 2), 16));
};

const six = (colors: string) => colors.split(' ').map((digits) => parts(`#${digits}`));

// Of one hue of OKLCH each (248 and 47 degrees), lightness L* in equal steps, as colorful as sRGB lets both be: from 100 to 34 on a light
// ground, from 10.9, that of the ground, to 76 on a dark one.
const blues = [
  six('ffffff d5eaff a9d5ff 7bbfff 44a9fe 0192f0 007ccd 0067ac 00538c'),
  six('1d1d21 12304b 174368 1c5687 206aa7 247fc9 2795eb 4aabff 7fc1ff'),
] as const;
const vermilions = [
  six('ffffff ffe2d4 ffc3a7 ffa375 f68447 e7670e c75602 a64701 873801'),
  six('1d1d21 482513 643319 82421f a05124 c0602a e1702f f6884e faa87f'),
] as const;

/** Contrast of a color on white, 1 to 21, by the formula of WCAG 2.2. */
export function contrastOnWhite(color: string): number {
  const [red, green, blue] = parts(color).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

/** The color itself, or a shade of it, darker on a light ground and lighter on a dark one, whose contrast there is at least 3 : 1. */
export function legible(color: string): string {
  let [light, dark] = [lightOf(color), darkOf(color)];
  while (contrastOnWhite(light) < 3) light = toHex(parts(light).map((part) => part * 0.95));
  const most = contrastOnWhite(darkInk.ground) / 3;
  while (contrastOnWhite(dark) > most) dark = toHex(parts(dark).map((part) => 255 - (255 - part) * 0.95));
  return darkOf(light) === dark ? light : pair(light, dark);
}

/** A color mixed with the ground: 0 is the ground, 1 the color itself. */
export const tint = (color: string, share: number): string =>
  pair(mix([255, 255, 255], parts(lightOf(color)), share), mix(parts(darkInk.ground), parts(darkOf(color)), share));

/** Black or white, whichever is easier to read on a color: the contrast is 4.58 : 1 at least, which both have at 0.179 of white's light. */
export const inkOn = (color: string): string => pair(blackOrWhite(lightOf(color)), blackOrWhite(darkOf(color)));

const blackOrWhite = (color: string) => (contrastOnWhite(color) > Math.sqrt(21) ? '#ffffff' : '#000000');
