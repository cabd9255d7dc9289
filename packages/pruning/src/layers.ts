import { Callback } from '@tensorflow/tfjs-layers';
import { callbackInstance, type LayerLike } from '@weightkit/core';
import { type PruneDuringOptions, pruneDuring as pruneDuringPlainly } from './schedules/prune-during.ts';
import type { Schedule } from './schedules/schedule.ts';
import type { PruningCallback } from './schedules/scheduled-callback.ts';
import type { DynamicSparsity } from './training/dynamic-sparsity.ts';
import { type GroupLasso, type GroupLassoOptions, groupLasso as groupLassoPlainly } from './training/group-lasso.ts';
import { type L0Gates, type L0Options, l0Gates as l0GatesPlainly } from './training/l0-gates.ts';
import {
  type MovementPruning,
  type MovementPruningOptions,
  movementPruneDuring as movementPruneDuringPlainly,
} from './training/movement-prune-during.ts';
import { type RiglOptions, rigl as riglPlainly } from './training/rigl.ts';
import {
  type SoftPruning,
  type SoftPruningOptions,
  softPruneDuring as softPruneDuringPlainly,
} from './training/soft-prune-during.ts';
import { type SparseEvolutionOptions, sparseEvolution as sparseEvolutionPlainly } from './training/sparse-evolution.ts';

/**
 * `pruneDuring` of `@weightkit/pruning` as an instance of tf.Callback, which may stand anywhere in a list of instances, first too.
 *
 * @example
 * import { pruneDuring } from '@weightkit/pruning/layers';
 *
 * const callback = pruneDuring(model, constantSparsity({ sparsity: 0.5 }));
 * await model.fit(x, y, { callbacks: [callback, tf.callbacks.earlyStopping({ monitor: 'loss' })] });
 *
 * @param model - a built LayersModel or layer
 * @param schedule - step -> sparsity or undefined
 * @param options - the rule, and whether pruned entries may regrow
 * @returns the callback
 * @throws as the plain function
 */
export function pruneDuring(
  model: LayerLike,
  schedule: Schedule,
  options: PruneDuringOptions = {},
): PruningCallback & Callback {
  return callbackInstance(PruneCallback, pruneDuringPlainly(model, schedule, options));
}

/**
 * `rigl` of `@weightkit/pruning` as an instance of tf.Callback, which may stand anywhere in a list of instances, first too.
 *
 * @example
 * import { rigl } from '@weightkit/pruning/layers';
 *
 * const callback = await rigl(model, { sparsity: 0.5, frequency: 2, end: 8, seed: 1 });
 * await model.fit(x, y, { callbacks: [callback, tf.callbacks.earlyStopping({ monitor: 'loss' })] });
 *
 * @param model - a built LayersModel or layer
 * @param options - how sparse, when connections change and how many
 * @returns the callback, masks in place
 * @throws as the plain function
 */
export async function rigl(model: LayerLike, options: RiglOptions): Promise<DynamicSparsity & Callback> {
  return callbackInstance(PruneCallback, await riglPlainly(model, options));
}

/**
 * `sparseEvolution` of `@weightkit/pruning` as an instance of tf.Callback, which may stand anywhere in a list of instances, first too.
 *
 * @example
 * import { sparseEvolution } from '@weightkit/pruning/layers';
 *
 * const callback = await sparseEvolution(model, { sparsity: 0.5, frequency: 2, seed: 1 });
 * await model.fit(x, y, { callbacks: [callback, tf.callbacks.earlyStopping({ monitor: 'loss' })] });
 *
 * @param model - a built LayersModel or layer
 * @param options - how sparse, when connections change and how many
 * @returns the callback, masks in place
 * @throws as the plain function
 */
export async function sparseEvolution(
  model: LayerLike,
  options: SparseEvolutionOptions,
): Promise<DynamicSparsity & Callback> {
  return callbackInstance(PruneCallback, await sparseEvolutionPlainly(model, options));
}

/**
 * `softPruneDuring` of `@weightkit/pruning` as an instance of tf.Callback, which may stand anywhere in a list of instances, first too.
 *
 * @example
 * import { softPruneDuring } from '@weightkit/pruning/layers';
 *
 * const callback = softPruneDuring(model, constantSparsity({ sparsity: 0.5, frequency: 4 }));
 * await model.fit(x, y, { callbacks: [callback, tf.callbacks.earlyStopping({ monitor: 'loss' })] });
 * callback.harden();
 *
 * @param model - a built LayersModel or layer
 * @param schedule - step -> sparsity or undefined
 * @param options - the rule
 * @returns the callback
 * @throws as the plain function
 */
export function softPruneDuring(
  model: LayerLike,
  schedule: Schedule,
  options: SoftPruningOptions = {},
): SoftPruning & Callback {
  return callbackInstance(PruneCallback, softPruneDuringPlainly(model, schedule, options));
}

/**
 * `groupLasso` of `@weightkit/pruning` as an instance of tf.Callback, which may stand anywhere in a list of instances, first too.
 *
 * @example
 * import { groupLasso } from '@weightkit/pruning/layers';
 *
 * const lasso = groupLasso(model, { strength: 0.01 });
 * await model.fit(x, y, { callbacks: [lasso, tf.callbacks.earlyStopping({ monitor: 'loss' })] });
 * lasso.dispose();
 *
 * @param model - a built LayersModel or layer
 * @param options - how strong, and what the groups are
 * @returns the callback
 * @throws as the plain function
 */
export function groupLasso(model: LayerLike, options: GroupLassoOptions): GroupLasso & Callback {
  return callbackInstance(PruneCallback, groupLassoPlainly(model, options));
}

/**
 * `l0Gates` of `@weightkit/pruning` as an instance of tf.Callback, which may stand anywhere in a list of instances, first too.
 *
 * @example
 * import { l0Gates } from '@weightkit/pruning/layers';
 *
 * const gates = l0Gates(model, { strength: 0.01, seed: 1 });
 * model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
 * await model.fit(x, y, { callbacks: [gates, tf.callbacks.earlyStopping({ monitor: 'loss' })] });
 * gates.fold();
 *
 * @param model - a built LayersModel or layer
 * @param options - how strong, the seed, what gates are of
 * @returns the callback
 * @throws as the plain function
 */
export function l0Gates(model: LayerLike, options: L0Options): L0Gates & Callback {
  return callbackInstance(PruneCallback, l0GatesPlainly(model, options));
}

/**
 * `movementPruneDuring` of `@weightkit/pruning` as an instance of tf.Callback, which may stand anywhere in a list of instances, first too.
 *
 * @example
 * import { movementPruneDuring } from '@weightkit/pruning/layers';
 *
 * const callback = movementPruneDuring(model, constantSparsity({ sparsity: 0.5, begin: 2 }));
 * await model.fit(x, y, { callbacks: [callback, tf.callbacks.earlyStopping({ monitor: 'loss' })] });
 *
 * @param model - a built LayersModel or layer
 * @param schedule - step -> sparsity or undefined
 * @param options - the rule, whose score is the movement
 * @returns the callback
 * @throws as the plain function
 */
export function movementPruneDuring(
  model: LayerLike,
  schedule: Schedule,
  options: MovementPruningOptions = {},
): MovementPruning & Callback {
  return callbackInstance(PruneCallback, movementPruneDuringPlainly(model, schedule, options));
}

class PruneCallback extends Callback {}
