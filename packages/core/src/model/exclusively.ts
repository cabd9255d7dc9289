import type * as tf from '@tensorflow/tfjs-core';
import { checkFunction, checkType } from '@weightkit/numerics/check';
import { checkWeight, livingVariable } from './check-weight.ts';
import type { Weight } from './weight.ts';

interface Turn {
  /** The function whose turn it is, or who waits for it. */
  fn: string;
  /** Settles when it has ended, well or not. */
  ended: Promise<unknown>;
}

const last = new WeakMap<tf.Variable, Turn>();

function checkWeights(fn: string, weights: unknown): void {
  checkType(Array.isArray(weights), `${fn}: weights must be a list from weightsOf`, weights);
  for (const weight of weights as unknown[]) checkWeight(fn, weight);
}

const variablesOf = (fn: string, weights: readonly Weight[]): tf.Variable[] =>
  weights.flatMap((weight) => livingVariable(fn, weight) ?? []);

/** What is thrown at once comes out of the promise too. */
const begin = async <T>(work: () => Promise<T>): Promise<T> => work();

/**
 * Runs what works on weights over several awaits, one function after another where they share a weight: a second call waits until
 * the first has ended and then finds the model as that left it. Where nobody is at work it starts at once. What runs must not wait
 * for another such call on the same weights.
 *
 * @example
 * const [kernel] = weightsOf(model);
 * const work = async () => (await kernel.variable.data()).length;
 * console.log(await exclusively('count', [kernel], work)); // -> 80
 *
 * @param fn - the function that asks, for the messages of {@link checkIdle}
 * @param weights - from `weightsOf`; those of a GraphModel, which no transform changes, do not count
 * @param work - what runs; it plans inside, for another may have changed the model by then
 * @returns what `work` returns
 * @throws what `work` throws
 */
export function exclusively<T>(fn: string, weights: readonly Weight[], work: () => Promise<T>): Promise<T> {
  checkWeights(fn, weights);
  checkFunction(fn, 'work', work);
  const variables = variablesOf(fn, weights);
  const before = new Set(variables.flatMap((variable) => last.get(variable)?.ended ?? []));
  const result = before.size === 0 ? begin(work) : Promise.all(before).then(work);
  const turn: Turn = { fn, ended: result.catch(() => undefined) };
  for (const variable of variables) last.set(variable, turn);
  turn.ended = turn.ended.then(() => {
    for (const variable of variables) if (last.get(variable) === turn) last.delete(variable);
  });
  return result;
}

/**
 * Throws when a call of {@link exclusively} on one of the weights has not ended, for functions that cannot wait.
 *
 * @param fn - the function that asks, for the message
 * @param weights - from `weightsOf`
 * @throws Error as in `initialize: model must not be at work elsewhere, got dense1/kernel in lsuv; await that first`
 */
export function checkIdle(fn: string, weights: readonly Weight[]): void {
  checkWeights(fn, weights);
  for (const weight of weights) {
    const { path } = weight;
    const variable = livingVariable(fn, weight);
    const turn = variable && last.get(variable);
    if (turn)
      throw new Error(`${fn}: model must not be at work elsewhere, got ${path} in ${turn.fn}; await that first`);
  }
}
