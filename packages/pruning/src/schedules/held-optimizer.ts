import type * as tf from '@tensorflow/tfjs-core';

const optimizerOf = (model: unknown): tf.Optimizer | undefined =>
  (model as { optimizer?: tf.Optimizer } | null | undefined)?.optimizer;

/** Holds the moments of one optimizer at a time. */
export interface HeldOptimizer {
  /** The optimizer that is held. */
  readonly current: tf.Optimizer | undefined;
  /** Takes that of a model that is fitted. */
  ofFit(model: unknown): void;
  /** Takes what a training loop of one's own has, where no fit runs: the optimizer given, or that of the model. */
  ofLoop(): void;
  /** Holds anew what is held. */
  again(): void;
  /** A fit has ended. */
  ended(): void;
}

/**
 * Finds the optimizer that trains.
 *
 * @param hold - holds one and returns what lets it go
 * @param model - what is pruned; where it is compiled, its optimizer is the one unless another is known
 * @param given - the optimizer of a loop of one's own
 */
export function heldOptimizer(
  hold: (optimizer: tf.Optimizer) => () => void,
  model: unknown,
  given?: tf.Optimizer,
): HeldOptimizer {
  let current: tf.Optimizer | undefined;
  let release = (): void => {};
  let fitted = false;
  const take = (optimizer: tf.Optimizer | undefined): void => {
    if (optimizer === undefined || optimizer === current) return;
    release();
    release = hold(optimizer);
    current = optimizer;
  };
  return {
    get current() {
      return current;
    },
    ofFit(one) {
      const own = optimizerOf(one);
      fitted = own !== undefined;
      take(own);
    },
    ofLoop() {
      if (!fitted) take(given ?? optimizerOf(model));
    },
    again() {
      const optimizer = current;
      current = undefined;
      take(optimizer);
    },
    ended() {
      fitted = false;
    },
  };
}
