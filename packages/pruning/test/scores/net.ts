import * as tf from '@tensorflow/tfjs';
import { fillMissingKernels } from '@weightkit/core';
import { allowBackend, hasKernel } from '@weightkit/testing';
import type { ScoreData } from '../../src/scores/loss-gradients.ts';
import { setWeight } from '../models.ts';

/** A case of golden/pruning_scores.py. */
export interface NetGolden {
  call: string;
  net: string;
  shape: number[];
  loss: 'mse' | 'cross_entropy' | null;
  x: number[];
  y: number[];
  weights: Record<string, { shape: number[]; values: number[] }>;
  scores: Record<string, number[]>;
}

/** The net of a golden: in[4] -> a[5] tanh -> b[3], or in[5, 5, 2] -> c 3 filters of 3 x 3, stride 2, same, tanh -> flatten -> d[3]. */
function build({ shape }: NetGolden): tf.Sequential {
  const model = tf.sequential();
  if (shape.length === 1) {
    model.add(tf.layers.dense({ units: 5, inputShape: shape, activation: 'tanh', name: 'a' }));
    model.add(tf.layers.dense({ units: 3, name: 'b' }));
    return model;
  }
  const window = { kernelSize: 3, strides: 2, padding: 'same', activation: 'tanh' } as const;
  model.add(tf.layers.conv2d({ ...window, filters: 3, inputShape: shape as [number, number, number], name: 'c' }));
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 3, name: 'd' }));
  return model;
}

export const softmaxLoss = (y: tf.Tensor, logits: tf.Tensor): tf.Tensor => tf.losses.softmaxCrossEntropy(y, logits);

/** The net of a golden with its weights, and its data. */
export function netOf(golden: NetGolden): { model: tf.Sequential; data: ScoreData } {
  const model = build(golden);
  for (const [path, { values }] of Object.entries(golden.weights)) setWeight(model, path, values);
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const examples = golden.y.length / 3;
  const data = { x: tf.tensor(golden.x, [examples, ...golden.shape]), y: tf.tensor(golden.y, [examples, 3]) };
  return { model, data: golden.loss === 'cross_entropy' ? { ...data, loss: softmaxLoss } : data };
}

/** Frees what {@link netOf} made. */
export function freeNet({ model, data }: { model: tf.LayersModel; data: ScoreData }): void {
  tf.dispose([data.x, data.y]);
  model.dispose();
}

/** The largest difference over the largest value. */
export function relativeError(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [most, error] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    most = Math.max(most, Math.abs(wanted[i]!));
    error = Math.max(error, Math.abs(found[i]! - wanted[i]!));
  }
  return error / most;
}

/** Runs with the kernels of gradients that the backend lacks, as wasm those of convolutions, on cpu. */
export async function withGradients(run: () => Promise<unknown>): Promise<void> {
  if (hasKernel('Conv2DBackpropFilter')) {
    await run();
    return;
  }
  const filled = fillMissingKernels();
  try {
    await allowBackend('cpu', run);
  } finally {
    filled.restore();
  }
}
