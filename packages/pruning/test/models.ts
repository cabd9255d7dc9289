import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';

/** The cases of a golden file. */
export function casesOf<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8')).cases;
}

/** Puts values in a weight: `n` different magnitudes, signs in turn, in an order that `stride` (prime to n) makes. */
export function spread(n: number, stride = 7): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => ((((i * stride) % n) + 1) / n) * (i % 2 === 0 ? 1 : -1));
}

/** Sets a weight by path. */
export function setWeight(model: tf.LayersModel, path: string, values: ArrayLike<number>): void {
  const weight = weightsOf(model, path)[0]!;
  const t = tf.tensor(Float32Array.from(values), [...weight.shape]);
  weight.write(t);
  t.dispose();
}

/** Downloads the value that a layer computes with. */
export async function readWeight(model: tf.LayersModel, path: string): Promise<Float32Array> {
  const t = weightsOf(model, path)[0]!.read();
  const values = Float32Array.from(await t.data());
  t.dispose();
  return values;
}

/** in[4] -> a[5] tanh -> b[3], kernels of 20 and 15 distinct magnitudes. */
export function mlp(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 5, inputShape: [4], activation: 'tanh', name: 'a' }),
      tf.layers.dense({ units: 3, name: 'b' }),
    ],
  });
  setWeight(model, 'a/kernel', spread(20));
  setWeight(model, 'b/kernel', spread(15));
  return model;
}

/** Fixed inputs and targets for {@link mlp}; the caller disposes them. */
export function batch(n = 8): { x: tf.Tensor; y: tf.Tensor } {
  return {
    x: tf.tensor(spread(n * 4, 5), [n, 4]),
    y: tf.tensor(spread(n * 3, 11), [n, 3]),
  };
}

/** The indices of the zeros, -0 left out. */
export const zerosAt = (values: ArrayLike<number>): number[] =>
  Array.from(values).flatMap((v, i) => (Object.is(v, 0) ? [i] : []));
