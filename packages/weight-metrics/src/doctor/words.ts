/** A share as a whole number of percent. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** A number with three digits, as people write it. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(1).replace('e+', 'e').replace('.0e', 'e');
  return String(Number(value.toPrecision(3)));
}
