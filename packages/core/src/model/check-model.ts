import { show } from '@weightkit/numerics/check';
import { remedyFor } from './source-remedy.ts';
import { isContainer, isLayer, type LayerInternals, type LayerLike, type ModelLike } from './types.ts';

const isDisposed = (layer: LayerInternals): boolean => layer._refCount === 0;

// A Sequential's own flag lags behind its layers': only theirs counts.
const isBuilt = (layer: LayerInternals): boolean =>
  isContainer(layer) ? layer.layers.length > 0 && layer.layers.every(isBuilt) : layer.built;

/** The error for a value that is no model, with what to do about it where that is known. */
export const notModel = (rule: string, value: unknown): TypeError =>
  new TypeError(`${rule}, got ${show(value)}${remedyFor(value)}`);

/**
 * Throws unless a value is a built tfjs layer or model that is not disposed.
 *
 * @param fn - the function that asks, for the message
 * @param name - the name of its argument, for the message
 * @param layer - the caller's value
 * @throws TypeError with a remedy for a GraphModel, artifacts or a map of tensors; Error when it is not built, or disposed
 */
export function checkLayer(fn: string, name: string, layer: unknown): asserts layer is LayerLike {
  checkInternals(fn, name, layer);
}

/** The same, for core itself, which touches what tfjs-layers does not declare. */
export function checkInternals(fn: string, name: string, layer: unknown): asserts layer is LayerInternals {
  if (!isLayer(layer)) throw notModel(`${fn}: ${name} must be a tfjs layer or LayersModel`, layer);
  if (isDisposed(layer)) throw new Error(`${fn}: model must not be disposed, got ${layer.name}`);
  if (!isBuilt(layer))
    throw new Error(
      `${fn}: model must be built, got ${layer.name} without weights; give its first layer an inputShape or call build(inputShape)`,
    );
}

/** Whether a value is a LayersModel. */
export const isModel = (value: unknown): value is LayerInternals & ModelLike =>
  isContainer(value) && typeof value.predictOnBatch === 'function' && typeof value.save === 'function';

/**
 * Throws unless a value is a built LayersModel that is not disposed.
 *
 * @param fn - the function that asks, for the message
 * @param model - the caller's value
 * @throws TypeError as in `prune: model must be a LayersModel, got a promise (await it)`; Error when it is not built, or disposed
 */
export function checkModel(fn: string, model: unknown): asserts model is ModelLike & LayerLike {
  if (!isModel(model)) throw notModel(`${fn}: model must be a LayersModel`, model);
  checkLayer(fn, 'model', model);
}
