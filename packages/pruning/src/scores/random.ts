import * as tf from '@tensorflow/tfjs-core';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import type { Score } from './score.ts';

/** Options of {@link random}. */
export interface RandomOptions {
  /** Which random scores: a safe integer. */
  seed: number;
}

/**
 * Scores that ignore the weight: uniform on [0, 1), the baseline that a criterion has to beat. Each path has its own stream,
 * so the scores of a weight depend on the seed, its path and its size alone, and are the same on every backend. Layers without a
 * name of their own count by their place, so that a model built twice gets the same scores.
 *
 * @example
 * const pruning = await prune(model, { sparsity: 0.5, score: random({ seed: 7 }) });
 *
 * @param options - the seed
 * @returns a {@link Score}
 * @throws RangeError unless the seed is a safe integer
 */
export function random(options: RandomOptions): Score {
  checkOptions('random', options, ['seed']);
  const seed = options?.seed;
  checkRange(Number.isSafeInteger(seed), 'random: seed must be a safe integer', seed);
  return (w, { path, stablePath = path }) =>
    tf.tensor(fillUniform(new Float32Array(w.size), randomKey(seed, stablePath)), w.shape);
}
