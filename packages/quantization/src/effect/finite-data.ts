import type * as tf from '@tensorflow/tfjs-core';
import { checkFinite } from '@weightkit/numerics/check';

/**
 * Throws for NaN and infinity in what a model is to be run on. They would end in its new biases, make two models say the same, or be
 * lost: ReLU of wasm makes 0 of NaN.
 *
 * @param from - how many examples were before these, for the message
 * @param what - how the caller's user names it
 */
export async function checkFiniteData(
  fn: string,
  tensors: readonly tf.Tensor[],
  from = 0,
  what = 'data',
): Promise<void> {
  for (const [i, tensor] of tensors.entries()) {
    if (tensor.dtype !== 'float32') continue;
    const values = (await tensor.data()) as Float32Array;
    const each = values.length / tensor.shape[0]!;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) continue;
    const example = Math.floor(bad / each);
    const place = `${tensors.length === 1 ? what : `${what}[${i}]`}[${from + example}]`;
    checkFinite(fn, what, place, values.subarray(example * each, (example + 1) * each));
  }
}
