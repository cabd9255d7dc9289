import type { Point } from '../marks/path.ts';

/** What a dot of a filled shape shows: a color `#rrggbb` and how much of it. */
export interface Paint {
  readonly color: string;
  /** Above 0, up to 1. */
  readonly alpha: number;
}

/** A rectangle in dots; shapes are cut at it. */
export interface Clip {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A grid of dots in two layers: filled shapes, and lines on top of them. Places are in dots, (0, 0) the corner of the first. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly paints: Paint[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #fills: Uint16Array;
  readonly #lines: Uint16Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#fills = new Uint16Array(width * height);
    this.#lines = new Uint16Array(width * height);
  }

  /** The fill of a dot, if it has one. */
  fillAt(x: number, y: number): Paint | undefined {
    return this.paints[this.#fills[y * this.width + x]! - 1];
  }

  /** The color of the line through a dot, if there is one. */
  lineAt(x: number, y: number): string | undefined {
    return this.paints[this.#lines[y * this.width + x]! - 1]?.color;
  }

  /** Fills the dots whose middles lie in rings; where these are too thin for any, those next to their corners. */
  fill(rings: readonly (readonly Point[])[], paint: Paint | undefined, evenOdd: boolean, clip: Clip): void {
    if (!this.#scan(rings, evenOdd, clip, (at) => this.#blend(at, paint)))
      for (const ring of rings) for (const [x, y] of ring) this.#at(x, y, clip, (at) => this.#blend(at, paint));
  }

  /** Fills a rectangle, at least one dot thin. */
  box([x1, y1]: Point, [x2, y2]: Point, paint: Paint | undefined, clip: Clip): void {
    const [left, right] = span(x1, x2, clip.left, Math.min(clip.right, this.width));
    const [top, bottom] = span(y1, y2, clip.top, Math.min(clip.bottom, this.height));
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) this.#blend(y * this.width + x, paint);
  }

  /** A line of dots through corners; `dash` are whole numbers of dots, drawn and left out in turn. */
  line(points: readonly Point[], color: string, width: number, dash: readonly number[], clip: Clip): void {
    const number = this.#number({ color, alpha: 1 });
    const draw = (at: number) => {
      this.#lines[at] = number;
    };
    const period = dash.reduce((sum, length) => sum + length, 0);
    // Dashes count the dots that a line comes to: of lengths along it, some would have one dot more than others.
    let [count, last] = [-1, -1];
    const next = (at: number) => {
      if (at !== last) count++;
      last = at;
      if (period === 0 || shown(count % period, dash)) draw(at);
    };
    const [first] = points;
    if (points.length === 1) this.#disc(first!, width / 2, clip, draw);
    for (let i = 1; i < points.length; i++) {
      const piece: Segment = [points[i - 1]!, points[i]!];
      const [[x1, y1], [x2, y2]] = piece;
      const length = Math.hypot(x2 - x1, y2 - y1);
      const steps = Math.max(1, Math.ceil(2 * Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1))));
      for (let k = 0; k <= steps; k++) {
        const share = k / steps;
        this.#at(x1 + share * (x2 - x1), y1 + share * (y2 - y1), clip, next);
      }
      if (width >= THICK && length > 0) this.#scan([band(piece, width, length)], false, clip, draw);
    }
  }

