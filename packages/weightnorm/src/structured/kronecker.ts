import * as tf from '@tensorflow/tfjs-core';
import { nearestOfRank } from './nearest-of-rank.ts';
import type { FactorStructure } from './structure.ts';

/**
 * Kronecker products A ⊗ B, for each matrix of the last two axes: every entry of A by all of B. The nearest is that of rank 1 of the matrix
 * with a row for each block (Van Loan and Pitsianis 1993, https://doi.org/10.1007/978-94-015-8196-7_17).
 */
export const kronecker = ([rows, cols]: readonly [number, number]): FactorStructure => ({
  compose: ({ a, b }, shape) => {
    const [n] = a!.shape as [number];
    const [inner, outer] = b!.shape.slice(1) as [number, number];
    const blocks = tf.mul(tf.reshape(a!, [n, rows, 1, cols, 1]), tf.reshape(b!, [n, 1, inner, 1, outer]));
    return tf.reshape(blocks, shape);
  },
  factors: (w) => {
    const [height, width] = w.shape.slice(-2) as [number, number];
    const [inner, outer] = [height / rows, width / cols];
    const blocks = tf.transpose(tf.reshape(w, [-1, rows, inner, cols, outer]), [0, 1, 3, 2, 4]);
    const { left, right } = nearestOfRank(tf.reshape(blocks, [-1, rows * cols, inner * outer]), 1);
    return { a: tf.reshape(left, [-1, rows, cols]), b: tf.reshape(right, [-1, inner, outer]) };
  },
  names: ['a', 'b'],
});
