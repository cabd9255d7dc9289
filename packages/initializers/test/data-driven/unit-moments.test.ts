import * as tf from '@tensorflow/tfjs';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { byUnit, pooled, unitMoments } from '../../src/data-driven/unit-moments.ts';

const both = async (z: tf.Tensor3D, channelsFirst?: boolean): Promise<[Float32Array, Float32Array]> => {
  const { mean, variance } = unitMoments(z, channelsFirst);
  z.dispose();
  return [await valuesOf(mean), await valuesOf(variance)];
};

it('unitMoments(z) has mean and population variance of each unit over batch and places', async () => {
  const [mean, variance] = await both(tf.tensor3d([1, 10, 3, 10, 5, 10, 7, 10], [2, 2, 2]));
  expect([...mean, ...variance]).toEqual([4, 10, 5, 0]);
});

it('unitMoments(z, true) takes units from axis 1', async () => {
  const [mean, variance] = await both(tf.tensor3d([1, 3, 10, 10, 5, 7, 10, 10], [2, 2, 2]), true);
  expect([...mean, ...variance]).toEqual([4, 10, 5, 0]);
});

it('unitMoments(z) gives a constant unit variance 0 and keeps the digits of one with a large mean', async () => {
  const z = tf.tidy(() =>
    byUnit(
      tf.stack([tf.fill([1024], 0.1), tf.tensor1d(Array.from({ length: 1024 }, (_, i) => 1e6 + (i % 2)))], 1),
      false,
    ),
  );
  const [mean, variance] = await both(z);
  expect(variance[0]).toBe(0);
  expect(mean[0]).toBe(Math.fround(0.1));
  expect(mean[1]).toBe(1e6 + 0.5);
  // Halves and quarters are exact in float32, the sum of 1024 of them too.
  expect(variance[1]).toBe(0.25);
});

it('unitMoments(z) leaves nothing but its result', async () => {
  const z = tf.ones([4, 1, 3]) as tf.Tensor3D;
  expect(await leakOf(() => tf.dispose(Object.values(unitMoments(z))))).toEqual({ tensors: 0, variables: 0 });
  z.dispose();
});

it('byUnit(z, channelsFirst) keeps units apart from batch and places', async () => {
  const z = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 2, 2]);
  const [last, first] = [byUnit(z, false), byUnit(z, true)];
  expect([last.shape, first.shape]).toEqual([
    [2, 2, 2],
    [2, 1, 4],
  ]);
  const { mean, variance } = unitMoments(first, true);
  expect([...(await valuesOf(mean)), ...(await valuesOf(variance))]).toEqual([4.5, 5.25]);
  tf.dispose([z, last, first]);
});

it('pooled(mean, variance) are those of all values together', () => {
  // Units 1, 3 and 5, 9.
  const all = pooled([2, 7], [1, 4]);
  expect(maxAbsDifference([all.mean, all.variance], [4.5, 8.75])).toBe(0);
});
