/** A place on a front: 0 its first point, 1 its second, .5 halfway between. */
export interface Place {
  t: number;
  /** What was measured there. */
  value: number;
}

/** The value at a place of values that are given at the points. */
function valueAt(values: readonly number[], t: number): number {
  const i = Math.min(Math.floor(t), values.length - 1);
  const [a, b] = [values[i]!, values[Math.min(i + 1, values.length - 1)]!];
  return a + (b - a) * (t - i);
}

/** The sparsities at a place between points. */
export const sparsitiesAt = (points: readonly { sparsities: readonly number[] }[], t: number): number[] =>
  points[0]!.sparsities.map((_, layer) =>
    valueAt(
      points.map(({ sparsities }) => sparsities[layer]!),
      t,
    ),
  );

/** The place where rising values reach one. */
function placeOf(values: readonly number[], wanted: number): number {
  const i = values.findIndex((value) => value >= wanted);
  if (i < 0) return values.length - 1;
  if (i === 0) return 0;
  const [a, b] = [values[i - 1]!, values[i]!];
  return i - 1 + (wanted - a) / (b - a);
}

/** Measurements between the ends of a front; each halves what is left of it or does better. */
const TRIES = 10;
/** The share of a budget that a place has to use. */
export const USED = 0.98;

/**
 * The first point that is possible, where all behind one that is are as well.
 *
 * @param count - how many points there are; the last is possible
 */
export async function firstPossible(count: number, isPossible: (point: number) => Promise<boolean>): Promise<number> {
  if (count === 1 || (await isPossible(0))) return 0;
  let [low, high] = [0, count - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await isPossible(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The place whose measured cost is within a budget and uses 98 % of it; the last place where all of the front is within it, the first
 * where nothing is.
 *
 * @param expected - costs at the points, rising; measured ones need not be equal, but should rise with them
 * @param measure - the cost at a place; NaN where the place is impossible, as none but places in between may be
 */
export async function meetCost(
  expected: readonly number[],
  budget: number,
  measure: (t: number) => Promise<number>,
): Promise<Place> {
  const last = expected.length - 1;
  let low: Place = { t: 0, value: await measure(0) };
  if (low.value > budget || last === 0) return low;
  let high: Place = { t: last, value: await measure(last) };
  if (high.value <= budget) return high;
  for (let i = 0; i < TRIES && low.value < USED * budget; i++) {
    const [from, to] = [valueAt(expected, low.t), valueAt(expected, high.t)];
    // Aimed at the middle of what is accepted, by the errors of the ends; halved in between, should they mislead.
    const share = i % 3 === 2 ? 0.5 : (((1 + USED) / 2) * budget - low.value) / (high.value - low.value);
    const t = Math.min(high.t, Math.max(low.t, placeOf(expected, from + share * (to - from))));
    const place = { t, value: await measure(t) };
    if (place.value <= budget) low = place;
    else high = Number.isNaN(place.value) ? { t, value: valueAt(expected, t) } : place;
  }
  return low;
}

/**
 * The first place whose measured value is not below a bound, to half a point; the last place where none is.
 *
 * @param expected - values at the points, rising; measured ones need not be equal, but should rise with them
 */
export async function meetValue(
  expected: readonly number[],
  bound: number,
  measure: (t: number) => Promise<number>,
): Promise<Place> {
  const last = expected.length - 1;
  let high: Place = { t: last, value: await measure(last) };
  if (high.value < bound || last === 0) return high;
  const first = { t: 0, value: await measure(0) };
  if (first.value >= bound) return first;
  let low = 0;
  for (let i = 0; i < TRIES && high.t - low > 0.5; i++) {
    const guess = placeOf(expected, bound);
    const t = i === 0 && guess > low && guess < high.t ? guess : (low + high.t) / 2;
    const place = { t, value: await measure(t) };
    if (place.value >= bound) high = place;
    else low = t;
  }
  return high;
}
