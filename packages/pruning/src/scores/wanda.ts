import * as tf from '@tensorflow/tfjs-core';
import {
  type CalibrationData,
  checkCalibration,
  exclusively,
  forEachPart,
  hasProducts,
  kernelProducts,
  type ModelLike,
  PRODUCT_LAYERS,
  visitPatches,
  weightsOf,
} from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import type { Score } from './score.ts';

/**
 * Makes a score of how much an entry moves the outputs of its layer: |w| ‖x_j‖₂, the norm of the input that it is multiplied with over
 * all examples, of a convolution over all places of the window, and of a recurrent layer over all time steps. The model is run once.
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
 * @returns a {@link Score} for kernels of Dense layers, convolutions (transposed, depthwise and separable ones too), SimpleRNN, LSTM, GRU and
 * ConvLSTM2D layers of this model: norms as they were when it was made, weights as they are when it is used
 * @throws RangeError for an activation that is not finite, for a model without such a layer or with one that keeps a state, and for data
 * that is not the model's;
 * TypeError for other data than tensors. The score throws RangeError for other weights, by path
 */
export async function wanda(model: ModelLike, data: CalibrationData): Promise<Score> {
  checkCalibration('wanda', model, data);
  const all = weightsOf(model, undefined, 'wanda');
  const weights = all.filter(hasProducts);
  checkRange(weights.length > 0, `wanda: model must have a kernel of a layer of class ${PRODUCT_LAYERS}`, model.name);
  const products = new Map(weights.map((weight) => [weight.path, kernelProducts(weight)]));
  const sums = new Map([...products].map(([path, of]) => [path, of.map(({ inputs }) => new Float64Array(inputs))]));
  await exclusively('wanda', all, () =>
    visitPatches('wanda', model, weights, data.x, ({ path }, patches) => {
      for (const [i, part] of patches.entries()) {
        const sum = sums.get(path)![i]!;
        forEachPart(part, (rows) => {
          for (let k = 0, j = 0; k < rows.length; k++, j = j + 1 === sum.length ? 0 : j + 1) sum[j]! += rows[k]! ** 2;
        });
      }
    }),
  );
  const shapes = new Map(weights.map(({ path, shape }) => [path, shape]));
  return (w, { path }) => {
    const shape = shapes.get(path);
    checkRange(
      shape !== undefined && tf.util.arraysEqual([...shape], w.shape),
      `wanda: score must be of a kernel of a layer of class ${PRODUCT_LAYERS} of the model that it was made for (leave others out by filter)`,
      path,
    );
    const norms = new Float32Array(w.size);
    for (const [i, { inputs, outputs, at }] of products.get(path)!.entries())
      for (let j = 0; j < inputs; j++) {
        const norm = Math.sqrt(sums.get(path)![i]![j]!);
        for (let o = 0; o < outputs; o++) norms[at(j, o)] = norm;
      }
    return tf.mul(tf.abs(w), tf.tensor(norms, w.shape));
  };
}
