import * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import type { Weight } from '../model/weight.ts';
import { keepValues } from './keep-values.ts';

/**
 * Sets float32 weights, all or none: where one cannot be set, those before it get back what they had.
 *
 * @example
 * const [kernel] = weightsOf(model, 'dense1/kernel');
 * writeAll('set', model, [kernel], [new Float32Array(kernel.variable.size)]);
 * console.log((await kernel.variable.data())[0]); // -> 0
 *
 * @param fn - the function that asks, for the messages
 * @param source - the model or layer that the weights are of; anything else that has them is without parametrizations
 * @param weights - from `weightsOf`, of a source whose weights are variables
 * @param values - a list for each weight, row-major; borrowed
 * @throws TypeError or RangeError for other weights, and for values that are not as many; what `write` of a weight throws
 */
export function writeAll(
  fn: string,
  source: unknown,
  weights: readonly Weight[],
  values: readonly Float32Array[],
): void {
  const kept = keepValues(fn, source, weights);
  try {
    checkType(Array.isArray(values), `${fn}: values must be a list`, values);
    checkRange(values.length === weights.length, `${fn}: values must be a list for each weight`, values.length);
    for (const [i, { path, shape }] of weights.entries()) {
      checkType(values[i] instanceof Float32Array, `${fn}: the values of ${path} must be a Float32Array`, values[i]);
      const size = shape.reduce((product, n) => product * n, 1);
      checkRange(values[i]!.length === size, `${fn}: the values of ${path} must be ${size}`, values[i]!.length);
    }
    for (const [i, weight] of weights.entries())
      tf.tidy(() => weight.write(tf.tensor(values[i]!, [...weight.shape], 'float32')));
  } catch (error) {
    kept.restore();
    throw error;
  } finally {
    kept.dispose();
  }
}
