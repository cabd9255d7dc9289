import * as tf from '@tensorflow/tfjs-core';
import { nearestOfRank } from './nearest-of-rank.ts';
import type { FactorStructure } from './structure.ts';

/** Products L · R of `rank` columns and rows, for each matrix of the last two axes. */
export const lowRank = (rank: number): FactorStructure => ({
  compose: ({ left, right }, shape) => tf.reshape(tf.matMul(left!, right!), shape),
  factors: (w) => {
    const { left, right } = nearestOfRank(tf.reshape(w, [-1, ...w.shape.slice(-2)]), rank);
    return { left, right };
  },
  names: ['left', 'right'],
});
