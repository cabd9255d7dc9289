import { Callback } from '@tensorflow/tfjs-layers';
import { callbackInstance, type LayerLike } from '@weightkit/core';
import {
  type PruneDuringOptions,
  type PruningCallback,
  pruneDuring as pruneDuringPlainly,
} from './schedules/prune-during.ts';
import type { Schedule } from './schedules/schedule.ts';

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

class PruneCallback extends Callback {}
