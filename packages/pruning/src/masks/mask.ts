import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { largestMask } from '@weightkit/numerics';
import { checkOptions, checkType } from '@weightkit/numerics/check';
import { magnitude } from '../scores/magnitude.ts';
import { type Score, scoreValues } from '../scores/score.ts';
import { type Amount, checkAmount, zerosAmong } from './amount.ts';

/** Options of {@link mask}. */
export interface MaskOptions {
  /**
   * Which entries to keep: those with the largest score.
   * @defaultValue {@link magnitude}
   */
  score?: Score;
}

/**
 * The mask that prunes a tensor to an exact number of zeros: 0 at the lowest scores, 1 elsewhere. Of equal scores the lowest
 * index is kept, so a constant tensor is pruned as exactly as any other.
 *
 * @example
 * const m = await mask(tf.tensor1d([3, -1, 2, -4]), { sparsity: 0.5 });
 * console.log(await m.data()); // -> Float32Array(4) [ 1, 0, 0, 1 ]
 *
 * @param w - the weight, numeric and finite; borrowed
 * @param amount - `{ sparsity }`, a fraction in [0, 1), or `{ count }`, an integer from 0 to w's size
 * @param options - the score
 * @returns a float32 tensor of w's shape; the caller disposes it
 * @throws RangeError for NaN or infinity in w or its scores (naming the index) and for an amount out of range; TypeError for
 * both or neither of sparsity and count
 */
export async function mask(w: tf.Tensor, amount: Amount, options: MaskOptions = {}): Promise<tf.Tensor> {
  checkTensor('mask', 'w', w, 'float32', 'int32');
  checkOptions('mask', amount, ['sparsity', 'count'], 'amount');
  checkAmount('mask', amount);
  checkOptions('mask', options, ['score']);
  const { score = magnitude } = options;
  checkType(typeof score === 'function', 'mask: score must be a function', score);
  const zeros = zerosAmong('mask', amount, w.size, 'w');
  const { shape, size } = w;
  const scores = await scoreValues('mask', '', w, score);
  return tf.tensor(new Float32Array(largestMask(scores, size - zeros)), shape);
}
