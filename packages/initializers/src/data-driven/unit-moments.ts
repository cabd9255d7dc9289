import * as tf from '@tensorflow/tfjs-core';

/** Mean and variance of each unit of a layer's output, over the batch and all places. */
export interface UnitMoments {
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/** A layer's output as [batch, places, units], or [batch, units, places] with channelsFirst. WebGPU broadcasts no five axes. */
export function byUnit(z: tf.Tensor, channelsFirst: boolean): tf.Tensor3D {
  const [batch, second] = z.shape as [number, number];
  return tf.reshape(z, channelsFirst ? [batch, second, -1] : [batch, -1, z.shape[z.rank - 1]!]);
}

/** One value, or one for each unit, in the shape in which it meets {@link byUnit}. */
export const perUnit = (values: tf.Tensor, channelsFirst: boolean): tf.Tensor =>
  channelsFirst ? tf.reshape(values, [values.size, 1]) : values;

/**
 * Mean and variance (of the population) of each unit, on the backend. Differences are taken from the first value, so that a
 * unit that is the same everywhere has variance 0 and one with a large mean keeps its digits; sums go over batch and places one
 * after the other, so that float32 sums stay short.
 *
 * @param z - of {@link byUnit}; not empty
 * @returns two new tensors of shape [units]
 */
export function unitMoments(z: tf.Tensor3D, channelsFirst = false): UnitMoments {
  return tf.tidy(() => {
    const [, second, third] = z.shape;
    const units = channelsFirst ? second : third;
    const first = tf.slice(z, [0, 0, 0], channelsFirst ? [1, units, 1] : [1, 1, units]);
    const away = tf.sub(z, first);
    const axis = channelsFirst ? 2 : 1;
    // The longer axis first: a GPU starts a workgroup for each number that is left.
    const over = (x: tf.Tensor): tf.Tensor =>
      z.shape[axis]! > z.shape[0] ? tf.mean(tf.mean(x, axis), 0) : tf.mean(tf.mean(x, 0), axis - 1);
    const mean = over(away);
    return {
      mean: tf.add(tf.reshape(first, [units]), mean),
      variance: over(tf.square(tf.sub(away, perUnit(mean, channelsFirst)))),
    };
  });
}

/** Mean and variance of all units together, from those of each. */
export function pooled(mean: ArrayLike<number>, variance: ArrayLike<number>): { mean: number; variance: number } {
  const average = (values: ArrayLike<number>, f: (x: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += f(values[i]!);
    return sum / values.length;
  };
  const centre = average(mean, (m) => m);
  return { mean: centre, variance: average(variance, (v) => v) + average(mean, (m) => (m - centre) ** 2) };
}
