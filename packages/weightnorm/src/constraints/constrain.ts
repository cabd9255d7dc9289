import {
  checkLayer,
  exclusively,
  isKernel,
  type LayerLike,
  type ModelLike,
  type SkippedWeight,
  type Weight,
  weightsOf,
} from '@weightkit/core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { type Constraints, type Held, hold } from './hold.ts';
import { type ConstraintRule, checkRule, projectionOf } from './rules.ts';

const fn = 'constrain';

/** Why a weight cannot be held to anything. */
export function reasonNot(weight: Weight): string | undefined {
  if (weight.dtype !== 'float32') return `is ${weight.dtype}, not float32`;
  if (weight.property === null) return 'is not held by a property of its layer';
  return weight.trainable ? undefined : 'is not trainable';
}

function heldBy(all: readonly Weight[], model: LayerLike, rules: readonly ConstraintRule[]) {
  const left = new Set(all.map(({ path }) => path));
  const skipped: SkippedWeight[] = [];
  const found = new Map<string, Held>();
  for (const rule of rules) {
    const matched = weightsOf(model, rule.filter ?? isKernel, fn).filter(({ path }) => left.delete(path));
    const own = matched.filter((weight) => {
      const reason = reasonNot(weight);
      if (reason !== undefined) skipped.push({ path: weight.path, reason });
      return reason === undefined;
    });
    checkRange(
      own.length > 0,
      `${fn}: each of rules must have a weight that trains and is in no rule before it`,
      rule.filter ?? 'every kernel',
    );
    for (const weight of own) found.set(weight.path, { weight, projection: projectionOf(fn, weight, rule) });
  }
  return { held: all.flatMap(({ path }) => found.get(path) ?? []), skipped };
}

/**
 * Constraints that act: weights are projected at installation and after every step that moves them, in `fit`, `fitDataset`,
 * `trainOnBatch` and loops with `minimize`, whatever optimizer takes the step. No compile is needed before or after, and the optimizer
 * keeps its state. TensorFlow.js's own `kernelConstraint` is never applied in training: for those see {@link enforceConstraints}.
 *
 * The rules are those of Keras, and two more: `maxNorm`, `unitNorm`, `minMaxNorm`, `nonNeg`, `orthonormal`, `simplex`, each with the
 * options of the function of that name, or a function of your own. Units are where each layer has its output units, as for
 * {@link weightNorm}; a bias is one unit. Only weights that a step moves are projected, so that frozen ones stand still. A loop that
 * hands gradients of `tf.variableGrads` to the optimizer itself calls `project()` after the step.
 *
 * What the layer computes with must be what is constrained: parametrizations are refused on a constrained weight and the other way
 * round, but for a mask, which keeps `maxNorm` and `nonNeg`. What is saved is a plain model.
 *
 * @example
 * const constraints = await constrain(model, [
 *   { constraint: 'maxNorm', maxValue: 1 },
 *   { filter: '**\/bias', constraint: 'nonNeg' },
 * ]);
 * await model.fit(x, y, { epochs: 2 });
 * console.log((await constraints.verify()).distance < 1e-6); // -> true
 * constraints.fold();
 *
 * @param model - a built LayersModel, or a layer
 * @param rules - a list of rules; see {@link ConstraintRule}
 * @returns the handle
 * @throws TypeError or RangeError for other arguments, a filter that matches nothing, a rule without a weight that trains or a weight that is
 * not finite, by path and index; Error when a weight is constrained or parametrized already. Nothing has changed then
 */
export async function constrain(model: ModelLike | LayerLike, rules: readonly ConstraintRule[]): Promise<Constraints> {
  checkLayer(fn, 'model', model);
  checkType(Array.isArray(rules), `${fn}: rules must be a list of { filter, constraint, ... }`, rules);
  checkRange(rules.length > 0, `${fn}: rules must have one or more`, rules.length);
  const list = Array.from(rules, (rule: unknown) => {
    checkRule(fn, rule);
    return { ...rule };
  });
  const all = weightsOf(model, undefined, fn);
  return exclusively(fn, all, () => {
    const { held, skipped } = heldBy(weightsOf(model, undefined, fn), model, list);
    return hold(fn, held, skipped);
  });
}
