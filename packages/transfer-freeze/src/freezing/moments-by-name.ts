import * as tf from '@tensorflow/tfjs-core';
import { tapOptimizer, watchOptimizers } from '@weightkit/core';

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

/** A step that has nothing to move fails in tfjs with a message about something else. */
function checkSomethingTrains(optimizer: tf.Optimizer, varList: readonly tf.Variable[] | undefined): void {
  // Counters of Adam's are trainable by their flags.
  const own = new Set(Object.values(optimizer));
  const variables = varList ?? Object.values(tf.engine().registeredVariables).filter((one) => !own.has(one));
  if (variables.length === 0 || variables.some(({ trainable }) => trainable)) return;
  const frozen = new Set([...freezes].flat());
  const names = variables.flatMap((variable) => (frozen.has(variable) ? [variable.name] : []));
  if (names.length > 0)
    throw new Error(
      `freeze: a step must have a variable to train, got ${names.length} that are frozen (${names.slice(0, 4).join(', ')}${names.length > 4 ? ', ...' : ''}); unfreeze some, or compile anew with what was put beside them`,
    );
}

/** A freeze of a model that was disposed concerns nobody. */
const isNeeded = (): boolean => [...freezes].some((variables) => variables.some(({ isDisposed }) => !isDisposed));

/**
 * Sees to it, until released, that every optimizer that steps without a list of variables keeps momentum and moments by the variables' names: core's
 * tap does that. Without a list of variables `minimize` leaves frozen ones out of the step, and the optimizer would take the
 * state of one for that of another.
 */
export function keepMomentsByName(frozen: readonly tf.Variable[]): () => void {
  const variables = [...frozen];
  // A list of variables, as `fit` gives one, names frozen ones too: it needs no tap.
  if (freezes.size === 0)
    release = watchOptimizers((optimizer, varList) => {
      checkSomethingTrains(optimizer, varList);
      if (!varList && isNeeded()) tap(optimizer);
    });
  freezes.add(variables);
  return () => {
    if (freezes.delete(variables) && freezes.size === 0) release();
  };
}
