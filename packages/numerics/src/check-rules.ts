import { show } from './check-show.ts';

/**
 * Throws a RangeError `rule, got value` unless the condition holds.
 *
 * @param ok - the condition, written so that NaN fails it (`x >= 0`, never `!(x < 0)`); of a value that may be no number, see
 * {@link checkNumber}
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
