import type { Figure } from '@weightkit/viz';
import type { Picture } from './protocol.ts';

/** Draws figures to SVG text. */
export const draw = (figures: readonly Figure[], width: number): Picture[] =>
  figures.map(({ title, description, table, ...figure }, i) => ({
    title,
    description,
    table,
    svg: figure.svg({ width, idPrefix: `figure-${i + 1}` }),
  }));
