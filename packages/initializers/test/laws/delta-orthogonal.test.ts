import * as tf from '@tensorflow/tfjs';
import { maxAbsDifference, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { deltaOrthogonal, orthogonal } from '../../src/index.ts';
import { golden } from '../support.ts';

interface Case {
  gain: number;
  seed: number;
  shape: number[];
  values: number[];
}

// JAX's QR is in float32: 6 x 6 at most, columns of length 1 times a gain of 1.5, so about 1.5 * 7.6 * sqrt(36) roundings of 2^-24.
const QR = 1.5 * 7.6 * 6 * 2 ** -24;

it.each(golden<Case>('jax-delta-orthogonal'))(
  'deltaOrthogonal({ gain: $gain })($shape, { seed: $seed }) is that of JAX',
  async ({ gain, seed, shape, values }) => {
    const ours = await valuesOf(deltaOrthogonal({ gain })(shape, { seed }));
    expect(maxAbsDifference(ours, Float32Array.from(values))).toBeLessThanOrEqual(QR);
    expect([...ours.keys()].filter((i) => ours[i] !== 0)).toEqual([...values.keys()].filter((i) => values[i] !== 0));
  },
);

it('deltaOrthogonal()([3, 3, n, n]) keeps the length of an image through a circular convolution, as its matrix does', async () => {
  const kernel = await valuesOf(deltaOrthogonal()([3, 3, 4, 4], { seed: 3 }));
  const matrix = await valuesOf(orthogonal()([4, 4], { seed: 3 }));
  expect(kernel.subarray(4 * 16, 5 * 16)).toEqual(matrix);
  const x = tf.randomNormal([1, 5, 5, 4], 0, 1, 'float32', 7) as tf.Tensor4D;
  const y = tf.conv2d(x, tf.tensor4d(kernel, [3, 3, 4, 4]), 1, 'same');
  const [before, after] = [await valuesOf(tf.norm(x)), await valuesOf(tf.norm(y))];
  // 100 sums of 4 products in float32 and two norms: relative errors of at most 8 * 2^-24 each, on a length of about 10.
  expect(Math.abs(after[0]! - before[0]!)).toBeLessThan(10 * 16 * 2 ** -24);
  tf.dispose([x, y]);
});

it('deltaOrthogonal refuses more inputs than outputs, and kernels that are no convolution', () => {
  expect(() => deltaOrthogonal()([3, 5, 4])).toThrow(
    'deltaOrthogonal: inputs must not be more than outputs, got [5, 4]',
  );
  expect(() => deltaOrthogonal()([4, 4])).toThrow('deltaOrthogonal: shape must be a convolution');
  expect(() => deltaOrthogonal({ gain: Infinity })).toThrow('deltaOrthogonal: gain must be a finite float32');
});
