/**
 * The one form of error of every `@weightkit` package: `function: rule, got value`.
 *
 * @module
 */

export { checkRange, checkType } from './check-rules.ts';
export { show } from './check-show.ts';
export {
  checkBoolean,
  checkFinite,
  checkFunction,
  checkInteger,
  checkNumber,
  checkNumbers,
  checkOptions,
  checkPlainObject,
  checkSeed,
  isNumbers,
  isPlainObject,
} from './check-values.ts';
