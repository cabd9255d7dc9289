import * as tf from '@tensorflow/tfjs-core';
import type { Structure } from './structure.ts';

/** 1 in blocks on the diagonal, which divide both sides, 0 elsewhere. */
function inBlocks(rows: number, cols: number, blocks: number): tf.Tensor {
  const blockOf = (size: number) => tf.floor(tf.div(tf.add(tf.range(0, size), 0.5), size / blocks));
  return tf.equal(tf.reshape(blockOf(rows), [rows, 1]), tf.reshape(blockOf(cols), [1, cols]));
}

/** Zeros outside of blocks on the diagonal: the nearest. Groups of inputs and outputs that do not mix. */
export const blockDiagonal = (blocks: number): Structure => ({
  map: (x) => {
    const [rows, cols] = x.shape.slice(-2) as [number, number];
    return tf.where(tf.broadcastTo(inBlocks(rows, cols, blocks), x.shape), x, tf.zerosLike(x));
  },
});
