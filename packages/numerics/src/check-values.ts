import { checkRange, checkType } from './check-rules.ts';

/** Whether a value is an object as `{}` makes it, of this realm or another, or one without a prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Object.prototype.toString.call(value) !== '[object Object]')
    return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Throws a TypeError unless a value is a plain object: no list, Map, promise, instance of a class, or null. */
export function checkPlainObject(rule: string, got: unknown): asserts got is Record<string, unknown> {
  checkType(isPlainObject(got), rule, got);
}

/**
 * Throws a TypeError unless the options are a plain object of names that a function knows, so that a misspelt option, a list or
 * a promise is an error and not a default.
 *
 * @param fn - the function's name
 * @param options - the caller's options; undefined, which is what is left out, passes, and null does not
 * @param allowed - the names the function knows
 * @param what - what the caller gave them as
 */
export function checkOptions(
  fn: string,
  options: object | undefined,
  allowed: readonly string[],
  what = 'options',
): void {
  if (options === undefined) return;
  checkPlainObject(`${fn}: ${what} must be a plain object`, options);
  for (const name of Object.keys(options)) {
    const rule = allowed.length > 0 ? `be among ${allowed.join(', ')}` : 'be none';
    checkType(allowed.includes(name), `${fn}: ${what} must ${rule}`, name);
  }
}

/**
 * Throws a TypeError for anything but a number (null, `'5'`, `true` and `5n` compare like numbers and are none) and a RangeError
 * for one that does not pass.
 *
 * @param rule - `function: rule`
 * @param got - the caller's value
 * @param ok - the condition, written so that NaN fails it
 */
export function checkNumber(rule: string, got: unknown, ok: (x: number) => boolean): asserts got is number {
  checkType(typeof got === 'number', rule, got);
  checkRange(ok(got), rule, got);
}

/**
 * {@link checkNumber} for a whole number.
 *
 * @param fn - the function's name
 * @param name - the argument's or option's name
 * @param got - the caller's value
 * @param least - the least that is allowed
 * @param most - the most that is allowed, at most `Number.MAX_SAFE_INTEGER`
 */
export function checkInteger(
  fn: string,
  name: string,
  got: unknown,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): asserts got is number {
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  checkNumber(
    `${fn}: ${name} must be an integer ${range}`,
    got,
    (n) => Number.isSafeInteger(n) && n >= least && n <= most,
  );
}

/** {@link checkNumber} for a seed. */
export function checkSeed(fn: string, seed: unknown): asserts seed is number {
  checkNumber(`${fn}: seed must be a safe integer`, seed, Number.isSafeInteger);
}

/** Throws a TypeError unless a value is true or false. */
export function checkBoolean(fn: string, name: string, got: unknown): asserts got is boolean {
  checkType(typeof got === 'boolean', `${fn}: ${name} must be true or false`, got);
}

/** Throws a TypeError unless a value is a function. */
export function checkFunction(fn: string, name: string, got: unknown): void {
  checkType(typeof got === 'function', `${fn}: ${name} must be a function`, got);
}
