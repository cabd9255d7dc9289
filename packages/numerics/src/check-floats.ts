import { checkType } from './check-rules.ts';

/** Whether a value is a number that is finite in float32 too. */
export const isFloat32 = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(Math.fround(value));

/** Throws unless x is a Float32Array or Float64Array. */
export function checkFloats(fn: string, x: Float32Array | Float64Array): void {
  const ok = x instanceof Float32Array || x instanceof Float64Array;
  checkType(ok, `${fn}: x must be a Float32Array or Float64Array`, x);
}

/** Throws a RangeError that names the first NaN. */
export function checkNoNaN(fn: string, what: string, x: Float32Array | Float64Array): void {
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i]!)) throw new RangeError(`${fn}: ${what} must not be NaN, got NaN at ${what}[${i}]`);
  }
}

/** Throws unless x is a Float32Array without NaN. */
export function checkOrdered(fn: string, what: string, x: Float32Array): void {
  checkType(x instanceof Float32Array, `${fn}: ${what} must be a Float32Array`, x);
  checkNoNaN(fn, what, x);
}
