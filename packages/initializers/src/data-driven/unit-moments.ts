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

/** Whether the backend has its numbers in this process's memory, where a download is a copy. */
const isNear = (): boolean => !['webgpu', 'webgl'].includes(tf.getBackend());

/** The sums of {@link unitMoments} in float64, on the host: unit after unit, or all units of a place side by side. */
function hostMoments(
  z: ArrayLike<number>,
  units: number,
  inner: number,
): { mean: Float64Array; variance: Float64Array } {
  const [mean, variance] = [new Float64Array(units), new Float64Array(units)];
  const first = Float64Array.from({ length: units }, (_, unit) => z[unit * inner]!);
  const stride = units * inner;
  for (let start = 0; start < z.length; start += stride)
    for (let unit = 0; unit < units; unit++) {
      const from = start + unit * inner;
      for (let i = from; i < from + inner; i++) {
        const away = z[i]! - first[unit]!;
        mean[unit]! += away;
        variance[unit]! += away * away;
      }
    }
  const count = z.length / units;
  for (let unit = 0; unit < units; unit++) {
    const away = mean[unit]! / count;
    mean[unit] = first[unit]! + away;
    variance[unit] = Math.max(0, variance[unit]! / count - away * away);
  }
  return { mean, variance };
}

/**
 * {@link unitMoments}, downloaded. Where the numbers are in memory they are summed there, in float64: on the cpu backend that
 * takes a fortieth of the time of tensor operations.
 *
 * @param z - a layer's output; not empty
 */
export async function unitMomentsOf(
  z: tf.Tensor,
  channelsFirst = false,
): Promise<{ mean: Float64Array; variance: Float64Array }> {
  const units = channelsFirst ? z.shape[1]! : z.shape[z.rank - 1]!;
  if (isNear()) return hostMoments(await z.data(), units, channelsFirst ? z.size / z.shape[0]! / units : 1);
  const [mean, variance] = tf.tidy(() => {
    const found = unitMoments(byUnit(z, channelsFirst), channelsFirst);
    return [found.mean, found.variance];
  }) as [tf.Tensor, tf.Tensor];
  try {
    return { mean: Float64Array.from(await mean.data()), variance: Float64Array.from(await variance.data()) };
  } finally {
    tf.dispose([mean, variance]);
  }
}

/** Mean and mean square at each place, over the batch and the last axis, downloaded: two numbers a place. */
export async function placeMoments(x: tf.Tensor): Promise<{ mean: Float64Array; square: Float64Array }> {
  const channels = x.rank > 1 ? x.shape[x.rank - 1]! : 1;
  const places = x.size / x.shape[0]! / channels;
  const [mean, square] = [new Float64Array(places), new Float64Array(places)];
  if (isNear()) {
    const values = await x.data();
    for (let i = 0; i < values.length; i++) {
      const place = Math.floor(i / channels) % places;
      const v = Number(values[i]);
      mean[place]! += v;
      square[place]! += v * v;
    }
    const count = values.length / places;
    return { mean: mean.map((sum) => sum / count), square: square.map((sum) => sum / count) };
  }
  const both = tf.tidy(() => {
    const grid = tf.reshape(tf.cast(x, 'float32'), [x.shape[0]!, places, channels]);
    const over = (y: tf.Tensor): tf.Tensor => tf.mean(tf.mean(y, 2), 0);
    return tf.stack([over(grid), over(tf.square(grid))]);
  });
  try {
    const values = Float64Array.from(await both.data());
    return { mean: values.subarray(0, places), square: values.subarray(places) };
  } finally {
    both.dispose();
  }
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
