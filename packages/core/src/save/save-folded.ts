import * as tf from '@tensorflow/tfjs-core';
import { checkType } from '@weightkit/numerics/check';
import { type GraphModelLike, isLayer, type ModelLike } from '../model/types.ts';
import { foldInTurn, type SaveFoldedOptions, type SaveReport } from './fold-model.ts';

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

/** What {@link saveFolded} returns: what the handler returned, and the report. */
export interface SavedModel extends tf.io.SaveResult {
  /** What was done beside writing the model as it is. */
  report: SaveReport;
}

/**
 * Saves a model with its parametrizations folded in. What is saved loads in stock TensorFlow.js and predicts the same (the very
 * same weights, bit for bit); a model that stock could not load is refused before anything is written. The model
 * is not changed and goes on training; a transform that is at work on it ends first.
 *
 * @example
 * await saveFolded(model, 'downloads://pruned'); // or 'indexeddb://pruned', or in Node fileSystem('out/model')
 * await saveFolded(model, 'indexeddb://checkpoint', { includeOptimizer: true }); // trains on where it stands
 *
 * @param model - a built LayersModel, or a GraphModel, which is saved with the weights that it has now
 * @param target - a URL as `model.save` takes it, or an IOHandler
 * @param options - see {@link SaveFoldedOptions}
 * @returns what the handler returns, and a report
 * @throws TypeError when nothing can save to the target; else as {@link foldedArtifacts}
 */
export async function saveFolded(
  model: ModelLike | GraphModelLike,
  target: string | tf.io.IOHandler,
  options: SaveFoldedOptions = {},
): Promise<SavedModel> {
  const handler = saveHandler('saveFolded', target);
  const { artifacts, report } = await foldInTurn('saveFolded', model, options);
  return { ...(await handler.save!(artifacts)), report };
}
