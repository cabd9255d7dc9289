import * as tf from '@tensorflow/tfjs-core';
import {
  checkModelAndBatch,
  exclusively,
  forEachPart,
  hasPatches,
  type ModelLike,
  PATCH_LAYERS,
  visitPatches,
  weightsOf,
} from '@weightkit/core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { Score } from './score.ts';

/** Inputs that a model is looked at with: unlabelled examples of what it will see. */
export interface CalibrationData {
  /** A batch of inputs: a tensor, or one for each input of the model. Borrowed. */
  x: tf.Tensor | tf.Tensor[];
}

/** Throws unless data is a batch of the model's inputs. */
export function checkCalibration(fn: string, model: ModelLike, data: CalibrationData): void {
  checkOptions(fn, data, ['x'], 'data');
  checkType(typeof data === 'object' && data !== null, `${fn}: data must be { x }`, data);
  checkModelAndBatch(fn, model, data.x, 'x');
}

/**
 * Makes a score of how much an entry moves the outputs of its layer: |w| ‖x_j‖₂, the norm of the input that it is multiplied with over
 * all examples, and of a convolution over all places of the window. The model is run once.
 *
 * Sun, Liu, Bair and Kolter 2023, https://arxiv.org/abs/2306.11695. The paper compares within each output: `scope: 'output'`, or 2:4
 * by `structure: { n: 2, m: 4 }`. To prune layer after layer, each seeing what the pruned ones before it give, see `pruneOneShot`.
 *
 * @example
 * const score = await wanda(model, { x });
 * const pruning = await prune(model, { sparsity: 0.5, scope: 'output', score });
 *
 * @param model - a built LayersModel
 * @param data - inputs
 * @returns a {@link Score} for kernels of Dense, Conv1D, Conv2D, Conv3D and DepthwiseConv2D layers of this model: norms as they were when
 * it was made, weights as they are when it is used
 * @throws RangeError for an activation that is not finite, for a model without such a layer and for data that is not the model's;
 * TypeError for other data than tensors. The score throws RangeError for other weights, by path
 */
export async function wanda(model: ModelLike, data: CalibrationData): Promise<Score> {
  checkCalibration('wanda', model, data);
  const all = weightsOf(model, undefined, 'wanda');
  const weights = all.filter(hasPatches);
  checkRange(weights.length > 0, `wanda: model must have a kernel of a layer of class ${PATCH_LAYERS}`, model.name);
  const sums = new Map<string, Float64Array>();
  await exclusively('wanda', all, () =>
    visitPatches('wanda', model, weights, data.x, ({ path }, patches) => {
      const sum = sums.get(path) ?? new Float64Array(patches.length);
      sums.set(path, sum);
      forEachPart(patches, (rows) => {
        for (let i = 0, j = 0; i < rows.length; i++, j = j + 1 === sum.length ? 0 : j + 1) sum[j]! += rows[i]! ** 2;
      });
    }),
  );
  const norms = new Map([...sums].map(([path, sum]) => [path, Float32Array.from(sum, Math.sqrt)]));
  return (w, { path }) => {
    const norm = norms.get(path);
    checkRange(
      norm !== undefined && w.size % Math.max(1, norm.length) === 0,
      `wanda: score must be of a kernel of a layer of class ${PATCH_LAYERS} of the model that it was made for (leave others out by filter)`,
      path,
    );
    const rows = tf.reshape(tf.abs(w), [norm.length, -1]);
    return tf.reshape(tf.mul(rows, tf.tensor(norm, [norm.length, 1])), w.shape);
  };
}