  /** Draws the dots of a disc, at least one. */
  #disc([cx, cy]: Point, radius: number, clip: Clip, draw: (at: number) => void): void {
    this.#at(cx, cy, clip, draw);
    for (let y = Math.floor(cy - radius); y <= cy + radius; y++)
      for (let x = Math.floor(cx - radius); x <= cx + radius; x++)
        if (Math.hypot(x + 0.5 - cx, y + 0.5 - cy) <= radius) this.#at(x, y, clip, draw);
  }

  #at(x: number, y: number, clip: Clip, draw: (at: number) => void): void {
    // What lies on the last border belongs to the dot before it.
    const column = Math.floor(x === this.width ? x - 1 : x);
    const row = Math.floor(y === this.height ? y - 1 : y);
    if (x < clip.left || x > clip.right || y < clip.top || y > clip.bottom) return;
    if (column >= 0 && column < this.width && row >= 0 && row < this.height) draw(row * this.width + column);
  }

  /** Calls `draw` for each dot whose middle lies in rings, and says whether there was one. */
  #scan(rings: readonly (readonly Point[])[], evenOdd: boolean, clip: Clip, draw: (at: number) => void): boolean {
    const [from, to] = [Math.max(0, Math.floor(clip.top)), Math.min(this.height, Math.ceil(clip.bottom))];
    const rows = new Map<number, [x: number, turn: number][]>();
    for (const ring of rings)
      for (let i = 0; i < ring.length; i++) {
        const [a, b] = [ring[i]!, ring[(i + 1) % ring.length]!];
        const [upper, lower] = a[1] < b[1] ? [a, b] : [b, a];
        const last = Math.min(to, Math.ceil(lower[1] - 0.5));
        for (let y = Math.max(from, Math.ceil(upper[1] - 0.5)); y < last; y++) {
          const x = upper[0] + ((y + 0.5 - upper[1]) * (lower[0] - upper[0])) / (lower[1] - upper[1]);
          const row = rows.get(y) ?? [];
          rows.set(y, row);
          row.push([x, a[1] < b[1] ? 1 : -1]);
        }
      }
    let any = false;
    for (const [y, crossings] of rows) {
      crossings.sort((a, b) => a[0] - b[0]);
      let turns = 0;
      crossings.forEach(([x, turn], i) => {
        turns += evenOdd ? 1 : turn;
        const inside = evenOdd ? turns % 2 === 1 : turns !== 0;
        const next = crossings[i + 1];
        if (!inside || next === undefined) return;
        const first = Math.ceil(Math.max(0, clip.left, x) - 0.5);
        const end = Math.min(this.width, clip.right, next[0]);
        for (let column = Math.max(0, first); column + 0.5 <= end; column++) {
          draw(y * this.width + column);
          any = true;
        }
      });
    }
    return any;
  }

  /** Paints a dot; without a paint it shows the ground again. */
  #blend(at: number, paint: Paint | undefined): void {
    const below = this.paints[this.#fills[at]! - 1];
    this.#fills[at] = paint === undefined ? 0 : this.#number(over(paint, below));
  }

  #number(paint: Paint): number {
    const key = `${paint.color} ${paint.alpha}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    // More paints than this no drawing has; the last one stands for the rest.
    if (this.paints.length < MOST_PAINTS) this.paints.push(paint);
    this.#numbers.set(key, this.paints.length);
    return this.paints.length;
  }
}

const MOST_PAINTS = 65_535;

/** Lines are one dot thick, or as thick as they are from this many dots on. */
const THICK = 1.5;

/** The red, green and blue of `#rrggbb`. */
export const rgb = (color: string): [number, number, number] => [
  Number.parseInt(color.slice(1, 3), 16),
  Number.parseInt(color.slice(3, 5), 16),
  Number.parseInt(color.slice(5, 7), 16),
];

/** What a paint shows on another: mixed with an opaque one; of two that are not, the upper, as strong as the stronger. */
function over(paint: Paint, below: Paint | undefined): Paint {
  if (paint.alpha === 1 || below === undefined) return paint;
  if (below.alpha < 1) return { color: paint.color, alpha: Math.max(paint.alpha, below.alpha) };
  const ground = rgb(below.color);
  const mixed = rgb(paint.color).map((part, i) => Math.round(ground[i]! + paint.alpha * (part - ground[i]!)));
  return { color: `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`, alpha: 1 };
}

/** The dots from one place to another, between two borders: those whose middles lie there, else the one it lies in. */
function span(from: number, to: number, low: number, high: number): readonly [number, number] {
  if (to < low || from > high) return [0, 0];
  const [first, end] = [Math.round(Math.max(from, low, 0)), Math.round(Math.min(to, high))];
  if (end > first) return [first, end];
  const only = Math.max(0, Math.min(Math.ceil(high) - 1, Math.floor(from)));
  return [only, only + 1];
}

function shown(place: number, dash: readonly number[]): boolean {
  let left = place;
  for (const [i, length] of dash.entries()) {
    if (left < length) return i % 2 === 0;
    left -= length;
  }
  return true;
}

type Segment = readonly [Point, Point];

/** The rectangle around a segment. */
function band([[x1, y1], [x2, y2]]: Segment, width: number, length: number): Point[] {
  const [dx, dy] = [((y2 - y1) / length) * (width / 2), ((x1 - x2) / length) * (width / 2)];
  return [
    [x1 + dx, y1 + dy],
    [x2 + dx, y2 + dy],
    [x2 - dx, y2 - dy],
    [x1 - dx, y1 - dy],
  ];
}
