import * as tf from '@tensorflow/tfjs-core';
import { fillNormal, fillUniform, randomKey } from '@weightkit/numerics';
import { type FeatureOrder, sizesHere } from '../transfer/feature-order.ts';
import { inverseOrder } from '../transfer/permute-axes.ts';
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
export function factorPieces(matrix: AdaptedMatrix, rank: number): [a: Piece, b: Piece] {
  const { names, inner, rows, cols, rowOrder, colOrder, table } = matrix;
  const [rowSizes, colSizes] = [sizesHere(rowOrder), sizesHere(colOrder)];
  return [
    {
      name: names[0],
      shape: [rank, ...(inner.length > 1 ? rowOrder.there : [rows])],
      inner: [...rowSizes, rank],
      order: [rowSizes.length, ...inverseOrder(rowOrder.order)],
      rank: { inner: rowSizes.length, file: 0 },
      fillsZeros: table,
    },
    {
      name: names[1],
      shape: [cols, rank, ...inner.slice(1).map(() => 1)],
      inner: [rank, ...colSizes],
      order: [...inverseOrder(colOrder.order).map((axis) => axis + 1), 0],
      rank: { inner: 0, file: 1 },
      fillsZeros: !table,
    },
  ];
}

/** Entries for the inputs or the outputs of a weight, one by one. */
export const vectorPiece = (name: string, shape: readonly number[], features: FeatureOrder): Piece => ({
  name,
  shape,
  inner: sizesHere(features),
  order: inverseOrder(features.order),
});
