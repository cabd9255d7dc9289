import * as tf from '@tensorflow/tfjs-core';
import { checkType } from '@weightkit/numerics/check';

/**
 * Throws unless a value is a tensor that has not been disposed.
 *
 * @example
 * const x = tf.tensor1d([1]);
 * checkTensor('mask', 'w', x, 'float32'); // throws nothing
 * x.dispose();
 *
 * @param fn - the function that asks, for the message
 * @param name - the argument's name
 * @param x - the caller's value
 * @param dtypes - the data types that are allowed; any when none is given
 * @throws TypeError as in `mask: w must be a tensor, got 3`
 */
export function checkTensor(
  fn: string,
  name: string,
  x: unknown,
  ...dtypes: readonly tf.DataType[]
): asserts x is tf.Tensor {
  const rule = `${fn}: ${name} must be a tensor${dtypes.length > 0 ? ` of ${dtypes.join(', ').replace(/, (?=\w+$)/, ' or ')}` : ''}`;
  checkType(x instanceof tf.Tensor, rule, x);
  checkType(!x.isDisposed, `${fn}: ${name} must be a tensor that is not disposed`, x);
  checkType(dtypes.length === 0 || dtypes.includes(x.dtype), rule, x.dtype);
}

/**
 * Throws unless a value is a tensor or a list of one or more, none of them disposed.
 *
 * @param fn - the function that asks, for the message
 * @param name - the argument's name
 * @param x - the caller's value
 * @returns the tensors in a list
 */
export function checkTensors(fn: string, name: string, x: unknown): tf.Tensor[] {
  const list: readonly unknown[] = Array.isArray(x) ? x : [x];
  const ok = list.length > 0 && [...list].every((one) => one instanceof tf.Tensor);
  checkType(ok, `${fn}: ${name} must be a tensor or a list of tensors`, x);
  for (const one of list) checkTensor(fn, name, one);
  return list as tf.Tensor[];
}
