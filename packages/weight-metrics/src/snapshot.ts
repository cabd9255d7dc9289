import { type WeightFilter, type WeightSource, weightsOf } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { readValues } from './read-values.ts';

/** Values of weights by path, row-major; independent of the model they were taken from. */
export type Snapshot = ReadonlyMap<string, Float32Array>;

/**
 * Copies the values of a model's weights off the device, to compare with later. Values are those that layers compute with,
 * parametrizations applied, and are taken as they are, NaN included. Holds four bytes per parameter and no tensors.
 *
 * @example
 * const before = await snapshot(model);
 * await model.fit(x, y);
 * const deltas = await compare(before, model);
 *
 * @param source - a built model or layer, a GraphModel, or variables
 * @param options - `filter`: which weights, all when left out
 * @returns a Map from path to values, in the order of `weightsOf`
 * @throws TypeError or RangeError for bad options, or as `weightsOf`
 */
export async function snapshot(source: WeightSource, options: { filter?: WeightFilter } = {}): Promise<Snapshot> {
  checkOptions('snapshot', options, ['filter']);
  const values = new Map<string, Float32Array>();
  for (const weight of weightsOf(source, options.filter)) values.set(weight.path, await readValues(weight));
  return values;
}
