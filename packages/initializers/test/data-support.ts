import * as tf from '@tensorflow/tfjs';
import { capture } from '@weightkit/core';
import { fillNormal, moments, randomKey } from '@weightkit/numerics';
import { hasKernel } from '@weightkit/testing';

/** N(0, std²), the same on every backend. */
export const gaussian = (shape: number[], seed: number, std = 1, mean = 0): tf.Tensor => {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  fillNormal(values, randomKey(seed), { std, mean });
  return tf.tensor(values, shape);
};

/** What layers give on a batch, by path; of a shared layer the first call. */
export async function outputsOf(
  model: tf.LayersModel,
  x: tf.Tensor | tf.Tensor[],
  paths?: string[],
): Promise<Map<string, Float32Array>> {
  const captured = capture(model, paths, x);
  const found = new Map<string, Float32Array>();
  for (const { path, outputs } of captured.calls)
    if (!found.has(path)) found.set(path, Float32Array.from(await outputs[0]!.data()));
  captured.dispose();
  return found;
}

/** Variance of what each layer gives, in float64. */
export async function variancesOf(
  model: tf.LayersModel,
  x: tf.Tensor | tf.Tensor[],
  paths: string[],
): Promise<number[]> {
  const outputs = await outputsOf(model, x, paths);
  return paths.map((path) => moments(outputs.get(path)!).std ** 2);
}

/** The values of all weights, by the model's own order. */
export const weightsNow = (model: tf.LayersModel): Promise<number[][]> =>
  Promise.all(model.weights.map(async (weight) => Array.from(await weight.read().data())));

/** Whether a layer of a kernel with five axes runs: WebGPU's shader for adding its bias does not compile in tfjs 4.22. */
export const canRun = (kernel: string): boolean => hasKernel(kernel) && tf.getBackend() !== 'webgpu';
