import type * as tf from '@tensorflow/tfjs-core';

/** The names of the variables that a tapped optimizer was last given, in the order in which it keeps their state. */
export const steppedNames = new WeakMap<tf.Optimizer, readonly string[]>();
