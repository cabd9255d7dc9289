import type { PlacedText } from '../marks/shapes.ts';
import { guessWidth, shorten } from '../marks/text.ts';
import { round } from '../marks/tree.ts';

/** The size of the line below a name, in pixels. */
export const NOTE = 11;
const FONT = 12;
const PAD = 16;
const TOP = 8;
/** Between two matrices beside each other, and between two rows of them. */
const GAP = 18;
/** Room for a name and a note. */
const LABELS = 38;
/** A matrix is this high at most, lower in a narrow drawing, and an entry this large. */
const HIGHEST = 200;
const HIGHEST_SHARE = 0.35;
const LARGEST_ENTRY = 16;
const THINNEST = 1;
/** Lines divide parts that are this large at least. */
const LEAST_PART = 3;

/** Equal parts of a side, with their names if they have any. */
export interface ShapeParts {
  readonly count: number;
  readonly names: readonly string[];
}

/** A matrix with its texts. */
export interface Shape {
  readonly name: string;
  readonly note: string;
  readonly rows: number;
  readonly columns: number;
  readonly rowParts: ShapeParts;
  readonly columnParts: ShapeParts;
}

/** Where a matrix stands, in pixels. */
export interface Placed<T> {
  readonly shape: T;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** The lines between its parts, as a path. */
  readonly lines: string;
  readonly partNames: readonly PlacedText[];
  /** Name and note below it. */
  readonly labels: readonly PlacedText[];
}

const highestIn = (width: number): number => Math.min(HIGHEST, HIGHEST_SHARE * width);

/**
 * Lays out matrices at one scale from left to right, in as many rows as they need: those of a row stand on one line.
 *
 * @param width - of the drawing, in pixels
 * @param highest - pixels that the highest matrix takes at most
 */
export function layoutShapes<T extends Shape>(shapes: readonly T[], width: number, highest = highestIn(width)) {
  const inside = width - 2 * PAD;
  const most = (side: 'rows' | 'columns') => shapes.reduce((most, shape) => Math.max(most, shape[side]), 1);
  const scale = Math.min(LARGEST_ENTRY, inside / most('columns'), highest / most('rows'));
  const sized = shapes.map((shape) => {
    const across = Math.min(inside, Math.max(THINNEST, shape.columns * scale));
    const down = Math.max(THINNEST, shape.rows * scale);
    const [name, note] = [shorten(shape.name, inside, FONT), shorten(shape.note, inside, NOTE)];
    const room = Math.max(across, guessWidth(name, FONT), guessWidth(note, NOTE));
    return { shape, across, down, name, note, room };
  });
  const rows: (typeof sized)[] = [];
  let taken = Number.POSITIVE_INFINITY;
  for (const one of sized) {
    if (taken + one.room > inside + 0.01) {
      rows.push([]);
      taken = 0;
    }
    rows.at(-1)!.push(one);
    taken += one.room + GAP;
  }
  let top = TOP;
  const placed = rows.flatMap((row) => {
    const bottom = top + row.reduce((most, { down }) => Math.max(most, down), 0);
    let left = PAD;
    const all = row.map(({ shape, across, down, name, note, room }): Placed<T> => {
      const corner = [left, bottom - down] as const;
      left += room + GAP;
      return {
        shape,
        left: corner[0],
        top: corner[1],
        width: across,
        height: down,
        ...divide(shape, corner, across, down),
        labels: [
          { at: [corner[0], bottom + 11], text: name },
          { at: [corner[0], bottom + 26], text: note },
        ],
      };
    });
    top = bottom + LABELS;
    return all;
  });
  return { placed, height: top + 4 };
}

/** The layout in a drawing of this height: the scale is as small as that needs. */
export function placeShapes<T extends Shape>(shapes: readonly T[], width: number, height: number): Placed<T>[] {
  let highest = highestIn(width);
  let layout = layoutShapes(shapes, width, highest);
  while (layout.height > height && highest > 1) {
    highest = Math.max(1, highest * 0.85);
    layout = layoutShapes(shapes, width, highest);
  }
  return layout.placed;
}

function divide(
  { rowParts, columnParts }: Shape,
  [left, top]: readonly [number, number],
  across: number,
  down: number,
) {
  const [wide, high] = [across / columnParts.count, down / rowParts.count];
  const between = (count: number, size: number) =>
    size < LEAST_PART ? [] : Array.from({ length: count - 1 }, (_, i) => (i + 1) * size);
  const lines = [
    ...between(columnParts.count, wide).map((x) => `M${round(left + x)},${round(top)}v${round(down)}`),
    ...between(rowParts.count, high).map((y) => `M${round(left)},${round(top + y)}h${round(across)}`),
  ].join('');
  const fits = (text: string, room: number, depth: number) => guessWidth(text, FONT) + 4 <= room && depth >= FONT + 4;
  const partNames = [
    ...columnParts.names.flatMap((text, i): PlacedText[] =>
      fits(text, wide, down) ? [{ at: [left + (i + 0.5) * wide, top + down / 2], text }] : [],
    ),
    ...rowParts.names.flatMap((text, i): PlacedText[] =>
      fits(text, across, high) ? [{ at: [left + across / 2, top + (i + 0.5) * high], text }] : [],
    ),
  ];
  return { lines, partNames };
}
