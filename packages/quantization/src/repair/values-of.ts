import type { TypedArray } from '@tensorflow/tfjs-core';
import { allDone, finiteValues, type ModelLike, weightsOf } from '@weightkit/core';

/** The values of a model's weights by path, as they compute; NaN and infinity are refused by path and index. */
export async function valuesByPath(fn: string, model: ModelLike): Promise<Map<string, TypedArray>> {
  const weights = weightsOf(model, undefined, fn);
  const values = await allDone(weights.map((weight) => finiteValues(fn, weight)));
  return new Map(weights.map(({ path }, i) => [path, values[i]!]));
}
