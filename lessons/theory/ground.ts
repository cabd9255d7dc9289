import * as tf from '@tensorflow/tfjs';
import { crossEntropy, logitsOf, weightsOf } from './network.ts';

/** Images and what they show. */
export interface Examples {
  images: tf.Tensor2D;
  labels: tf.Tensor2D;
}

/** Scales at which the slope of the ground is taken. */
export const SCALES = Array.from({ length: 13 }, (_, i) => Number((10 ** (-2 + i / 4)).toPrecision(3)));

/** Losses of networks with these weights. */
export async function lossesOf(
  { images, labels }: Examples,
  all: readonly Float32Array[],
  units: number,
): Promise<number[]> {
  const losses = tf.tidy(() =>
    tf.stack(all.map((flat) => crossEntropy(labels, logitsOf(images, weightsOf(flat, units))))),
  );
  const values = await losses.data();
  losses.dispose();
  return Array.from(values);
}

// #region slope
/** The length of the gradient of the loss: of the part that belongs to the kernels, and of that of the biases. */
export async function slopeOf({ images, labels }: Examples, flat: Float32Array, units: number, factor = 1) {
  const lengths = tf.tidy(() => {
    const weights = weightsOf(flat, units).map((weight, i) => (i % 2 === 0 ? tf.mul(weight, factor) : weight));
    const gradients = tf.grads((...at: tf.Tensor[]) => crossEntropy(labels, logitsOf(images, at)))(weights);
    return tf.stack(gradients.map((gradient) => tf.norm(gradient)));
  });
  const all = Array.from(await lengths.data());
  lengths.dispose();
  const lengthOf = (kernels: boolean) => Math.hypot(...all.filter((_, i) => (i % 2 === 0) === kernels));
  return { kernels: lengthOf(true), biases: lengthOf(false) };
}
// #endregion

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
const minus = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
  Float64Array.from(a, (value, i) => value - b[i]!);
const length = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** Two directions of length 1 at right angles, and the place where they begin. */
export interface Plane {
  origin: Float32Array;
  x: Float64Array;
  y: Float64Array;
}

/**
 * The plane of a path: x goes from its start to its end, y to the side to which the path bends in the middle. Where it does not bend, y is
 * any direction at a right angle.
 */
export function planeOf(path: readonly Float32Array[]): Plane {
  const [origin, middle, end] = [path[0]!, path[path.length >> 1]!, path.at(-1)!];
  const unit = (direction: Float64Array, otherwise: Float64Array): Float64Array => {
    const norm = length(direction);
    return norm > 1e-6 ? direction.map((value) => value / norm) : otherwise;
  };
  const axis = (at: number) => Float64Array.from(origin, (_, i) => Number(i === at));
  const x = unit(minus(end, origin), axis(0));
  const across = (direction: Float64Array) => {
    const along = dot(direction, x);
    return direction.map((value, i) => value - along * x[i]!);
  };
  const any = across(axis(1));
  return { origin, x, y: unit(across(minus(middle, origin)), unit(any, any)) };
}

/** Where weights lie over a plane. */
export function placeOf({ origin, x, y }: Plane, flat: Float32Array): { x: number; y: number } {
  const way = minus(flat, origin);
  return { x: dot(way, x), y: dot(way, y) };
}

/** The weights at a place of a plane. */
export const weightsAt = ({ origin, x, y }: Plane, across: number, up: number): Float32Array =>
  origin.map((value, i) => value + across * x[i]! + up * y[i]!);

/** The distance between two networks. */
export const distance = (a: Float32Array, b: Float32Array): number => length(minus(a, b));
