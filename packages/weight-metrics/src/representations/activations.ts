import * as tf from '@tensorflow/tfjs-core';
import { capture, checkModelAndBatch, chosenLayers, type LayerLike, type ModelLike } from '@weightkit/core';
import { checkInteger, checkType } from '@weightkit/numerics/check';
import { isReal } from '../values/read-values.ts';

/** What every function on probe data takes. */
export interface ProbeOptions {
  /**
   * Paths (`encoder/conv1`) or layers, one or more.
   * @defaultValue all
   */
  layers?: readonly (string | LayerLike)[];
}

/** What one layer returned for some examples. */
export interface Activations {
  path: string;
  layer: LayerLike;
  /** `[examples, ...]`: its first output, of its last call where it has several. */
  values: Float32Array;
  shape: readonly number[];
}

/** Throws unless options and data are right; the layers asked for, undefined for all. */
export function readProbe(
  fn: string,
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  layers: readonly (string | LayerLike)[] | undefined,
  option = 'layers',
): LayerLike[] | undefined {
  checkModelAndBatch(fn, model, batch);
  if (layers === undefined) return undefined;
  checkType(Array.isArray(layers) && layers.length > 0, `${fn}: ${option} must be a list of paths or layers`, layers);
  return chosenLayers(fn, option, model, layers).map(({ layer }) => layer);
}

/** Throws unless a number of examples at a time is right. */
export function checkBatchSize(fn: string, batchSize: number | undefined, least: number): void {
  if (batchSize !== undefined) checkInteger(fn, 'batchSize', batchSize, least);
}

/** Where batches begin and end: as long as asked for; a rest below `least` is part of the last. */
export function piecesOf(examples: number, batchSize: number | undefined, least = 1): [from: number, to: number][] {
  const size = Math.min(batchSize ?? examples, examples);
  const count = Math.max(1, Math.floor(examples / size) + (examples % size >= least ? 1 : 0));
  return Array.from({ length: count }, (_, i) => [i * size, i === count - 1 ? examples : (i + 1) * size]);
}

/**
 * Runs a model on some of the examples, and downloads what its layers return, one after the other; layers without examples or real
 * numbers are left out.
 */
export async function* activationsIn(
  fn: string,
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
  layers: readonly LayerLike[] | undefined,
  [from, to]: readonly [number, number],
): AsyncGenerator<Activations> {
  checkModelAndBatch(fn, model, batch);
  const all = Array.isArray(batch) ? batch : [batch];
  const some = all.map((x) => tf.slice(x, from, to - from));
  try {
    const { calls, dispose } = capture(model, layers, some);
    try {
      // The last call of a layer stands for it.
      const last = new Map(calls.map((call) => [call.path, call]));
      for (const { path, layer, outputs } of last.values()) {
        const [output] = outputs;
        if (!output || !isReal(output.dtype) || output.rank < 2 || output.shape[0] !== to - from || output.size === 0)
          continue;
        const values = Float32Array.from((await output.data()) as Float32Array | Int32Array | Uint8Array);
        yield { path, layer, values, shape: output.shape };
      }
    } finally {
      dispose();
    }
  } finally {
    tf.dispose(some);
  }
}
