import { type ModelLike, type WeightFilter, weightsOf } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import type { QuantizedDtype } from '../grids/quantized.ts';
import { dtypeRules } from './dtype-rules.ts';

/** A data type, or why there is none. */
export type Choice = { dtype: QuantizedDtype } | { reason: string };

/** One data type for all, or data types by pattern of the path (glob, see core's WeightFilter); the first that matches counts. */
export type DtypeOption = QuantizedDtype | Readonly<Record<string, QuantizedDtype>>;

/**
 * Decides for each weight of a model, by its path, what it is quantized to.
 *
 * @param model - a built LayersModel
 * @param dtype - see {@link DtypeOption}
 * @param filter - which weights may be quantized; all when undefined
 * @returns a choice for every weight
 * @throws RangeError when the filter or a pattern matches none, TypeError for an unknown data type
 */
export function chooseDtypes(model: ModelLike, dtype: DtypeOption, filter?: WeightFilter): Map<string, Choice> {
  const patterns = dtypeRules('quantizeModel', dtype);
  const allowed = new Set(weightsOf(model, filter, 'quantizeModel').map(({ path }) => path));
  const matched = new Map<string, QuantizedDtype>();
  for (const [pattern, value] of patterns) {
    const paths = weightsOf(model, pattern, 'quantizeModel').flatMap(({ path }) => (allowed.has(path) ? [path] : []));
    checkRange(
      paths.length > 0,
      'quantizeModel: patterns of dtype must match a weight that filter lets through',
      pattern,
    );
    for (const path of paths) if (!matched.has(path)) matched.set(path, value);
  }
  const choices = weightsOf(model, undefined, 'quantizeModel').map(({ path, dtype: stored }): [string, Choice] => {
    if (!allowed.has(path)) return [path, { reason: 'left out by filter' }];
    const chosen = matched.get(path);
    if (chosen === undefined) return [path, { reason: 'no pattern of dtype matches' }];
    if (stored !== 'float32') return [path, { reason: `${stored}: only float32 is quantized` }];
    return [path, { dtype: chosen }];
  });
  return new Map(choices);
}
