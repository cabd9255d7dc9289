import { checkIdle, checkLayer, type LayerLike, weightsOf } from '@weightkit/core';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import type { Score } from '../scores/score.ts';
import { checkMasksJSON, type MasksJSON } from './masks-json.ts';
import { type PruneRule, planOf } from './plan.ts';
import { install, type Pruning } from './pruning.ts';
import { readMasks } from './read-masks.ts';

/** Options of {@link applyMasks}. */
export interface ApplyMasksOptions {
  /**
   * What later updates keep: functions are in no file.
   *
   * @defaultValue {@link magnitude}
   */
  score?: Score;
}

const fn = 'applyMasks';

/**
 * Puts masks that are plain data on a model: those that `pruning.toJSON()` gave, after a reload or in another process. The weights
 * stay as they are. Everything is checked first: that the model has these weights, in these shapes, and no mask on them yet.
 *
 * @example
 * const pruning = await prune(model, { sparsity: 0.5 });
 * const text = JSON.stringify(pruning);
 * pruning.fold();
 * const again = applyMasks(model, JSON.parse(text)); // holds the same zeros while the model trains on
 * console.log(again.sparsity); // -> 0.5
 *
 * @param model - a built LayersModel or layer
 * @param masks - what `toJSON` gave
 * @param options - the score of later updates
 * @returns the masks in place
 * @throws TypeError for what is no such data; RangeError for masks of other paths, shapes or structures than the model has; Error
 * when a weight is pruned already. Nothing has changed then
 */
export function applyMasks(model: LayerLike, masks: MasksJSON, options: ApplyMasksOptions = {}): Pruning {
  checkMasksJSON(fn, masks);
  checkOptions(fn, options, ['score']);
  checkLayer(fn, 'model', model);
  const paths = Object.keys(masks.masks);
  const known = new Set(weightsOf(model, undefined, fn).map(({ path }) => path));
  const strange = paths.find((path) => !known.has(path));
  checkRange(strange === undefined, `${fn}: masks must be of weights of the model`, strange);
  const { structure, scope, reduce, multipleOf } = masks;
  const own = typeof structure === 'object' && structure !== null && 'groups' in structure;
  // A glob may stand in a path's name.
  const among = new Set(paths);
  const rule: PruneRule = {
    structure,
    scope,
    ...(reduce !== undefined && { reduce }),
    ...(multipleOf !== undefined && { multipleOf }),
    ...(options.score !== undefined && { score: options.score }),
    ...(!own && { filter: ({ path }) => among.has(path) }),
  };
  const plan = planOf(fn, model, rule);
  checkIdle(fn, plan.weights);
  return install(fn, plan, readMasks(fn, plan, masks));
}
