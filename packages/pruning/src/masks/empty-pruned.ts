import * as tf from '@tensorflow/tfjs-core';
import type { MaskedWeight } from './masked-weight.ts';

/** Sets the raw weight to 0 wherever the mask says so. */
export function emptyPruned({ parametrization: { raw }, mask }: MaskedWeight): void {
  tf.tidy(() => raw.assign(tf.where(mask, raw, tf.fill(raw.shape, 0))));
}
