import * as tf from '@tensorflow/tfjs-core';
import { checkModel, type ModelLike, type NamedGradient, tapOptimizer, type Weight, weightsOf } from '@weightkit/core';
import { checkFinite, checkRange } from '@weightkit/numerics/check';
import { gradientScore } from './loss-gradients.ts';
import type { Score } from './score.ts';

/** Follows the weights of a model while it trains; made by {@link movement}. */
export interface Movement {
  /** Training steps seen so far. */
  readonly steps: number;
  /**
   * The score of the steps seen so far, a copy: training on changes what a later call gives.
   *
   * @throws Error before the first step and after `dispose`; RangeError for a sum that is not finite, by path and index
   */
  score(): Promise<Score>;
  /** Lets go of the optimizer and frees the sums. */
  dispose(): void;
}

interface Sum {
  weight: Weight;
  /** The paper's S; undefined until the weight has had a gradient. */
  total: tf.Tensor | undefined;
}

/** Adds −w ∂L/∂w to the sums of the weights that have a gradient. In a tidy. */
function add(sums: ReadonlyMap<string, Sum>, gradients: readonly NamedGradient[]): void {
  for (const { name, tensor } of gradients) {
    const sum = sums.get(name);
    if (!sum) continue;
    const moved = tf.neg(tf.mul(sum.weight.variable!, tensor));
    const { total } = sum;
    sum.total = tf.keep(total ? tf.add(total, moved) : moved);
    total?.dispose();
  }
}

/**
 * Follows where training moves weights to: S = −Σ w ∂L/∂w over the steps seen, which is large where entries grow away from 0 and
 * negative where they shrink toward it. What is large stays. It is a recorder: make it before `fit`, `fitDataset`, `trainOnBatch` or a
 * loop with `minimize`, and take its score when they are done.
 *
 * Sanh, Wolf and Rush 2020, https://arxiv.org/abs/2005.07683, whose S has the learning rate as a factor, which changes no order. There
 * masks follow the scores during training; here the weights are those that training has, masks or none.
 *
 * @example
 * const recorder = movement(model);
 * await model.fit(x, y, { epochs: 2 });
 * const pruning = await prune(model, { sparsity: 0.5, score: await recorder.score() });
 * recorder.dispose();
 *
 * @param model - a compiled LayersModel; one that is compiled anew has another optimizer, which is not followed
 * @returns the recorder; dispose it. Its sums take as much memory on the device as the weights
 * @throws Error when the model is not built or not compiled; TypeError for what is no model
 */
export function movement(model: ModelLike): Movement {
  checkModel('movement', model);
  const { optimizer } = model as ModelLike & { optimizer?: tf.Optimizer };
  if (optimizer === undefined || optimizer === null)
    throw new Error('movement: model must be compiled, got one without an optimizer');
  const sums = new Map<string, Sum>(
    weightsOf(model, undefined, 'movement')
      .filter(({ variable, dtype }) => variable !== null && dtype === 'float32')
      .map((weight) => [weight.variable!.name, { weight, total: undefined }]),
  );
  let steps = 0;
  let disposed = false;
  const untap = tapOptimizer(optimizer, {
    before(gradients) {
      add(sums, gradients);
      steps++;
    },
  });
  return {
    get steps() {
      return steps;
    },
    async score() {
      if (disposed) throw new Error('score: recorder must not be disposed, got one that is');
      if (steps === 0) throw new Error('score: model must have trained since movement was called, got 0 steps');
      // Copies at once: a step may come while they are downloaded.
      const copies = [...sums.values()].flatMap(({ weight, total }) =>
        total ? [{ path: weight.path, copy: total.clone() }] : [],
      );
      try {
        const table = new Map<string, Float32Array>();
        for (const { path, copy } of copies) {
          const values = new Float32Array((await copy.data()) as Float32Array);
          checkFinite('score', 'sums of movement', path, values);
          table.set(path, values);
        }
        const score = gradientScore('movement', table);
        return (w, context) => {
          checkRange(
            table.has(context.path),
            'movement: score must be of a weight that was trained while it was followed',
            context.path,
          );
          return score(w, context);
        };
      } finally {
        tf.dispose(copies.map(({ copy }) => copy));
      }
    },
    dispose() {
      untap();
      disposed = true;
      for (const sum of sums.values()) {
        sum.total?.dispose();
        sum.total = undefined;
      }
    },
  };
}
