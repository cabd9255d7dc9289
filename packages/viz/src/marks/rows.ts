import { apartBy } from './many.ts';
import { FONT, halo, type PlacedText, texts } from './shapes.ts';
import { guessWidth, shorten } from './text.ts';
import type { SvgNode } from './tree.ts';

/** Where the names of rows stand: at the left of what they name, or above it where the drawing is too narrow for that. */
export interface RowNames {
  readonly above: boolean;
  /** The x coordinate where names begin or, at the left, end. */
  readonly at: number;
}

/** Makes room for names of rows. */
export function placeNames(names: readonly string[], width: number): RowNames {
  const widest = names.reduce((most, name) => Math.max(most, guessWidth(name, FONT)), 0);
  const above = widest > width * 0.36;
  return { above, at: above ? 16 : Math.ceil(widest) + 16 };
}

/** Draws names of rows at their heights. */
export function rowNames(
  { above, at }: RowNames,
  names: readonly string[],
  y: readonly number[],
  width: number,
): SvgNode {
  const items = names.map(
    (name, i): PlacedText => ({ at: [at, y[i]!], text: above ? shorten(name, width - 32, FONT) : name }),
  );
  const roomy = apartBy(items, (item) => item.at[1], FONT);
  return texts('names', roomy, { 'text-anchor': above ? 'start' : 'end', ...halo });
}
