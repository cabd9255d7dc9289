import type { Figure } from '@weightkit/viz';
import type { Picture } from './protocol.ts';

/** Draws a figure to SVG text that stands in the page, in its colors; `idPrefix` is what its ids start with, no other figure's of the page. */
export function draw(figure: Figure, width: number, idPrefix: string): Picture {
  const { title, description, table } = figure;
  return { title, description, table, svg: figure.svg({ width, idPrefix, variables: true }) };
}
