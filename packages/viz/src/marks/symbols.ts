import { round } from './tree.ts';

/** A mark of a class, found in the text of a path. */
export interface FoundSymbol {
  readonly x: number;
  readonly y: number;
  /** The sign most like it, of one letter's width. */
  readonly sign: string;
  /** Its place in the order of shapes. */
  readonly shape: number;
}

// A disk, square, triangle, diamond, upside-down triangle and cross of about the same area: where their outlines begin, seen from their
// middles, and how they go on.
const SHAPES = [
  [-4, 0, 'a4,4,0,1,0,8,0a4,4,0,1,0,-8,0Z', '●'],
  [-3.5, -3.5, 'h7v7h-7Z', '■'],
  [0, -5, 'l4.75,8.25h-9.5Z', '▲'],
  [0, -5, 'l5,5l-5,5l-5,-5Z', '◆'],
  [0, 5, 'l4.75,-8.25h-9.5Z', '▼'],
  [-1.5, -4.5, 'h3v3h3v3h-3v3h-3v-3h-3v-3h3Z', '+'],
] as const;

/** The outline of the mark of the i-th class around a point: when the shapes and the colors of as many start again, they do so one apart. */
export function symbolPath(i: number, x: number, y: number): string {
  const [dx, dy, rest] = SHAPES[(i + Math.floor(i / SHAPES.length)) % SHAPES.length]!;
  return `M${round(x + dx)},${round(y + dy)}${rest}`;
}

/** The marks in the text of a path that {@link symbolPath} wrote, with their middles. */
export function symbolsIn(d: string): FoundSymbol[] {
  return [...d.matchAll(/M(-?[\d.]+),(-?[\d.]+)([^M]*)/g)].flatMap(([, left, top, rest]) => {
    const shape = SHAPES.findIndex((known) => known[2] === rest);
    if (shape < 0) return [];
    const [dx, dy, , sign] = SHAPES[shape]!;
    return [{ x: Number(left) - dx, y: Number(top) - dy, sign, shape }];
  });
}
