import * as tf from '@tensorflow/tfjs-core';
import { checkType } from '@weightkit/numerics/check';
import { checkWeight, livingVariable } from '../model/check-weight.ts';
import { isLayer } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { parametrizationsOf } from './parametrizations-of.ts';

/** Values to go back to; see {@link keepValues}. */
export interface KeptValues {
  /** Gives every variable that is still there its value back. */
  restore(): void;
  /** Lets the values go. */
  dispose(): void;
}

/**
 * Keeps what writing some weights may change: their variables, and those that parametrizations hold beside them, as weight norm's `g`.
 * What changes several weights goes back by it when it fails on the way.
 *
 * @example
 * const weights = weightsOf(model, 'dense1/kernel');
 * const kept = keepValues('set', model, weights);
 * const before = (await weights[0].read().data())[0];
 * weights[0].write(tf.zeros(weights[0].shape));
 * kept.restore();
 * kept.dispose();
 * console.log((await weights[0].read().data())[0] === before); // -> true
 *
 * @param fn - the function that asks, for the messages
 * @param source - the model or layer that the weights are of; anything else that has them is without parametrizations
 * @param weights - from `weightsOf`, of a source whose weights are variables
 * @throws TypeError for anything else
 */
export function keepValues(fn: string, source: unknown, weights: readonly Weight[]): KeptValues {
  checkType(Array.isArray(weights), `${fn}: weights must be a list from weightsOf`, weights);
  // Not `map`: it passes over holes.
  const raw = Array.from(weights as readonly Weight[], (weight) => {
    checkWeight(fn, weight);
    const variable = livingVariable(fn, weight);
    checkType(variable !== null, `${fn}: weights must be held by variables`, weight.path);
    return variable;
  });
  const beside = isLayer(source)
    ? parametrizationsOf(source, fn).flatMap(({ variables }) => Object.values(variables))
    : [];
  const saved = [...raw, ...beside].map((variable) => [variable, tf.keep(tf.clone(variable))] as const);
  return {
    restore() {
      for (const [variable, value] of saved) if (!variable.isDisposed) variable.assign(value);
    },
    dispose: () => tf.dispose(saved.map(([, value]) => value)),
  };
}
