import * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';

interface Predicting extends ModelLike {
  predict(x: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[];
}

const WARM = 3;
const RUNS = 15;

async function timed(model: Predicting, x: tf.Tensor | tf.Tensor[]): Promise<number> {
  const begin = performance.now();
  const predicted = [model.predict(x)].flat();
  try {
    // A backend may return before it has computed.
    for (const tensor of predicted) await tensor.data();
    return performance.now() - begin;
  } finally {
    tf.dispose(predicted);
  }
}

/**
 * How long a prediction takes on the backend that is in use, results downloaded: the median of 15 after 3 that are not counted, in
 * which kernels are compiled.
 *
 * @param model - a built LayersModel
 * @param x - its inputs; borrowed
 * @returns milliseconds
 */
export async function latency(model: ModelLike, x: tf.Tensor | tf.Tensor[]): Promise<number> {
  for (let i = 0; i < WARM; i++) await timed(model as Predicting, x);
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push(await timed(model as Predicting, x));
  return times.sort((a, b) => a - b)[RUNS >> 1]!;
}
