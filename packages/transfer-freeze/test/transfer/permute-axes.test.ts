import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { overlap } from '../../src/transfer/overlap.ts';
import { inverseOrder, permuteAxes } from '../../src/transfer/permute-axes.ts';

const counted = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);

it.each([
  [[], []],
  [[3], [0]],
  [
    [2, 3],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 1, 3, 2],
    [3, 2, 0, 1],
  ],
  [
    [2, 3, 2, 1, 2],
    [4, 1, 3, 0, 2],
  ],
  [
    [2, 0],
    [1, 0],
  ],
])('permuteAxes of %j by %j is tf.transpose, and its inverse order takes it back', async (shape, order) => {
  const values = counted(shape);
  const wanted = tf.tidy(() => tf.transpose(tf.tensor(values, shape), order));
  const moved = permuteAxes(values, shape, order);
  expect(moved).toEqual(Float32Array.from(await wanted.data()));
  const back = permuteAxes(
    moved,
    order.map((axis) => shape[axis]!),
    inverseOrder(order),
  );
  expect(back).toEqual(values);
  wanted.dispose();
});

it('overlap writes what both have, and nothing else', () => {
  const to = new Float32Array(6).fill(-1);
  overlap(counted([3, 2]), [3, 2], to, [2, 3]);
  expect([...to]).toEqual([0, 1, -1, 2, 3, -1]);
});
