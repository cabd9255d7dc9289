import * as tf from '@tensorflow/tfjs-core';
import type { GraphModelLike } from './types.ts';

/** Whether a value is a tfjs-converter GraphModel. */
export const isGraphModel = (source: unknown): source is GraphModelLike =>
  typeof source === 'object' && source !== null && 'modelSignature' in source && 'weights' in source;

/** Whether a value is what a model is saved as: tf.io.ModelArtifacts, or the contents of a model.json. */
export const isArtifacts = (source: unknown): boolean =>
  typeof source === 'object' && source !== null && ('weightSpecs' in source || 'weightsManifest' in source);

/** Whether a value is a map of tensors by name, as tf.io.decodeWeights gives. */
export function isTensorMap(source: unknown): source is Record<string, tf.Tensor> {
  if (typeof source !== 'object' || source === null || Object.getPrototypeOf(source) !== Object.prototype) return false;
  const values = Object.values(source);
  return values.length > 0 && values.every((value) => value instanceof tf.Tensor && !(value instanceof tf.Variable));
}

/** What to do about a source that has weights and is not the LayersModel that was asked for: the end of a message, or nothing. */
export function remedyFor(source: unknown): string {
  if (isGraphModel(source))
    return ', which has no layers; take the LayersModel or the Keras model that it was converted from, or change its weights: weightsOf(model), checkpointOf(model)';
  if (isArtifacts(source)) return '; load it first, as by tf.loadLayersModel(tf.io.fromMemory(artifacts))';
  if (isTensorMap(source)) return '; tensors have no layers: load the model, or set its weights to them';
  return '';
}
