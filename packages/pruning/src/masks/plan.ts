import {
  checkLayer,
  checkUses,
  isKernel,
  type LayerLike,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { magnitude } from '../scores/magnitude.ts';
import type { Score } from '../scores/score.ts';
import { type Amount, zerosAmong } from './amount.ts';
import type { Scope } from './choose-masks.ts';
import { isMasked } from './masked-weight.ts';

/** What to prune and by what rule: the options that `prune` and `pruneDuring` share. */
export interface PruneRule {
  /**
   * `'layer'`: each weight gets the amount. `'global'`: all weights together do, by one threshold over all their scores, so
   * that layers with small scores lose more.
   * @defaultValue 'layer'
   */
  scope?: Scope;
  /**
   * Which weights are pruned: a path, glob, RegExp, predicate or a list of these. A filter that matches nothing is an error.
   * @defaultValue `isKernel`: kernels, recurrent kernels and embeddings; no biases, scales or statistics
   */
  filter?: WeightFilter;
  /**
   * Which entries to keep: those with the largest score.
   * @defaultValue {@link magnitude}
   */
  score?: Score;
}

/** A weight that is left as it is. */
export interface UnprunedWeight extends SkippedWeight {
  /** Its number of entries. */
  parameters: number;
}

/** The weights to prune, in the model's order, the ones left out, and the rule. */
export interface Plan {
  weights: Weight[];
  skipped: UnprunedWeight[];
  scope: Scope;
  score: Score;
}

/** The number of entries. */
export const sizeOf = ({ shape }: Weight): number => shape.reduce((product, size) => product * size, 1);

/** Throws when a mask of this package is on one of the weights. */
export function checkUnmasked(fn: string, weights: readonly Weight[]): void {
  const masked = weights.find(isMasked);
  if (masked)
    throw new Error(
      `${fn}: weights must not be pruned already, got ${masked.path}; update, fold or restore the pruning in place`,
    );
}

function obstacleTo(weight: Weight): string | undefined {
  if (weight.dtype !== 'float32') return `its dtype is ${weight.dtype}, not float32`;
  return weight.property === null ? 'no property of its layer holds it' : undefined;
}

/**
 * Checks a rule and finds its weights in a model. Nothing changes.
 *
 * @param fn - the function that was called, for messages
 */
export function planOf(fn: string, model: LayerLike, rule: PruneRule): Plan {
  checkLayer(fn, 'model', model);
  const { scope = 'layer', filter = isKernel, score = magnitude } = rule;
  checkRange(scope === 'layer' || scope === 'global', `${fn}: scope must be 'layer' or 'global'`, scope);
  checkType(typeof score === 'function', `${fn}: score must be a function`, score);
  const chosen = new Set(weightsOf(model, filter, fn).map(({ path }) => path));
  const weights: Weight[] = [];
  const skipped: UnprunedWeight[] = [];
  for (const weight of weightsOf(model, undefined, fn)) {
    const reason = chosen.has(weight.path) ? obstacleTo(weight) : 'the filter leaves it out';
    if (reason === undefined) weights.push(weight);
    else skipped.push({ path: weight.path, parameters: sizeOf(weight), reason });
  }
  checkRange(
    weights.length > 0,
    `${fn}: filter must match a weight that can be masked`,
    skipped.filter(({ path }) => chosen.has(path)).map(({ path, reason }) => `${path}: ${reason}`),
  );
  checkUnmasked(fn, weights);
  for (const weight of weights) checkUses(fn, weight);
  return { weights, skipped, scope, score };
}

/** The number of zeros that an amount means: of each weight, or of all together. */
export function zerosOf(fn: string, amount: Amount, { weights, scope }: Plan): number[] | number {
  if (scope === 'layer') return weights.map((weight) => zerosAmong(fn, amount, sizeOf(weight), weight.path));
  const total = weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  return zerosAmong(fn, amount, total, 'all chosen weights');
}
