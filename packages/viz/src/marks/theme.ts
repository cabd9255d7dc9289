import { darkInk, darkPalette, ink, palette } from './colors.ts';
import type { SvgNode } from './tree.ts';

/** A color that a page can set: the variable's name, and its value on white and on a dark ground. */
export interface ThemeColor {
  readonly name: string;
  readonly light: string;
  readonly dark: string;
}

/** Every color that {@link themed} makes a variable of. */
export const theme: readonly ThemeColor[] = [
  ...(Object.keys(ink) as (keyof typeof ink)[]).map((key) => ({
    name: `--wk-${key}`,
    light: ink[key],
    dark: darkInk[key],
  })),
  ...palette.map((light, i) => ({ name: `--wk-color-${i + 1}`, light, dark: darkPalette[i]! })),
];

/**
 * The CSS declarations that make figures in a page dark: the variables of their colors, and `--wk-dark`, which turns color scales over.
 *
 * @example
 * ```js
 * import { darkTheme } from '@weightkit/viz';
 * const css = `[data-theme='dark'] { ${darkTheme} }`;
 * console.log(css.slice(0, 51)); // -> [data-theme='dark'] { --wk-dark: 100%; --wk-ground:
 * ```
 */
export const darkTheme: string = ['--wk-dark: 100%;', ...theme.map(({ name, dark }) => `${name}: ${dark};`)].join(' ');

const names = new Map(theme.map(({ name, light }) => [light, name]));
const PAINTS = ['fill', 'stroke'];

/**
 * A drawing whose colors a page can set by CSS variables, each with the color itself where the page sets none. Colors of scales and
 * tints, which begin at the ground, are mixed of two: `--wk-dark` is 0 % for the one of a light ground and 100 % for the other. Color
 * maps from dark to bright and pictures stay as they are.
 */
export function themed({ name, attributes, children }: SvgNode): SvgNode {
  const painted = { ...attributes };
  for (const key of PAINTS) if (key in attributes) painted[key] = paint(attributes[key]!);
  return {
    name,
    attributes: painted,
    children: children.map((child) => (typeof child === 'string' ? child : themed(child))),
  };
}

function paint(color: string): string {
  const variable = names.get(color);
  if (variable !== undefined) return `var(${variable}, ${color})`;
  const [light, dark] = color.split('/');
  return dark === undefined ? color : `color-mix(in srgb,${light},${dark} var(--wk-dark,0%))`;
}
