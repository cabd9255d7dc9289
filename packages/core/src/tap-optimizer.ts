import type * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkType } from '@weightkit/numerics/check';

/** A gradient and the name of the variable that it is of (`weight.variable.name`). */
export interface NamedGradient {
  /** The variable's name. */
  name: string;
  /** The gradient of the loss with respect to it. */
  tensor: tf.Tensor;
}

/** What to do around each optimizer step; at least one of the two. */
export interface Tap {
  /**
   * Runs before the step with the gradients, borrowed. May return gradients to use instead: those it made are disposed after
   * the step. A step may run inside a tidy: `tf.keep` what must outlive it.
   */
  before?: (gradients: readonly NamedGradient[]) => readonly NamedGradient[] | void;
  /** Runs after the step with the gradients that were applied, borrowed. */
  after?: (gradients: readonly NamedGradient[]) => void;
}

interface Tapped {
  taps: Tap[];
  own: PropertyDescriptor | undefined;
}

const tapped = new WeakMap<tf.Optimizer, Tapped>();

function install(optimizer: tf.Optimizer): Tapped {
  const entry: Tapped = { taps: [], own: Object.getOwnPropertyDescriptor(optimizer, 'applyGradients') };
  const apply = optimizer.applyGradients;
  optimizer.applyGradients = (given) => {
    const original: readonly NamedGradient[] = Array.isArray(given)
      ? given
      : Object.entries(given).map(([name, tensor]) => ({ name, tensor }));
    let gradients = original;
    const made = new Set<tf.Tensor>();
    try {
      for (const { before } of [...entry.taps]) {
        gradients = before?.(gradients) ?? gradients;
        for (const { tensor } of gradients) made.add(tensor);
      }
      apply.call(optimizer, gradients as NamedGradient[]);
      for (const { after } of [...entry.taps]) after?.(gradients);
    } finally {
      for (const { tensor } of original) made.delete(tensor);
      for (const tensor of made) tensor.dispose();
    }
  };
  return entry;
}

/**
 * Watches or changes the gradients of every step of one optimizer: `fit`, `fitDataset`, `trainOnBatch` and `minimize` all go
 * through it. Taps stack in the order of installation and may be removed in any order; when the last is gone the optimizer
 * is as it was.
 *
 * @example
 * model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
 * const untap = tapOptimizer(model.optimizer, { before: (gradients) => console.log(gradients.length) });
 * untap();
 *
 * @param optimizer - the optimizer instance (`model.optimizer`)
 * @param tap - what to run around each step
 * @returns a function that removes the tap; calling it again does nothing
 * @throws TypeError when `optimizer` is none or `tap` has neither function
 */
export function tapOptimizer(optimizer: tf.Optimizer, tap: Tap): () => void {
  checkType(
    typeof optimizer?.applyGradients === 'function',
    'tapOptimizer: optimizer must be a tf.Optimizer (compile the model first)',
    optimizer,
  );
  checkOptions('tapOptimizer', tap, ['before', 'after']);
  checkType(
    typeof tap?.before === 'function' || typeof tap?.after === 'function',
    'tapOptimizer: tap must have a before or an after function',
    tap,
  );
  const entry = tapped.get(optimizer) ?? install(optimizer);
  tapped.set(optimizer, entry);
  const own = { ...tap };
  entry.taps.push(own);
  return () => {
    const i = entry.taps.indexOf(own);
    if (i < 0) return;
    entry.taps.splice(i, 1);
    if (entry.taps.length > 0 || tapped.get(optimizer) !== entry) return;
    tapped.delete(optimizer);
    if (entry.own) Object.defineProperty(optimizer, 'applyGradients', entry.own);
    else delete (optimizer as { applyGradients?: unknown }).applyGradients;
  };
}
