import { checkFinite, checkRange, checkType } from '@weightkit/numerics/check';
import type { Call } from './calls.ts';
import { linearLayer } from './kernel-units.ts';
import { partOf, type UnitGroup } from './unit-groups.ts';
import type { UnitStatistics } from './unit-statistics.ts';

/** How many units each dense layer and convolution makes. */
export function unitsOfCalls(calls: readonly Call[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { path, layer } of calls) {
    const linear = linearLayer(path, layer);
    if (linear) units.set(path, linear.stages.at(-1)!.units.outputs);
  }
  return units;
}

/**
 * Throws unless statistics are those of units of the model, finite, deviations 0 or more.
 *
 * @param fn - the function that asks, for messages
 * @param units - how many units each dense layer and convolution of the model makes, by path
 * @param statistics - a plain object
 */
export function checkStatistics(
  fn: string,
  units: ReadonlyMap<string, number>,
  statistics: Readonly<Record<string, UnitStatistics>>,
): void {
  for (const [path, known] of Object.entries(statistics)) {
    checkRange(units.has(path), `${fn}: statistics must be those of dense layers and convolutions of the model`, path);
    for (const name of ['mean', 'std'] as const) {
      const of = known?.[name];
      checkType(of instanceof Float32Array, `${fn}: ${name} of the statistics of ${path} must be a Float32Array`, of);
      checkRange(
        of.length === units.get(path),
        `${fn}: ${name} of the statistics of ${path} must have ${units.get(path)} entries`,
        of.length,
      );
      checkFinite(fn, 'statistics', `${path}.${name}`, of);
    }
    const negative = known.std.find((value) => value < 0);
    checkRange(negative === undefined, `${fn}: std of the statistics of ${path} must be 0 or more`, negative);
  }
}

/** Statistics of units that were divided by factors. */
export function scaledStatistics(
  groups: readonly UnitGroup[],
  scales: readonly Float64Array[],
  statistics: Readonly<Record<string, UnitStatistics>>,
): Record<string, UnitStatistics> {
  const result: Record<string, UnitStatistics> = {};
  for (const [path, { mean, std }] of Object.entries(statistics)) {
    let scale: Float64Array | undefined;
    for (const [g, { makers }] of groups.entries()) {
      const maker = makers.find((one) => one.path === path);
      if (maker) scale = partOf(scales[g]!, maker);
    }
    const divided = (values: Float32Array) => values.map((value, i) => value / (scale?.[i] ?? 1));
    result[path] = { mean: divided(mean), std: divided(std) };
  }
  return result;
}
