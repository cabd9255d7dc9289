import { checkType } from '@weightkit/numerics/check';

/**
 * A number as charts take it. NaN and infinity may be texts, as JSON has no numbers for them; null and undefined are missing
 * values. None of these is ever drawn as 0: charts show where they are and say how many.
 */
export type ChartValue = number | 'NaN' | 'Infinity' | '-Infinity' | null | undefined;

/** A value that was read: null where it is missing. */
export type Value = number | null;

const texts: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** Reads a value; anything but a number, a text for NaN or infinity, null and undefined is an error. */
export function readValue(fn: string, where: string, raw: unknown): Value {
  if (typeof raw === 'number') return raw;
  if (raw === null || raw === undefined) return null;
  const named = typeof raw === 'string' && Object.hasOwn(texts, raw) ? texts[raw] : undefined;
  checkType(named !== undefined, `${fn}: ${where} must be a number, 'NaN', 'Infinity', '-Infinity' or null`, raw);
  return named;
}

/** Reads a list of values. */
export function readValues(fn: string, name: string, raw: ArrayLike<unknown>): Value[] {
  const values = new Array<Value>(raw.length);
  for (let i = 0; i < values.length; i++) {
    const value = raw[i];
    values[i] = typeof value === 'number' ? value : readValue(fn, `${name}[${i}]`, value);
  }
  return values;
}

/** Whether a value can be drawn in its place. */
export const isDrawn = (value: Value | undefined): value is number => Number.isFinite(value);

/** The values that can be drawn. */
export const drawn = (values: readonly (Value | undefined)[]): number[] => values.filter(isDrawn);

/** The lowest and the highest value that can be drawn, none where there is none: of a million a list of two. */
export function endsOf(...lists: readonly (readonly (Value | undefined)[])[]): number[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of lists)
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!isDrawn(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low > high ? [] : [low, high];
}

/** What a value is called that cannot be drawn. */
export const oddName = (value: Value): string => (value === null ? 'missing' : String(value).replace('-', '−'));

/** A value for a table: what cannot be drawn by its name. */
export const cellOf = (value: Value): number | string => (isDrawn(value) ? value : oddName(value));

const KINDS: readonly Value[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null];

/** What cannot be drawn among values: each kind that occurs, with how often it does. */
export function oddKinds(values: Iterable<Value | undefined>): { value: Value; count: number }[] {
  const counts = KINDS.map(() => 0);
  for (const value of values) {
    if (value === undefined || isDrawn(value)) continue;
    const kind = value === null ? 3 : value > 0 ? 1 : value < 0 ? 2 : 0;
    counts[kind] = counts[kind]! + 1;
  }
  return KINDS.map((value, i) => ({ value, count: counts[i]! })).filter(({ count }) => count > 0);
}

/** In words: `3 not finite (2 NaN, 1 Infinity), 1 missing`; empty when all can be drawn. */
export function describeOdd(values: Iterable<Value | undefined>): string {
  const kinds = oddKinds(values);
  const wrong = kinds.filter(({ value }) => value !== null);
  const sum = wrong.reduce((total, { count }) => total + count, 0);
  const listed = wrong.map(({ value, count }) => `${count} ${oddName(value)}`).join(', ');
  const missing = kinds.find(({ value }) => value === null);
  const told = [
    ...(sum > 0 ? [`${sum} not finite (${listed})`] : []),
    ...(missing === undefined ? [] : [`${missing.count} missing`]),
  ];
  return told.join(', ');
}
