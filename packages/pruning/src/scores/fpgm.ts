import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import type { ScoreContext } from './score.ts';

/** How many differences of entries are held at a time: 16 MB. */
const ROOM = 2 ** 22;

/** The Euclidean distances of rows, added up for each row; differences first, so that near rows lose no digits. */
function sumsOfDistances(rows: tf.Tensor2D): tf.Tensor1D {
  const [count, length] = rows.shape;
  const among = tf.expandDims(rows, 0);
  const step = Math.max(1, Math.floor(ROOM / Math.max(1, count * length)));
  const parts: tf.Tensor1D[] = [];
  for (let from = 0; from < count; from += step) {
    const some = tf.expandDims(tf.slice(rows, [from, 0], [Math.min(step, count - from), length]), 1);
    parts.push(tf.tidy(() => tf.sum(tf.sqrt(tf.sum(tf.square(tf.sub(some, among)), 2)), 1) as tf.Tensor1D));
  }
  return parts.length === 1 ? parts[0]! : tf.concat(parts);
}

/**
 * Scores filters by how far they are from all others of their layer, Σ_j ‖F_i − F_j‖₂: those nearest to the geometric median go first,
 * for what they do others can do. Each entry of a filter has its filter's score; take `structure: 'unit'`.
 *
 * Filter Pruning via Geometric Median: He, Liu, Wang, Hu and Yang 2019, https://arxiv.org/abs/1811.00250
 *
 * @example
 * const pruning = await prune(model, { sparsity: 0.25, structure: 'unit', score: fpgm });
 *
 * @param w - the weight, of rank 2 or more; borrowed
 * @param context - which axes number the filters: those of the outputs of its layer, the last of a bare tensor
 * @returns the sum of distances at each entry of a filter, of w's shape
 * @throws RangeError for a tensor of rank 0 or 1
 */
export function fpgm(w: tf.Tensor, context?: Partial<ScoreContext>): tf.Tensor {
  checkTensor('fpgm', 'w', w, 'float32', 'int32');
  const { rank, shape } = w;
  checkRange(rank >= 2, 'fpgm: w must have rank 2 or more (leave biases out by filter)', shape);
  const outputs = context?.outputAxes ?? [rank - 1];
  const others = shape.map((_, axis) => axis).filter((axis) => !outputs.includes(axis));
  return tf.tidy(() => {
    const filters = outputs.reduce((product, axis) => product * shape[axis]!, 1);
    const length = others.reduce((product, axis) => product * shape[axis]!, 1);
    const rows = tf.reshape(tf.transpose(tf.cast(w, 'float32'), [...outputs, ...others]), [filters, length]);
    const sums = sumsOfDistances(rows as tf.Tensor2D);
    const kept = shape.map((size, axis) => (outputs.includes(axis) ? size : 1));
    return tf.mul(tf.reshape(sums, kept), tf.ones(shape));
  });
}
