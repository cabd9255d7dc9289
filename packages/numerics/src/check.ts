/**
 * The one form of error of every `@weightkit` package: `function: rule, got value`.
 *
 * @module
 */

/** A short text of any value for an error message: strings quoted, arrays shortened, -0 and NaN as they are. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>);
    const shown = items.slice(0, 8).map(show).join(', ');
    return `[${shown}${items.length > 8 ? `, ... (${items.length} in all)` : ''}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const name = value.constructor?.name;
    return name && name !== 'Object' ? name : `{${Object.keys(value).slice(0, 8).join(', ')}}`;
  }
  return String(value);
}

/**
 * Throws a RangeError `rule, got value` unless the condition holds.
 *
 * @param ok - the condition, written so that NaN fails it (`x >= 0`, never `!(x < 0)`)
 * @param rule - `function: rule`, as in `prune: sparsity must be in [0, 1)`
 * @param got - the offending value
 */
export function checkRange(ok: boolean, rule: string, got: unknown): asserts ok {
  if (!ok) throw new RangeError(`${rule}, got ${show(got)}`);
}

/**
 * Throws a TypeError `rule, got value` unless the condition holds.
 *
 * @param ok - the condition
 * @param rule - `function: rule`, as in `parametrize: forward must be a function`
 * @param got - the offending value
 */
export function checkType(ok: boolean, rule: string, got: unknown): asserts ok {
  if (!ok) throw new TypeError(`${rule}, got ${show(got)}`);
}

/**
 * Rejects option names that a function does not know, so that a misspelt option is an error and not a default.
 *
 * @param fn - the function's name
 * @param options - the caller's options; undefined passes
 * @param allowed - the names the function knows
 */
export function checkOptions(fn: string, options: object | undefined, allowed: readonly string[]): void {
  if (options === undefined) return;
  checkType(typeof options === 'object' && options !== null, `${fn}: options must be an object`, options);
  for (const name of Object.keys(options)) {
    checkType(allowed.includes(name), `${fn}: options must be among ${allowed.join(', ')}`, name);
  }
}

/**
 * Throws a RangeError that names the first NaN or infinite entry: `prune: weights must be finite, got NaN at dense/kernel[17]`.
 *
 * @param fn - the function's name
 * @param what - what the values are, plural (`weights`)
 * @param path - where they are from
 * @param values - the values
 */
export function checkFinite(fn: string, what: string, path: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) throw new RangeError(`${fn}: ${what} must be finite, got ${value} at ${path}[${i}]`);
  }
}
