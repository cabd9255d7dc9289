import { type WeightFilter, type WeightSource, weightsOf } from '@weightkit/core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { isReal } from '../values/read-values.ts';
import { readSide, type Side } from './side.ts';

/** Values of weights by path, row-major; independent of the model they were taken from. */
export type Snapshot = ReadonlyMap<string, Float32Array | Int32Array | Uint8Array>;

const sides = new WeakMap<Snapshot, Side>();

/** What a snapshot knows beside its values: shapes, types, stable paths, complex and string entries. */
export const sideOfSnapshot = (taken: Snapshot): Side | undefined => sides.get(taken);

/** Throws unless a value is a map from paths to numbers. */
export function checkSnapshot(fn: string, name: string, source: unknown): asserts source is Snapshot {
  checkType(source instanceof Map, `${fn}: ${name} must be a snapshot`, source);
  checkRange(source.size > 0, `${fn}: ${name} must hold a weight`, source);
  for (const [path, values] of source)
    checkType(
      typeof path === 'string' &&
        [Float32Array, Float64Array, Int32Array, Uint8Array].some((type) => values instanceof type),
      `${fn}: ${name} must map paths to Float32Arrays, as a snapshot does`,
      values,
    );
}

/** A side as a snapshot, which knows of it. */
export function snapshotOf(side: Side): Snapshot {
  const taken: Snapshot = new Map(
    side.weights.flatMap(({ path, dtype, entries }) =>
      isReal(dtype) ? [[path, entries as Float32Array | Int32Array | Uint8Array] as const] : [],
    ),
  );
  sides.set(taken, side);
  return taken;
}

/**
 * Copies the values of a model's weights off the device, to compare with later. Values are those that layers compute with,
 * parametrizations applied, and are taken as they are: NaN included, int32 as an Int32Array, bool as a Uint8Array. Holds four
 * bytes per parameter and no tensors. Complex and string weights are no numbers and not in the map; {@link compare} still
 * knows of them, and of shapes and of the places of unnamed layers, as long as it gets this map and no copy.
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
  const side = await readSide(weightsOf(source, undefined, 'snapshot'), weightsOf(source, options.filter, 'snapshot'));
  return snapshotOf(side);
}
