import { ink, lightOf, palette } from '../marks/colors.ts';
import { oddIn } from '../marks/odd-shape.ts';
import type { Point } from '../marks/path.ts';
import { symbolsIn } from '../marks/symbols.ts';
import type { SvgNode } from '../marks/tree.ts';
import { Canvas, type Clip } from './canvas.ts';
import { type Subpath, subpaths } from './path-data.ts';
import { long } from './shades.ts';

/** A terminal's cell stands for so many pixels of a drawing: a letter of its 12 pixels high text is about as wide and high. */
export const CELL = { width: 6.5, height: 13 } as const;
/** Pixels from dot to dot: a cell has 2 by 4 of them. */
const DOT = CELL.width / 2;

/** A text or a sign in a drawing; places are in dots. */
export interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  /** Written downward, one letter below the other, up to this place or from it. */
  readonly down: boolean;
  readonly color: string;
  readonly bold: boolean;
}

/** A drawing as dots and labels. */
export interface Picture {
  readonly canvas: Canvas;
  /** Signs that stand for small marks, below the texts. */
  readonly signs: readonly Label[];
  readonly texts: readonly Label[];
}

type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

interface State {
  readonly matrix: Matrix;
  readonly clip: Clip;
  readonly look: Readonly<Record<string, string>>;
  /** Whether it belongs to a title or a legend. */
  readonly header: boolean;
}

/**
 * Draws a drawing into dots, one text or sign for each of its texts and small marks.
 *
 * @param dashOf - dashes in dots for a color, where colors are not shown
 */
export function paint(root: SvgNode, dashOf?: (color: string) => readonly number[]): Picture {
  const [, , width, height] = root.attributes.viewBox!.split(' ').map(Number) as [number, number, number, number];
  const canvas = new Canvas(2 * Math.round(width / CELL.width), 4 * Math.ceil(height / CELL.height));
  const painter = new Painter(canvas, dashOf);
  const clip = { left: 0, top: 0, right: canvas.width, bottom: canvas.height };
  painter.draw(root, { matrix: [1 / DOT, 0, 0, 1 / DOT, 0, 0], clip, look: {}, header: true });
  return painter;
}

const INHERITED = [
  'fill',
  'fill-opacity',
  'fill-rule',
  'font-size',
  'shape-rendering',
  'stroke',
  'stroke-dasharray',
  'stroke-opacity',
  'stroke-width',
  'text-anchor',
];
/** Grids would be as strong as the lines of the data. */
const SKIPPED = new Set(['x-grid', 'y-grid']);
/** A circle of this radius in pixels is a sign; smaller ones are dots, larger ones shapes. */
const SIGN = [3.2, 8] as const;
const SIGNS = { cross: '×', up: '▲', down: '▼', ring: '○' } as const;

class Painter implements Picture {
  readonly canvas: Canvas;
  readonly signs: Label[] = [];
  readonly texts: Label[] = [];
  readonly #clips = new Map<string, Clip>();

  readonly #dashOf: ((color: string) => readonly number[]) | undefined;

  constructor(canvas: Canvas, dashOf: ((color: string) => readonly number[]) | undefined) {
    this.canvas = canvas;
    this.#dashOf = dashOf;
  }

