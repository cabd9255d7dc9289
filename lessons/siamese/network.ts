import * as tf from '@tensorflow/tfjs';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { glorotNormal, heNormal, initialize } from '@weightkit/initializers';
import { INPUTS, SIDE } from './size.ts';

/** Units of the tower's hidden layers. */
export const UNITS = [64, 32] as const;
/** Numbers that an embedding has: a place in a plane, which can be drawn. */
export const EMBEDDING = 2;
/** The distance from which on two different digits are far enough. */
export const MARGIN = 1;

/** Digits as the tower takes them: means of 2 × 2 pixels, in [0, 1]. */
export function halved({ count, pixels }: Pick<Digits, 'count' | 'pixels'>): Float32Array {
  const values = new Float32Array(count * INPUTS);
  for (let i = 0; i < count * INPUTS; i++) {
    const [digit, place] = [Math.floor(i / INPUTS), i % INPUTS];
    const corner = digit * PIXELS + 56 * Math.floor(place / SIDE) + 2 * (place % SIDE);
    const sum = pixels[corner]! + pixels[corner + 1]! + pixels[corner + 28]! + pixels[corner + 29]!;
    values[i] = sum / (4 * 255);
  }
  return values;
}

// #region tower
/** The tower: from an image to a place in the plane. */
export function buildTower(seed: number): tf.LayersModel {
  const { dense } = tf.layers;
  const tower = tf.sequential({
    layers: [
      dense({ name: 'first', units: UNITS[0], activation: 'relu', inputShape: [INPUTS] }),
      dense({ name: 'second', units: UNITS[1], activation: 'relu' }),
      dense({ name: 'embedding', units: EMBEDDING }),
    ],
  });
  const laws = { 'first/kernel': heNormal(), 'second/kernel': heNormal(), 'embedding/kernel': glorotNormal() };
  initialize(tower, laws, { seed });
  return tower;
}

/**
 * The contrastive loss of every left image with every right one: pairs of one digit are pulled together, others are pushed apart until
 * they are a margin apart. Both kinds count the same, however many there are.
 *
 * @param same - a row for each left image and a column for each right one: 1 where both show the same digit, 0 elsewhere
 * @param left - where the tower puts the left images, a row for each
 * @param right - the same for the right images
 */
export function contrastive(same: tf.Tensor, left: tf.Tensor, right: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const squares = tf.sum(tf.square(tf.sub(tf.expandDims(left, 1), tf.expandDims(right, 0))), 2);
    // The root has no gradient at 0, where both images are the same.
    const distances = tf.sqrt(tf.add(squares, 1e-12));
    const missing = tf.square(tf.relu(tf.sub(MARGIN, distances)));
    const meanOf = (losses: tf.Tensor, weights: tf.Tensor) =>
      tf.div(tf.sum(tf.mul(losses, weights)), tf.maximum(tf.sum(weights), 1));
    const both = tf.add(meanOf(squares, same), meanOf(missing, tf.sub(1, same)));
    return tf.mul(0.5, both) as tf.Scalar;
  });
}
// #endregion
