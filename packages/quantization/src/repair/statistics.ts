import { checkFinite, checkRange, checkType } from '@weightkit/numerics/check';
import type { Call } from './calls.ts';
import type { UnitStatistics } from './fold-batch-norm.ts';
import { linearLayer } from './kernel-units.ts';

/**
 * Throws unless statistics are those of units of layers of the model, finite, deviations 0 or more.
 *
 * @param fn - the function that asks, for messages
 * @param calls - of the model
 * @param statistics - a plain object
 */
export function checkStatistics(
  fn: string,
  calls: readonly Call[],
  statistics: Readonly<Record<string, UnitStatistics>>,
): void {
  const units = new Map<string, number>();
  for (const { path, layer } of calls) {
    const linear = linearLayer(path, layer);
    if (linear) units.set(path, linear.stages.at(-1)!.units.outputs);
  }
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