  draw({ name, attributes, children }: SvgNode, outer: State): void {
    if (name === 'title' || name === 'desc' || SKIPPED.has(attributes['data-mark']!)) return;
    const matrix = transformed(outer.matrix, attributes.transform ?? '');
    if (name === 'clipPath') {
      const [box] = children as readonly SvgNode[];
      const [from, to] = cornersOf(box!.attributes).map((corner) => at(matrix, corner)) as [Point, Point];
      this.#clips.set(attributes.id!, { left: from[0], top: from[1], right: to[0], bottom: to[1] });
      return;
    }
    for (const child of children)
      if (typeof child !== 'string' && child.name === 'clipPath') this.draw(child, { ...outer, matrix });
    const id = /#([^)]*)/.exec(attributes['clip-path'] ?? '')?.[1];
    const own = INHERITED.filter((key) => key in attributes).map((key) => [key, lightOf(attributes[key]!)]);
    const look = own.length === 0 ? outer.look : { ...outer.look, ...Object.fromEntries(own) };
    const mark = attributes['data-mark'];
    const header = mark === 'figure' || (outer.header && (mark === 'ramp' || name !== 'g'));
    const state = { matrix, clip: this.#clips.get(id ?? '') ?? outer.clip, look, header };
    if (name === 'text') this.#text(attributes, children, state);
    else if (name === 'rect') this.#rect(attributes, state);
    else if (name === 'circle') this.#circle(attributes, state);
    else if (name === 'path') this.#path(attributes.d ?? '', state);
    else if (name === 'line') {
      const [x1, y1, x2, y2] = ['x1', 'y1', 'x2', 'y2'].map((key) => Number(attributes[key] ?? 0));
      this.#stroke([{ points: [at(matrix, [x1!, y1!]), at(matrix, [x2!, y2!])], closed: false }], state);
    } else for (const child of children) if (typeof child !== 'string') this.draw(child, state);
  }

  #text(attributes: SvgNode['attributes'], children: SvgNode['children'], { matrix, look }: State): void {
    const text = children.filter((child) => typeof child === 'string').join('');
    // From the base line to the middle of small letters.
    const middle = 0.34 * Number(look['font-size'] ?? 12);
    const [x, y] = at(matrix, [Number(attributes.x ?? 0), Number(attributes.y ?? 0) - middle]);
    const anchor = (look['text-anchor'] ?? 'start') as Label['anchor'];
    const bold = attributes['font-weight'] !== undefined;
    this.texts.push({ text, x, y, anchor, down: Math.abs(matrix[1]) > 1e-9, color: look.fill!, bold });
  }

