import * as tf from '@tensorflow/tfjs-core';
import { below } from '../orthogonal/triangle.ts';
import type { Structure } from './structure.ts';

const sides = ({ shape }: tf.Tensor): [number, number] => [shape[shape.length - 2]!, shape[shape.length - 1]!];

/** Zeros above the diagonal: the nearest. Also of what is not finite. */
export const lowerTriangular: Structure = {
  map: (x) => {
    const [rows, cols] = sides(x);
    return tf.where(tf.broadcastTo(tf.cast(below(rows, cols, true), 'bool'), x.shape), x, tf.zerosLike(x));
  },
};

/** Zeros below the diagonal: the nearest. */
export const upperTriangular: Structure = {
  map: (x) => {
    const [rows, cols] = sides(x);
    return tf.where(tf.broadcastTo(tf.cast(below(rows, cols, false), 'bool'), x.shape), tf.zerosLike(x), x);
  },
};
