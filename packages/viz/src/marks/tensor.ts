import { checkRange, checkType } from '@weightkit/numerics/check';
import { checkArray } from './options.ts';
import { type ChartValue, isDrawn, readValue, type Value } from './values.ts';

/** Values in rows: all of them, row by row, with their shape, or a list of rows. */
export interface MatrixValues {
  /** The values row by row, or, without `shape`, one array for each row. */
  readonly values: ArrayLike<ChartValue> | readonly ArrayLike<ChartValue>[];
  /** Rows and columns. @defaultValue that of the nested arrays */
  readonly shape?: readonly number[];
}

/** Values that were read, the last dimension running fastest, and their shape. */
export interface Tensor {
  readonly values: readonly Value[];
  readonly shape: readonly number[];
}

/**
 * Copies values of `rank` dimensions: a flat list with a shape, or arrays in arrays, all as long as their first.
 *
 * @param fn - the chart, for its errors
 * @param name - what holds `values` and `shape`, with a dot; empty for the data itself
 */
export function readTensor(
  fn: string,
  name: string,
  { values, shape }: { readonly values: unknown; readonly shape?: unknown },
  rank: number,
): Tensor {
  if (shape === undefined) return readNested(fn, `${name}values`, values, rank);
  const dimensions = readShape(fn, `${name}shape`, shape, rank);
  checkArray(fn, `${name}values`, values);
  const flat = values as ArrayLike<unknown>;
  const count = dimensions.reduce((product, size) => product * size, 1);
  const rule = `${fn}: ${name}values must have as many entries as ${name}shape says`;
  checkRange(flat.length === count, rule, `${flat.length} values of [${dimensions.join(', ')}]`);
  const read = new Array<Value>(count);
  for (let i = 0; i < count; i++) read[i] = readAt(fn, `${name}values[${i}]`, flat[i]);
  return { values: read, shape: dimensions };
}

// The name is put together for what is wrong alone: there may be millions of values.
const readAt = (fn: string, name: string, value: unknown): Value =>
  typeof value === 'number' ? value : readValue(fn, name, value);

function readShape(fn: string, name: string, shape: unknown, rank: number): number[] {
  checkType(Array.isArray(shape), `${fn}: ${name} must be an array of ${rank} sizes`, shape);
  const sizes = Array.from(shape as unknown[]);
  checkRange(sizes.length === rank, `${fn}: ${name} must have ${rank} sizes`, sizes);
  for (const size of sizes) {
    const ok = typeof size === 'number' && Number.isSafeInteger(size) && size > 0;
    checkRange(ok, `${fn}: ${name} must have whole sizes above 0`, size);
  }
  return sizes as number[];
}

function readNested(fn: string, name: string, nested: unknown, rank: number): Tensor {
  const shape: number[] = [];
  for (let level = nested, at = name, depth = 0; depth < rank; depth++) {
    checkArray(fn, at, level);
    const list = level as ArrayLike<unknown>;
    checkRange(list.length > 0, `${fn}: ${at} must have at least one entry`, level);
    shape.push(list.length);
    level = list[0];
    at += '[0]';
  }
  const values: Value[] = [];
  const visit = (level: unknown, at: string, depth: number) => {
    if (depth > 0) checkArray(fn, at, level);
    const list = level as ArrayLike<unknown>;
    checkRange(
      list.length === shape[depth],
      `${fn}: ${at} must have ${shape[depth]} entries as the first`,
      list.length,
    );
    for (let i = 0; i < list.length; i++) {
      if (depth === rank - 1) values.push(readValue(fn, `${at}[${i}]`, list[i]));
      else visit(list[i], `${at}[${i}]`, depth + 1);
    }
  };
  visit(nested, name, 0);
  return { values, shape };
}

/** The lowest and the highest finite value, and where they are. */
export interface Range {
  from: number;
  to: number;
  lowest: number;
  highest: number;
}

/** The range of what can be drawn; 0 to 0 where nothing can. */
export function rangeOf({ values }: Tensor): Range {
  let [lowest, highest] = [-1, -1];
  values.forEach((value, i) => {
    if (!isDrawn(value)) return;
    if (lowest < 0 || value < values[lowest]!) lowest = i;
    if (highest < 0 || value > values[highest]!) highest = i;
  });
  return { from: lowest < 0 ? 0 : values[lowest]!, to: highest < 0 ? 0 : values[highest]!, lowest, highest };
}
