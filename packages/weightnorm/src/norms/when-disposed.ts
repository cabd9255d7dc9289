import type * as tf from '@tensorflow/tfjs-core';

/** Runs when a variable is disposed; returns what ends that. */
export function whenDisposed(variable: tf.Variable, run: () => void): () => void {
  const { dispose } = variable;
  const own = Object.getOwnPropertyDescriptor(variable, 'dispose');
  variable.dispose = () => {
    dispose.call(variable);
    run();
  };
  return () => {
    if (own) Object.defineProperty(variable, 'dispose', own);
    else delete (variable as { dispose?: unknown }).dispose;
  };
}
