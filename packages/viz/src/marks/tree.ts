import type { CellTexts } from '../page/attach.ts';

/** An element of a drawing as plain data: what is written as SVG text. */
export interface SvgNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (SvgNode | string)[];
  /** The values of a grid, for pages that read them out: put together when one is drawn. */
  readonly cells?: () => CellTexts;
}

/** Attributes of an element: those that are undefined are left out, numbers are rounded to what is written. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * A length or a coordinate as it is written, to a hundredth of a pixel. Every number of a drawing goes through here, once:
 * numbers in attributes by {@link node}, those in the text of a path by whoever writes it. Minus zero is zero.
 */
export const round = (value: number): number => Math.round(value * 100) / 100 + 0;

/** Makes an element. */
export function node(name: string, attributes: Attributes = {}, ...children: readonly (SvgNode | string)[]): SvgNode {
  const kept: Record<string, string> = {};
  for (const key in attributes) {
    const value = attributes[key];
    if (value !== undefined) kept[key] = typeof value === 'number' ? String(round(value)) : value;
  }
  return { name, attributes: kept, children };
}
