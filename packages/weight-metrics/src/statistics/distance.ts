import type { Values } from '../values/read-values.ts';

/** ‖a - b‖ of float32 or int32 values in float64, where their squares neither overflow nor vanish; NaN when an entry is NaN. */
export function distance(a: Values, b: Values): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(squares);
}

/** `part / whole`; 0 when both are 0, so that nothing relative to nothing is no change. */
export const relative = (part: number, whole: number): number => (part === 0 && whole === 0 ? 0 : part / whole);
