import { checkNumber, checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { isDrawn, type Value } from './values.ts';

/** Options that every chart takes. */
export interface FigureOptions {
  /** Text above the drawing and name of the picture for a screen reader. @defaultValue the kind of the chart */
  title?: string;
  /** The text alternative: what the picture shows. @defaultValue a sentence or more made from the data */
  description?: string;
  /** Width of the drawing in pixels, in [120, 4000]. @defaultValue 640 */
  width?: number;
  /** Height of the drawing in pixels, title and legend included, in [120, 8000]. @defaultValue depends on the chart */
  height?: number;
  /** The DOM document that `element()` makes its element in. @defaultValue the page's */
  document?: Document;
}

const common = ['title', 'description', 'width', 'height', 'document'];

/** Checks the options that all charts share, and that no option is unknown. */
export function checkFigureOptions(fn: string, options: FigureOptions, own: readonly string[]): void {
  checkOptions(fn, options, [...common, ...own]);
  checkTexts(fn, options, ['title', 'description']);
  if (options.width !== undefined) checkSize(fn, 'width', options.width, 120, 4000);
  if (options.height !== undefined) checkSize(fn, 'height', options.height, 120, 8000);
  if (options.document !== undefined) {
    const ok = typeof options.document?.createElementNS === 'function';
    checkType(ok, `${fn}: document must be a DOM document`, options.document);
  }
}

/** Checks that a size in pixels is within limits. */
export function checkSize(fn: string, name: string, value: number, least: number, most: number): void {
  checkNumber(`${fn}: ${name} must be in [${least}, ${most}]`, value, (size) => size >= least && size <= most);
}

/** Checks that the named options are texts or left out. */
export function checkTexts<T extends object>(fn: string, options: T, names: readonly (keyof T & string)[]): void {
  for (const name of names) {
    const value = options[name];
    checkType(value === undefined || typeof value === 'string', `${fn}: ${name} must be a string`, value);
  }
}

/** Checks that an option is among the allowed texts. */
export function checkChoice(fn: string, name: string, value: string, allowed: readonly string[]): void {
  checkType(allowed.includes(value), `${fn}: ${name} must be among ${allowed.join(', ')}`, value);
}

/** Checks that a value is an array, typed or not. */
export function checkArray(fn: string, name: string, value: unknown): void {
  const ok = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  checkType(ok, `${fn}: ${name} must be an array`, value);
}

/** Checks that a value is a list with at least one entry. */
export function checkList(fn: string, name: string, value: unknown): void {
  checkArray(fn, name, value);
  checkRange((value as ArrayLike<unknown>).length > 0, `${fn}: ${name} must have at least one entry`, value);
}

/** Checks that the data of a chart is a plain object: no list, and no promise of one. */
export function checkData(fn: string, data: unknown): void {
  checkPlainObject(`${fn}: data must be a plain object`, data);
}

/** Checks that a value is an array of objects, one or more, without holes. */
export function checkEntries(fn: string, name: string, value: unknown): void {
  checkType(Array.isArray(value), `${fn}: ${name} must be an array`, value);
  checkRange(value.length > 0, `${fn}: ${name} must have at least one entry`, value);
  // Holes are undefined here, whatever a prototype has.
  for (let i = 0; i < value.length; i++)
    if (value[i] === undefined) checkType(false, `${fn}: ${name}[${i}] must be there`, undefined);
}

/** Checks that bin edges are finite and each is above the one before. */
export function checkAscending(fn: string, name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const ok = Number.isFinite(values[i]) && (i === 0 || values[i]! > values[i - 1]!);
    if (!ok) checkRange(ok, `${fn}: ${name} must be finite and ascending`, `${values[i]} at ${name}[${i}]`);
  }
}

/** Checks that the values with a place are ascending, and above 0 on a log scale. */
export function checkPlaces(fn: string, name: string, values: readonly Value[], log = false): void {
  let before = Number.NEGATIVE_INFINITY;
  values.forEach((value, i) => {
    if (!isDrawn(value)) return;
    if (!(value > before)) checkRange(false, `${fn}: ${name} must be ascending`, `${value} at ${name}[${i}]`);
    before = value;
  });
  const first = values.find(isDrawn) ?? 1;
  checkRange(!log || first > 0, `${fn}: ${name} must be above 0 on a log scale`, first);
}

/** Checks an interval `[from, to]` of an axis. */
export function checkDomain(fn: string, name: string, domain: readonly number[] | undefined, log: boolean): void {
  if (domain === undefined) return;
  checkList(fn, name, domain);
  checkRange(domain.length === 2, `${fn}: ${name} must be [from, to]`, domain);
  checkAscending(fn, name, domain);
  checkRange(!log || domain[0]! > 0, `${fn}: ${name} must be above 0 on a log scale`, domain);
}

/** Checks that the values that can be drawn are above 0, as a log scale needs. */
export function checkAbove0(fn: string, name: string, values: readonly Value[]): void {
  values.forEach((value, k) => {
    const ok = !isDrawn(value) || value > 0;
    if (!ok) checkRange(ok, `${fn}: ${name} must be above 0 on a log scale`, `${value} at ${name}[${k}]`);
  });
}
