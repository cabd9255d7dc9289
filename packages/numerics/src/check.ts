/**
 * The one form of error of every `@weightkit` package: `function: rule, got value`.
 *
 * @module
 */

export { checkFinite, checkNumbers, isNumbers } from './check-lists.ts';
export { checkRange, checkType } from './check-rules.ts';
export { show } from './check-show.ts';
export {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkNumber,
  checkOptions,
  checkPlainObject,
  checkSeed,
  isPlainObject,
} from './check-values.ts';
