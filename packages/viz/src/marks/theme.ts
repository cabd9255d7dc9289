import { ink, palette } from './colors.ts';
import type { SvgNode } from './tree.ts';

/** A color that a page can set: the variable's name, and its value on white and on a dark ground. */
export interface ThemeColor {
  readonly name: string;
  readonly light: string;
  readonly dark: string;
}

const darkInk: Readonly<Record<keyof typeof ink, string>> = {
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

// Blue, vermilion, green and purple stand out from both grounds; black and brown do not from a dark one.
const darkPalette: readonly string[] = [...palette.slice(0, 4), '#f0f0f0', '#d8b46a'];

/** Every color that {@link themed} makes a variable of. */
export const theme: readonly ThemeColor[] = [
  ...(Object.keys(ink) as (keyof typeof ink)[]).map((key) => ({
    name: `--wk-${key}`,
    light: ink[key],
    dark: darkInk[key],
  })),
  ...palette.map((light, i) => ({ name: `--wk-color-${i + 1}`, light, dark: darkPalette[i]! })),
];

/** The variables of the theme for a dark ground, as declarations of a style sheet. */
export const darkDeclarations: string = theme.map(({ name, dark }) => `${name}: ${dark};`).join(' ');

const names = new Map(theme.map(({ name, light }) => [light, name]));
const PAINTS = ['fill', 'stroke'];

/**
 * A drawing whose colors a page can set by CSS variables, each with the color itself where the page sets none. Drawings with color maps
 * and tints, which say more by being darker than white, stay as they are: on a dark ground they would say the opposite.
 */
export function themed(drawing: SvgNode): SvgNode {
  return fits(drawing) ? paint(drawing) : drawing;
}

function fits({ attributes, children }: SvgNode): boolean {
  const known = (color: string | undefined) => color === undefined || color === 'none' || names.has(color);
  return (
    PAINTS.every((key) => known(attributes[key])) && children.every((child) => typeof child === 'string' || fits(child))
  );
}

function paint({ name, attributes, children }: SvgNode): SvgNode {
  const painted = { ...attributes };
  for (const key of PAINTS) {
    const variable = names.get(attributes[key] ?? '');
    if (variable !== undefined) painted[key] = `var(${variable}, ${attributes[key]})`;
  }
  return {
    name,
    attributes: painted,
    children: children.map((child) => (typeof child === 'string' ? child : paint(child))),
  };
}
