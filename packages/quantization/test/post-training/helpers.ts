import * as tf from '@tensorflow/tfjs';
import { finiteValues, weightsOf } from '@weightkit/core';
import { fillNormal, matrixProduct, randomKey } from '@weightkit/numerics';
import { expect } from 'vitest';
import type { CalibrationData } from '../../src/index.ts';

export const gramOf = (x: Float64Array, inputs: number): Float64Array =>
  matrixProduct(x, x, { rows: inputs, inner: x.length / inputs, cols: inputs, transposed: true });

export const numbers = (length: number, seed: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.sin(seed + 1.3 * i * i + 0.7 * i));

/** Inputs that go together, as those of a layer do. */
export function hessianOf(inputs: number, seed: number): Float64Array {
  const [rows, few] = [4 * inputs, Math.ceil(inputs / 3)];
  const [a, b] = [numbers(rows * few, seed), numbers(few * inputs, seed + 1)];
  const x = matrixProduct(a, b, { rows, inner: few, cols: inputs });
  const noise = numbers(x.length, seed + 2);
  return gramOf(
    x.map((v, i) => v + 0.3 * noise[i]!),
    inputs,
  );
}

/** ‖X (W − Ŵ)‖². */
export function lost(hessian: Float64Array, w: Float32Array, rounded: Float32Array, inputs: number): number {
  const cols = w.length / inputs;
  const e = Float64Array.from(w, (v, i) => v - rounded[i]!);
  const he = matrixProduct(hessian, e, { rows: inputs, inner: inputs, cols });
  return e.reduce((sum, v, i) => sum + v * he[i]!, 0);
}

export const wave = (shape: number[], seed: number): tf.Tensor =>
  tf.tensor(fillNormal(new Float32Array(tf.util.sizeFromShape(shape)), randomKey(seed)), shape);

/** Kernels of normal numbers; inputs of layers go together. */
export function withWeights(model: tf.Sequential): tf.Sequential {
  for (const [i, weight] of weightsOf(model).entries()) {
    const value = wave([...weight.shape], 10 + i);
    weight.write(value);
    value.dispose();
  }
  return model;
}

export const dense = () =>
  withWeights(
    tf.sequential({
      layers: [
        tf.layers.dense({ units: 12, inputShape: [8], activation: 'relu', name: 'a' }),
        tf.layers.dense({ units: 4, name: 'b' }),
      ],
    }),
  );

export const convolutions = () =>
  withWeights(
    tf.sequential({
      layers: [
        tf.layers.conv2d({
          filters: 4,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          inputShape: [5, 5, 3],
          name: 'c',
        }),
        tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name: 'd' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5, name: 'out' }),
      ],
    }),
  );

export const valuesOf = async (model: tf.LayersModel): Promise<[string, number[]][]> => {
  const found: [string, number[]][] = [];
  for (const weight of weightsOf(model)) found.push([weight.path, [...(await finiteValues('test', weight))]]);
  return found;
};

/** Runs with a model and a batch, and looks that no tensor stays. */
export async function withBoth(
  make: () => tf.Sequential,
  shape: number[],
  run: (model: tf.Sequential, data: CalibrationData & { x: tf.Tensor }) => Promise<void>,
): Promise<void> {
  const before = tf.memory().numTensors;
  const model = make();
  const x = wave(shape, 1);
  await run(model, { x });
  x.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
}
