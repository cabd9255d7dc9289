import * as tf from '@tensorflow/tfjs-core';
import { filledOrthonormal } from '../constraints/orthonormal.ts';
import { jacobi } from './jacobi.ts';
import { nearestOfRank } from './nearest-of-rank.ts';
import { polar } from './polar.ts';
import type { FactorStructure } from './structure.ts';

/** How singular values come of free numbers. */
export interface SpectrumMap {
  /** Singular values; differentiable. */
  values(x: tf.Tensor): tf.Tensor;
  /** Free numbers of the nearest singular values that there are. */
  inverse(s: tf.Tensor): tf.Tensor;
}

/** Singular values of a matrix, and their vectors in columns. */
interface Singular {
  left: tf.Tensor2D;
  values: tf.Tensor1D;
  right: tf.Tensor2D;
}

/** The largest singular values and their vectors of one matrix; where it has fewer, others at right angles. */
export function singular(w: tf.Tensor2D, rank: number): Singular {
  const [rows, cols] = w.shape;
  // Of all of them any basis does.
  const isWhole = rank === Math.min(rows, cols);
  if (isWhole && rows > cols) {
    const { left, values, right } = singular(tf.transpose(w) as tf.Tensor2D, rank);
    return { left: right, values, right: left };
  }
  const basis = (
    isWhole ? tf.eye(rows) : filledOrthonormal(tf.squeeze(nearestOfRank(tf.expandDims(w, 0), rank).left, [0]), [1])
  ) as tf.Tensor2D;
  const { rows: turned, turn } = jacobi(tf.matMul(basis, w, true, false));
  const values = tf.sqrt(tf.sum(tf.square(turned), 1)) as tf.Tensor1D;
  const directions = tf.divNoNan(turned, tf.mul(tf.reshape(values, [rank, 1]), tf.onesLike(turned)));
  return {
    left: tf.matMul(basis, turn, false, true),
    values,
    right: filledOrthonormal(tf.transpose(directions), [1]) as tf.Tensor2D,
  };
}

/**
 * Matrices U diag(s) Vᵀ for each of the last two axes: U and V have orthonormal columns, the polar factors of free ones, and s is what a map
 * gives.
 *
 * @param rankOf - how many singular values there are, of rows and columns
 */
export const spectrum = (rankOf: (rows: number, cols: number) => number, map: SpectrumMap): FactorStructure => ({
  compose: ({ left, values, right }, shape) => {
    const scaled = tf.mul(polar(left!), tf.expandDims(map.values(values!), 1));
    return tf.reshape(tf.matMul(scaled, polar(right!), false, true), shape);
  },
  factors: (w) => {
    const [rows, cols] = w.shape.slice(-2) as [number, number];
    const all = tf
      .unstack(tf.reshape(w, [-1, rows, cols]))
      .map((one) => singular(one as tf.Tensor2D, rankOf(rows, cols)));
    return {
      left: tf.stack(all.map(({ left }) => left)),
      values: map.inverse(tf.stack(all.map(({ values }) => values))),
      right: tf.stack(all.map(({ right }) => right)),
    };
  },
  names: ['left', 'values', 'right'],
});
