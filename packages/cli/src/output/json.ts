/** Numbers that JSON has no word for, as text. */
const named = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** A result as JSON; NaN and infinity, which JSON does not have, as the texts `NaN`, `Infinity` and `-Infinity`. */
export const json = (result: unknown): string => `${JSON.stringify(result, named, 2)}\n`;
