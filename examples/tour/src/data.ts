import * as tf from '@tensorflow/tfjs';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { permutation, randomKey } from '@weightkit/numerics';

export interface Labelled {
  xs: tf.Tensor2D;
  ys: tf.Tensor2D;
}

/** The digits at these indices, or all: pixels in [0, 1], labels one-hot. The caller disposes both tensors. */
export function tensors({ pixels, labels, count }: Digits, indices?: ArrayLike<number>): Labelled {
  const n = indices?.length ?? count;
  const xs = new Float32Array(n * PIXELS);
  const ys = new Float32Array(n * 10);
  for (let i = 0; i < n; i++) {
    const from = (indices?.[i] ?? i) * PIXELS;
    for (let p = 0; p < PIXELS; p++) xs[i * PIXELS + p] = pixels[from + p]! / 255;
    ys[i * 10 + labels[from / PIXELS]!] = 1;
  }
  return { xs: tf.tensor2d(xs, [n, PIXELS]), ys: tf.tensor2d(ys, [n, 10]) };
}

/** The digits in batches, in another order each time it is run through, the same orders for the same seed and name. */
export function batches(digits: Digits, size: number, seed: number, name: string): tf.data.Dataset<tf.TensorContainer> {
  let round = 0;
  return tf.data.generator(function* () {
    const order = permutation(digits.count, randomKey(seed, `${name}/${round++}`));
    for (let i = 0; i + size <= order.length; i += size) yield { ...tensors(digits, order.subarray(i, i + size)) };
  });
}

/** The digit that a model takes each for: the largest of its outputs. */
export async function answersOf(model: tf.LayersModel, digits: Digits, batchSize = 1000): Promise<Uint8Array> {
  const answers = new Uint8Array(digits.count);
  for (let start = 0; start < digits.count; start += batchSize) {
    const indices = Array.from({ length: Math.min(batchSize, digits.count - start) }, (_, i) => start + i);
    const batch = tensors(digits, indices);
    const best = tf.tidy(() => tf.argMax(model.predictOnBatch(batch.xs) as tf.Tensor, 1));
    answers.set(await best.data(), start);
    tf.dispose([best, batch.xs, batch.ys]);
  }
  return answers;
}

/** The share of answers that are right, in [0, 1]. */
export const accuracyOf = (answers: Uint8Array, { count, labels }: Digits): number =>
  answers.reduce((right, answer, i) => right + Number(answer === labels[i]), 0) / count;
