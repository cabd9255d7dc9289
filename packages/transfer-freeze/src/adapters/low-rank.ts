import * as tf from '@tensorflow/tfjs-core';
import { fillNormal, fillUniform, randomKey } from '@weightkit/numerics';
import type { AdaptedMatrix } from './adapted-matrix.ts';
import type { Piece, Site } from './adapter.ts';

/** What two factors add to a weight, in its shape. */
export const product = (a: tf.Tensor, b: tf.Tensor, scale: number, shape: number[]): tf.Tensor =>
  tf.reshape(tf.mul(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D), scale), shape);

/** The first factors: peft's law, uniform in ± 1 / √inputs and 0; of an embedding 0 and standard normals. */
export function firstFactors({ weight: { stablePath }, matrix: { rows, cols, table }, rank }: Site, seed: number) {
  const key = randomKey(seed, stablePath);
  const limit = Math.fround(1 / Math.sqrt(rows));
  const a = new Float32Array(rows * rank);
  const b = new Float32Array(rank * cols);
  if (table) fillNormal(b, key);
  else fillUniform(a, key, { min: -limit, max: limit });
  return {
    loraA: () => tf.tensor2d(a, [rows, rank]),
    loraB: () => tf.tensor2d(b, [rank, cols]),
  };
}

/** The two factors as peft's files have them: of convolutions the first is `rank` filters, channels first, the second has windows of 1. */
export function factorPieces({ names, inner, cols, table }: AdaptedMatrix, rank: number): [a: Piece, b: Piece] {
  const spatial = inner.slice(0, -1);
  return [
    {
      name: names[0],
      shape: [rank, inner[inner.length - 1]!, ...spatial],
      inner: [...inner, rank],
      order: [inner.length, inner.length - 1, ...spatial.keys()],
      rankAxis: inner.length,
      fillsZeros: table,
    },
    {
      name: names[1],
      shape: [cols, rank, ...spatial.map(() => 1)],
      inner: [rank, cols],
      order: [1, 0],
      rankAxis: 0,
      fillsZeros: !table,
    },
  ];
}
