import { checkType } from '@weightkit/numerics/check';
import { isContainer, isLayer, type LayerInternals, type LayerLike, type ModelLike } from './types.ts';

const isDisposed = (layer: LayerInternals): boolean => layer._refCount === 0;

// A Sequential's own flag lags behind its layers': only theirs counts.
const isBuilt = (layer: LayerInternals): boolean =>
  isContainer(layer) ? layer.layers.length > 0 && layer.layers.every(isBuilt) : layer.built;

/** Throws unless a value is a built tfjs layer or model that is not disposed. */
export function checkLayer(fn: string, name: string, layer: unknown): asserts layer is LayerInternals {
  checkType(isLayer(layer), `${fn}: ${name} must be a tfjs layer or LayersModel`, layer);
  if (isDisposed(layer)) throw new Error(`${fn}: model must not be disposed, got ${layer.name}`);
  if (!isBuilt(layer))
    throw new Error(
      `${fn}: model must be built, got ${layer.name} without weights; give its first layer an inputShape or call build(inputShape)`,
    );
}

/**
 * Throws unless a value is a built LayersModel that is not disposed.
 *
 * @param fn - the function that asks, for the message
 * @param model - the caller's value
 * @throws TypeError as in `prune: model must be a LayersModel, got a promise (await it)`; Error when it is not built, or disposed
 */
export function checkModel(fn: string, model: unknown): asserts model is ModelLike & LayerLike {
  const ok = isContainer(model) && typeof model.predictOnBatch === 'function' && typeof model.save === 'function';
  checkType(ok, `${fn}: model must be a LayersModel`, model);
  checkLayer(fn, 'model', model);
}
