import * as tf from '@tensorflow/tfjs-core';
import { tapOptimizer } from '@weightkit/core';

const tapped = new WeakSet<tf.Optimizer>();
/** The variables of each freeze in force. */
const freezes = new Set<readonly tf.Variable[]>();
let release = (): void => {};

/** An optimizer is tapped for good: what it keeps stays in the order in which it came. */
function tap(optimizer: tf.Optimizer): void {
  if (tapped.has(optimizer)) return;
  tapped.add(optimizer);
  tapOptimizer(optimizer, { after: () => {} });
}

/** A freeze of a model that was disposed concerns nobody. */
const isNeeded = (): boolean => [...freezes].some((variables) => variables.some(({ isDisposed }) => !isDisposed));

/** Every optimizer of tfjs gets its gradients here. A list of variables, as `fit` gives one, names frozen ones too: it needs no tap. */
function install(): () => void {
  const { prototype } = tf.Optimizer;
  const { computeGradients } = prototype;
  const tapping: typeof computeGradients = function (this: tf.Optimizer, f, varList) {
    if (!varList && isNeeded()) tap(this);
    return computeGradients.call(this, f, varList);
  };
  prototype.computeGradients = tapping;
  return () => {
    if (prototype.computeGradients === tapping) prototype.computeGradients = computeGradients;
  };
}

/**
 * Sees to it, until released, that every optimizer that steps without a list of variables keeps momentum and moments by the variables' names: core's
 * tap does that. Without a list of variables `minimize` leaves frozen ones out of the step, and the optimizer would take the
 * state of one for that of another.
 */
export function keepMomentsByName(frozen: readonly tf.Variable[]): () => void {
  const variables = [...frozen];
  if (freezes.size === 0) release = install();
  freezes.add(variables);
  return () => {
    if (freezes.delete(variables) && freezes.size === 0) release();
  };
}
