import type * as tf from '@tensorflow/tfjs-core';
import { checkFinite } from '@weightkit/numerics/check';

/**
 * Throws for NaN and infinity in what a model is to be run on. They would end in its new biases, or be lost: ReLU of wasm makes 0 of NaN.
 *
 * @param from - how many examples were before these, for the message
 */
export async function checkFiniteData(fn: string, tensors: readonly tf.Tensor[], from = 0): Promise<void> {
  for (const [i, tensor] of tensors.entries()) {
    const values = Float32Array.from(await tensor.data());
    const each = values.length / tensor.shape[0]!;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) continue;
    const example = Math.floor(bad / each);
    const place = `${tensors.length === 1 ? 'data' : `data[${i}]`}[${from + example}]`;
    checkFinite(fn, 'data', place, values.subarray(example * each, (example + 1) * each));
  }
}
