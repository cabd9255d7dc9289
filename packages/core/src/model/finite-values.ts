import { checkFinite } from '@weightkit/numerics/check';
import { checkWeight, livingVariable } from './check-weight.ts';
import type { Weight } from './weight.ts';

/**
 * Downloads the value of a weight and refuses NaN and infinity by path and index, before anything is built on it.
 *
 * @param fn - the function that asks, for the message
 * @param weight - a weight from {@link weightsOf}
 * @returns the values, row-major; a copy that belongs to the caller
 * @throws RangeError as in `prune: weights must be finite, got NaN at dense1/kernel[17]`
 */
export async function finiteValues(fn: string, weight: Weight): Promise<Float32Array> {
  checkWeight(fn, weight);
  livingVariable(fn, weight);
  const tensor = weight.read();
  try {
    const data = await tensor.data();
    // The cpu backend hands out its own array.
    const values = data instanceof Float32Array ? data.slice() : Float32Array.from(data);
    checkFinite(fn, 'weights', weight.path, values);
    return values;
  } finally {
    tensor.dispose();
  }
}
