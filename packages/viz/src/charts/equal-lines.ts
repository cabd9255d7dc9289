import { isDrawn, type Value } from '../marks/values.ts';

/** That a line lies on an earlier one for all of its length. */
export interface Covered {
  /** Index of the line that is drawn below, whole. */
  readonly on: number;
  /** Which of the lines on it this is, from 1. */
  readonly k: number;
  /** How many lines lie there, the one below among them. */
  readonly of: number;
}

/** Lines nearer to each other than this share of what all values span are one line in a drawing. */
const NEAR = 1 / 400;

/**
 * Which lines would hide an earlier one: they have the same places and, up to a four-hundredth of what all lines span (on a log axis of
 * the value), the same values.
 */
export function coveredLines(
  lines: readonly { readonly x: readonly Value[]; readonly y: readonly Value[] }[],
  log: boolean,
): (Covered | undefined)[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { x, y } of lines)
    for (let k = 0; k < y.length; k++) {
      const value = y[k]!;
      if (!isDrawn(value) || !isDrawn(x[k]!)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  const span = (high / 2 - low / 2) * 2 * NEAR;
  const near = (a: Value, b: Value) =>
    a === b || (isDrawn(a) && isDrawn(b) && Math.abs(a - b) <= (log ? a * NEAR : span)) || (!isDrawn(a) && !isDrawn(b));
  const equal = (a: number, b: number) => {
    const [first, second] = [lines[a]!, lines[b]!];
    if (first.y.length !== second.y.length) return false;
    let seen = false;
    for (let k = 0; k < first.y.length; k++) {
      if (!Object.is(first.x[k], second.x[k]) || !near(first.y[k]!, second.y[k]!)) return false;
      seen ||= isDrawn(first.y[k]!);
    }
    return seen;
  };
  const below: number[] = [];
  const on = lines.map((_, i) => {
    const found = below.find((line) => equal(line, i));
    if (found === undefined) below.push(i);
    return found;
  });
  const counts = new Map<number, number>();
  const placed = on.map((line) => {
    if (line === undefined) return undefined;
    const k = (counts.get(line) ?? 0) + 1;
    counts.set(line, k);
    return { on: line, k };
  });
  return placed.map((place) => place && { ...place, of: counts.get(place.on)! + 1 });
}

const DASH = 8;

/** The look of a line on another: dashes that leave room for the one below and for the others on it. */
export const coveredLook = ({ k, of }: Covered) => ({
  'stroke-dasharray': `${DASH} ${DASH * (of - 1)}`,
  'stroke-dashoffset': -DASH * k,
  'stroke-linecap': 'butt',
});
