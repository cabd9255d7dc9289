import * as tf from '@tensorflow/tfjs-core';
import { inverseSoftplus, softplus } from './softplus.ts';
import type { Structure } from './structure.ts';

/** How free numbers become positive ones. */
export type PositiveMapName = 'softplus' | 'exp';

/** The maps by name. */
export const POSITIVE_MAPS: readonly string[] = ['softplus', 'exp'];

// What is not above 0 goes there: nearest is 0, which no number stands for, and near 0 steps of the map are small.
const LEAST = 1e-4;

/** Entries above 0. What is below 1e-4 is not nearer to 0 than that when it is written. */
export const positive = (map: PositiveMapName): Structure => ({
  map: map === 'exp' ? tf.exp : softplus,
  inverse: (w) => (map === 'exp' ? tf.log : inverseSoftplus)(tf.maximum(w, LEAST)),
});
