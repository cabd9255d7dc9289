import * as tf from '@tensorflow/tfjs-core';
import { randomUnit, type SingularVectors } from './power-iteration.ts';
import type { Measured } from './spectral-normalize.ts';

/** A convolution around a circle, or a torus: its kernel `[...window, a, b]` on images of a size. */
export interface Circular {
  /** The sizes of the window's axes. */
  window: readonly number[];
  /** The sizes of the images' axes. */
  size: readonly number[];
  /** The steps between taps, by axis. */
  dilation: readonly number[];
  /** The last two axes of the kernel. */
  channels: readonly [number, number];
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** All places of a grid, the last axis fastest. */
const places = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>(
    (before, n) => before.flatMap((place) => Array.from({ length: n }, (_, i) => [...place, i])),
    [[]],
  );

/** One of each two frequencies that are opposite: of a real kernel their transforms are conjugates, of the same singular values. */
function frequenciesOf(size: readonly number[]): number[][] {
  const flat = (place: readonly number[]): number => place.reduce((at, i, axis) => at * size[axis]! + i, 0);
  return places(size).filter((place) => flat(place) <= flat(place.map((i, axis) => (size[axis]! - i) % size[axis]!)));
}

/** cos and −sin of each frequency at each tap, `[frequencies, taps]`: products with them are the transform, on every backend. */
export function wavesOf({ window, size, dilation }: Circular): { cos: tf.Tensor2D; sin: tf.Tensor2D } {
  const frequencies = frequenciesOf(size);
  const taps = places(window);
  // In whole steps of one over the product of the sizes: no angle is rounded before its cosine is taken.
  const turn = product(size);
  const angles = Float64Array.from(
    frequencies.flatMap((frequency) =>
      taps.map((tap) => {
        const steps = tap.reduce(
          (sum, a, axis) => sum + ((frequency[axis]! * a * dilation[axis]!) % size[axis]!) * (turn / size[axis]!),
          0,
        );
        return (2 * Math.PI * (steps % turn)) / turn;
      }),
    ),
  );
  const shape: [number, number] = [frequencies.length, taps.length];
  return {
    cos: tf.tensor2d(Float32Array.from(angles, Math.cos), shape),
    sin: tf.tensor2d(
      Float32Array.from(angles, (angle) => -Math.sin(angle)),
      shape,
    ),
  };
}

type Waves = ReturnType<typeof wavesOf>;

/** The transform at each frequency, a complex matrix as the real [[re, −im], [im, re]], where each singular value comes twice. */
function transform(w: tf.Tensor, { cos, sin }: Waves, [a, b]: readonly [number, number]): tf.Tensor3D {
  const taps = tf.reshape(w, [cos.shape[1], a * b]) as tf.Tensor2D;
  const [re, im] = [cos, sin].map((wave) => tf.reshape(tf.matMul(wave, taps), [-1, a, b]));
  return tf.concat([tf.concat([re!, tf.neg(im!)], 2), tf.concat([im!, re!], 2)], 1) as tf.Tensor3D;
}

/** Columns `[frequencies, n, 1]` over their norms; `otherwise` where these are 0. */
function unitColumns(x: tf.Tensor, otherwise: tf.Tensor): tf.Tensor {
  const largest = tf.max(tf.abs(x), 1, true);
  const dead = tf.cast(tf.equal(largest, 0), 'float32');
  const scaled = tf.div(x, tf.add(largest, dead));
  const length = tf.sqrt(tf.sum(tf.square(scaled), 1, true));
  return tf.add(tf.div(scaled, tf.add(length, dead)), tf.mul(otherwise, dead));
}

/** Random unit vectors at each frequency. */
export const randomColumns = (frequencies: number, [a, b]: readonly [number, number], seed: number): SingularVectors =>
  tf.tidy(() => {
    const of = (n: number, name: string): tf.Tensor => {
      const x = tf.tensor(randomUnit(frequencies * 2 * n, seed, name), [frequencies, 2 * n, 1]);
      return unitColumns(x, tf.zerosLike(x));
    };
    return { u: of(b, 'u'), v: of(a, 'v') } as unknown as tf.TensorContainer;
  }) as unknown as SingularVectors;

/** Steps of the power iteration at each frequency; a v that its matrix maps to 0 gives way to one without a pattern. */
export function iterateColumns(
  w: tf.Tensor,
  waves: Waves,
  channels: readonly [number, number],
  { u, v }: SingularVectors,
  iterations: number,
): SingularVectors {
  return tf.tidy(() => {
    const matrices = transform(w, waves, channels);
    const back = (x: tf.Tensor): tf.Tensor => tf.matMul(matrices, x, true, false);
    const lost = tf.cast(tf.equal(tf.max(tf.abs(back(v)), 1, true), 0), 'float32');
    const pattern = tf.reshape(tf.cos(tf.square(tf.range(1, v.shape[1]! + 1))), [1, v.shape[1]!, 1]);
    const fresh = unitColumns(tf.mul(tf.onesLike(v), pattern), v);
    let now: SingularVectors = { u, v: tf.add(tf.mul(v, tf.sub(1, lost)), tf.mul(fresh, lost)) };
    for (let i = 0; i < iterations; i++) {
      const nextU = unitColumns(back(now.v), now.u);
      now = { u: nextU, v: unitColumns(tf.matMul(matrices, nextU), now.v) };
    }
    return now as unknown as tf.TensorContainer;
  }) as unknown as SingularVectors;
}

/** The largest singular value of all frequencies at the vectors, and its gradient: of equal ones the mean. */
export function measureCircular(
  w: tf.Tensor,
  waves: Waves,
  channels: readonly [number, number],
  { u, v }: SingularVectors,
): Measured {
  const [a, b] = channels;
  const values = tf.sum(tf.mul(v, tf.matMul(transform(w, waves, channels), u)), 1, true);
  const sigma = tf.max(values);
  const largest = tf.cast(tf.equal(values, sigma), 'float32');
  const share = tf.div(largest, tf.sum(largest));
  return {
    sigma,
    saved: [u, v, share],
    gradient([u, v, share], along) {
      const part = (x: tf.Tensor, n: number, second: boolean): tf.Tensor =>
        tf.slice(x, [0, second ? n : 0, 0], [-1, n, 1]);
      const weighted = tf.mul(v!, tf.mul(share!, along));
      const outer = (second: boolean, third: boolean): tf.Tensor =>
        tf.reshape(tf.matMul(part(weighted, a, second), part(u!, b, third), false, true), [-1, a * b]);
      // vᵀ M u has re at the first of v and of u and at the second of both, im at the second of v and first of u, −im at the others.
      const re = tf.add(outer(false, false), outer(true, true));
      const im = tf.sub(outer(true, false), outer(false, true));
      return tf.reshape(
        tf.add(tf.matMul(waves.cos, re as tf.Tensor2D, true), tf.matMul(waves.sin, im as tf.Tensor2D, true)),
        w.shape,
      );
    },
  };
}
