import { checkType, isPlainObject } from '@weightkit/numerics/check';
import { isDtype, type QuantizedDtype } from '../grids/quantized.ts';

/**
 * What a data type, or a record of data types by pattern, says: patterns and their data types, the first that matches first.
 *
 * @param fn - the function that asks, for the message of an error
 * @param dtype - the caller's value
 * @throws TypeError for another data type, for what is no record, and for an empty one
 */
export function dtypeRules(
  fn: string,
  dtype: QuantizedDtype | Readonly<Record<string, QuantizedDtype>>,
): [pattern: string, dtype: QuantizedDtype][] {
  if (isDtype(dtype)) return [['**', dtype]];
  checkType(
    isPlainObject(dtype) && Object.keys(dtype).length > 0,
    `${fn}: dtype must be uint8, uint16, float16 or a record of these by pattern`,
    dtype,
  );
  for (const [pattern, value] of Object.entries(dtype))
    checkType(isDtype(value), `${fn}: dtype of ${pattern} must be uint8, uint16 or float16`, value);
  return Object.entries(dtype);
}
