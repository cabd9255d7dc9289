import * as tf from '@tensorflow/tfjs';
import { tapOptimizer } from '@weightkit/core';
import { REVIEW_LENGTH, type Reviews, UNKNOWN } from '@weightkit/datasets';
import { foldIn, permutation, randomKey } from '@weightkit/numerics';
import { buildNet, inputsOf, type Size, type Start } from './network.ts';

/** Reviews of a step, and the length that a gradient has at most. */
export interface Training {
  rate: number;
  batch: number;
  clip: number;
  seed: number;
}

// #region clipping
/** Shortens gradients that are together longer than `most`: a recurrent network multiplies them at every word. */
export const clipGradients = (optimizer: tf.Optimizer, most: number): (() => void) =>
  tapOptimizer(optimizer, {
    before: (gradients) => {
      const squares = gradients.map(({ tensor }) => tf.sum(tf.square(tensor)));
      const factor = tf.minimum(1, tf.div(most, tf.add(tf.sqrt(tf.addN(squares)), 1e-12)));
      return gradients.map(({ name, tensor }) => ({ name, tensor: tf.mul(tensor, factor) }));
    },
  });
// #endregion

/** Each pass takes all reviews in a new order; the last ones, fewer than a batch, wait for the next. */
export function batchesOf(count: number, batch: number, epoch: number, seed: number): Int32Array[] {
  const order = permutation(count, foldIn(randomKey(seed, 'order'), epoch));
  return Array.from({ length: Math.floor(count / batch) }, (_, i) =>
    Int32Array.from(order.slice(i * batch, (i + 1) * batch)),
  );
}

const labelsOf = ({ labels }: Reviews, reviews: ArrayLike<number>): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from(reviews, (i) => labels[i]!),
    [reviews.length, 1],
  );

/** The share of reviews that a network has right; a chance of exactly one half is no answer. */
export async function accuracyOf(net: tf.LayersModel, reviews: Reviews, size: Size): Promise<number> {
  const CHUNK = 250;
  let right = 0;
  for (let from = 0; from < reviews.count; from += CHUNK) {
    const some = Array.from({ length: Math.min(CHUNK, reviews.count - from) }, (_, i) => from + i);
    const chances = tf.tidy(
      () => net.predict(inputsOf(reviews.tokens, some, size, REVIEW_LENGTH, UNKNOWN)) as tf.Tensor,
    );
    const values = await chances.data();
    chances.dispose();
    for (const [i, review] of some.entries())
      right += Number(reviews.labels[review] ? values[i]! > 0.5 : values[i]! < 0.5);
  }
  return reviews.count === 0 ? Number.NaN : right / reviews.count;
}

/** A network that learns from reviews, pass by pass; whoever asks for it disposes it. */
export function learner(size: Size, start: Start, reviews: Reviews, { rate, batch, clip, seed }: Training) {
  const net = buildNet(size, start, seed);
  const optimizer = tf.train.adam(rate);
  net.compile({ optimizer, loss: 'binaryCrossentropy' });
  const untap = clipGradients(optimizer, clip);
  return {
    net,
    /** Takes one step after the other through all reviews, in the order of this pass; `onStep` gets the loss of each. */
    async pass(epoch: number, onStep: (loss: number) => void | Promise<void>): Promise<void> {
      for (const places of batchesOf(reviews.count, batch, epoch, seed)) {
        const x = inputsOf(reviews.tokens, places, size, REVIEW_LENGTH, UNKNOWN);
        const y = labelsOf(reviews, places);
        try {
          await onStep((await net.trainOnBatch(x, y)) as number);
        } finally {
          tf.dispose([x, y]);
        }
      }
    },
    dispose(): void {
      untap();
      net.dispose();
      optimizer.dispose();
    },
  };
}
