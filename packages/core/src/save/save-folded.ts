import * as tf from '@tensorflow/tfjs-core';
import { checkType } from '@weightkit/numerics/check';
import { isLayer, type ModelLike } from '../model/types.ts';
import { foldedArtifacts } from './folded-artifacts.ts';

/** The one handler that can save to a URL, as `model.save` picks it. */
export function saveHandler(fn: string, target: string | tf.io.IOHandler): tf.io.IOHandler {
  if (typeof target !== 'string') {
    // A model has a save of its own.
    checkType(
      typeof target?.save === 'function' && !isLayer(target),
      `${fn}: target must be a URL or a handler with save`,
      target,
    );
    return target;
  }
  const handlers = tf.io.getSaveHandlers(target);
  checkType(
    handlers.length === 1 && typeof handlers[0]?.save === 'function',
    `${fn}: target must be a URL that a registered handler can save to (in Node: fileSystem from @weightkit/core/node)`,
    target,
  );
  return handlers[0]!;
}

/**
 * Saves a model with its parametrizations folded in: what is saved always loads in stock TensorFlow.js and predicts the same
 * (the very same weights, bit for bit). The model is not changed and goes on training.
 *
 * @example
 * await saveFolded(model, 'downloads://pruned'); // or 'indexeddb://pruned', or in Node fileSystem('out/model')
 *
 * @param model - a built LayersModel
 * @param target - a URL as `model.save` takes it, or an IOHandler
 * @returns what the handler returns
 * @throws TypeError when nothing can save to the target; Error when two weights have one name
 */
export async function saveFolded(model: ModelLike, target: string | tf.io.IOHandler): Promise<tf.io.SaveResult> {
  const handler = saveHandler('saveFolded', target);
  return handler.save!(await foldedArtifacts(model, 'saveFolded'));
}