  #rect(attributes: SvgNode['attributes'], state: State): void {
    const { matrix, clip, look, header } = state;
    const [from, to] = cornersOf(attributes).map((corner) => at(matrix, corner)) as [Point, Point];
    if (header) {
      this.#swatch(from, to, state);
      return;
    }
    if (from[0] < to[0] && from[1] < to[1] && look.fill !== 'none')
      this.canvas.box(from, to, paintOf(look, 'fill'), clip);
    const points: Point[] = [from, [to[0], from[1]], to, [from[0], to[1]]];
    this.#stroke([{ points, closed: true }], state);
  }

  /** A color of a legend, in one row: steps of a scale as wide as they are, squares two cells. */
  #swatch(from: Point, to: Point, { clip, look }: State): void {
    const color = paintOf(look, 'fill');
    if (look.fill === 'none' || color === undefined) return;
    const row = 4 * Math.floor((from[1] + to[1]) / 8);
    const isSquare = Math.abs(to[0] - from[0] - 12 / DOT) < 0.01 && Math.abs(to[1] - from[1] - 12 / DOT) < 0.01;
    const left = isSquare ? 2 * Math.round(from[0] / 2) : from[0];
    this.canvas.box([left, row], [isSquare ? left + 4 : to[0], row + 4], color, clip);
  }

  #circle(attributes: SvgNode['attributes'], state: State): void {
    const { matrix, look } = state;
    const [cx, cy, r] = ['cx', 'cy', 'r'].map((key) => Number(attributes[key] ?? 0)) as [number, number, number];
    const scale = Math.hypot(matrix[0], matrix[1]) * DOT;
    const filled = paintOf(look, 'fill') !== undefined && look.fill !== 'none';
    const [x, y] = at(matrix, [cx, cy]);
    if (r * scale < SIGN[0])
      this.canvas.line([[x, y]], (filled ? look.fill : look.stroke)!, (2 * r * scale) / DOT, [], state.clip);
    else if (r * scale <= SIGN[1]) this.#sign(filled ? '●' : '○', [x, y], (filled ? look.fill : look.stroke)!, state);
    else {
      const points = Array.from({ length: 32 }, (_, i): Point => {
        const turn = (2 * Math.PI * i) / 32;
        return at(matrix, [cx + r * Math.cos(turn), cy + r * Math.sin(turn)]);
      });
      this.#shape([{ points, closed: true }], state);
    }
  }

  #path(d: string, state: State): void {
    const odd = oddIn(d);
    const color = state.look.fill === 'none' ? state.look.stroke : state.look.fill;
    for (const { kind, x, y } of odd) this.#sign(SIGNS[kind], at(state.matrix, [x, y]), color!, state);
    const symbols = symbolsIn(d);
    for (const { sign, shape, x, y } of symbols) {
      const place = at(state.matrix, [x, y]);
      if (state.header) this.#area(place, color!, palette.indexOf(color!) === shape ? 0.32 : 0.14, state.clip);
      this.#sign(sign, place, color!, state);
    }
    if (odd.length + symbols.length > 0) return;
    const parts = subpaths(d).map(({ points, closed }) => ({
      points: points.map((point) => at(state.matrix, point)),
      closed,
    }));
    this.#shape(parts, state);
  }

  /** What the area of a class looks like, beside its mark in a legend. */
  #area([x, y]: Point, color: string, alpha: number, clip: Clip): void {
    const [left, top] = [2 * Math.floor(x / 2), 4 * Math.floor(y / 4)];
    this.canvas.box([left, top], [left + 4, top + 4], { color, alpha }, clip);
  }

  #sign(text: string, [x, y]: Point, color: string, { clip }: State): void {
    if (x < clip.left || x > clip.right || y < clip.top || y > clip.bottom) return;
    this.signs.push({ text, x, y, anchor: 'middle', down: false, color, bold: false });
  }

  #shape(parts: readonly Subpath[], state: State): void {
    const { look, clip } = state;
    if (look.fill !== 'none') {
      const rings = parts.filter(({ points }) => points.length > 2).map(({ points }) => points);
      if (rings.length > 0) this.canvas.fill(rings, paintOf(look, 'fill'), look['fill-rule'] === 'evenodd', clip);
    }
    this.#stroke(parts, state);
  }

  #stroke(parts: readonly Subpath[], { matrix, clip, look }: State): void {
    const color = look.stroke ?? 'none';
    // White rims part lines and areas on paper; dots are too coarse for them.
    if (color === 'none' || long(color) === '#ffffff') return;
    const width = Number(look['stroke-width'] ?? 1) * Math.hypot(matrix[0], matrix[1]);
    const own = look['stroke-dasharray'];
    const dash =
      own?.split(' ').map((length) => Math.max(1, Math.round(Number(length) / DOT))) ?? this.#dashOf?.(color) ?? [];
    for (const { points, closed } of parts) {
      const line = closed && points.length > 1 ? [...points, points[0]!] : points;
      const [from, to] = line as [Point, Point];
      if (look['shape-rendering'] === 'crispEdges' && line.length === 2 && from[1] === to[1])
        // Cells of a row.
        this.canvas.box(
          [Math.min(from[0], to[0]), from[1] - width / 2],
          [Math.max(from[0], to[0]), from[1] + width / 2],
          paintOf(look, 'stroke'),
          clip,
        );
      else this.canvas.line(line, color, width, dash, clip);
    }
  }
}

/** What a fill or a stroke paints; the ground where it has the ground's color. */
function paintOf(look: State['look'], key: 'fill' | 'stroke') {
  const color = look[key]!;
  return color === ink.ground ? undefined : { color, alpha: Number(look[`${key}-opacity`] ?? 1) };
}

function cornersOf(attributes: SvgNode['attributes']): [Point, Point] {
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((key) => Number(attributes[key] ?? 0));
  return [
    [x!, y!],
    [x! + width!, y! + height!],
  ];
}

const at = ([a, b, c, d, e, f]: Matrix, [x, y]: Point): Point => [a * x + c * y + e, b * x + d * y + f];

/** A matrix with the moves, scales and quarter turns of a `transform` after it, the first the outermost. */
function transformed(matrix: Matrix, transform: string): Matrix {
  let now = matrix;
  for (const [, kind, list] of transform.matchAll(/(translate|scale|rotate)\(([^)]*)\)/g)) {
    const [p = 0, q] = list!.split(/[ ,]+/).map(Number);
    const [a, b, c, d, e, f] = now;
    if (kind === 'translate') now = [a, b, c, d, ...at(now, [p, q ?? 0])];
    else if (kind === 'scale') now = [a * p, b * p, c * (q ?? p), d * (q ?? p), e, f];
    // By -90 degrees, the only turn that drawings have.
    else now = [-c, -d, a, b, e, f];
  }
  return now;
}
