import type * as tf from '@tensorflow/tfjs-core';
import { type Parametrization, type Weight, wrapCall } from '@weightkit/core';
import type { BatchNorm } from './batch-norms.ts';
import { holdStill } from './hold-still.ts';
import { inferenceCall } from './infer-batch-norm.ts';
import { keepMomentsByName } from './moments-by-name.ts';

/** The variables of weights, and those that parametrizations keep beside them. */
export function variablesOf(weights: readonly Weight[], parametrizations: readonly Parametrization[]): tf.Variable[] {
  const raw = weights.map(({ variable }) => variable!);
  const beside = parametrizations.filter((one) => raw.includes(one.raw));
  return [...raw, ...beside.flatMap(({ variables }) => Object.values(variables))];
}

/** Holds variables still and runs batch normalizations in inference mode, until released. No step can fail, so that nothing is half held. */
export function holdAll(variables: readonly tf.Variable[], norms: readonly BatchNorm[]): () => void {
  const undo = [
    ...variables.map(holdStill),
    ...norms.map(({ layer }) => wrapCall(layer, inferenceCall(layer))),
    keepMomentsByName(variables),
  ];
  return () => {
    for (const one of undo) one();
  };
}
