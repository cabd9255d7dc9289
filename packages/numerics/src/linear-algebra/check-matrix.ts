import { checkFinite, checkRange, checkType } from '../check.ts';

/** The entries of a matrix in row-major order. */
export type Floats = Float32Array | Float64Array;

const size = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;

/** Throws unless the named sizes are integers of 0 or more. */
export function checkSizes(fn: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, n] of Object.entries(sizes))
    checkRange(size(n), `${fn}: ${name} must be an integer of 0 or more`, n);
}

/** Throws unless `a` holds rows * cols floats; `formula` says what that number is. */
export function checkEntries(fn: string, name: string, a: Floats, rows: number, cols: number, formula: string): void {
  const ok = a instanceof Float32Array || a instanceof Float64Array;
  checkType(ok, `${fn}: ${name} must be a Float32Array or Float64Array`, a);
  checkRange(rows * cols < 2 ** 31, `${fn}: ${formula} must be below 2^31`, rows * cols);
  checkRange(a.length === rows * cols, `${fn}: ${name} must have ${formula} = ${rows * cols} entries`, a.length);
}

/** The same, and every entry is finite. */
export function checkMatrix(fn: string, name: string, a: Floats, rows: number, cols: number, formula: string): void {
  checkEntries(fn, name, a, rows, cols, formula);
  checkFinite(fn, 'entries', name, a);
}

/** Throws unless the options of a call are an object. */
export function checkShapeObject(fn: string, shape: object, names: string): void {
  checkType(typeof shape === 'object' && shape !== null, `${fn}: shape must have ${names}`, shape);
}
