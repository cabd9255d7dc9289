import type * as tf from '@tensorflow/tfjs-core';
import {
  type LayerLike,
  type Parametrization,
  parametrizationsOf,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';

/** A variable that is averaged. */
export interface AveragedVariable {
  /** The path of its weight; of what a parametrization keeps beside it with a name behind. */
  readonly path: string;
  /** The same in every model that is built alike; what files call it. */
  readonly name: string;
  readonly variable: tf.Variable;
}

/** The weights of float32 that a filter takes, or all. */
export function floatWeights(fn: string, model: LayerLike, filter: WeightFilter | undefined): Weight[] {
  const weights = weightsOf(model, filter, fn).filter(({ dtype }) => dtype === 'float32');
  checkRange(weights.length > 0, `${fn}: model must have a weight of float32`, weights.length);
  return weights;
}

const besideOf = (
  { path, stablePath, variable }: Weight,
  parametrizations: readonly Parametrization[],
): AveragedVariable[] =>
  parametrizations
    .filter(({ raw }) => raw === variable)
    .flatMap(({ variables }, i) =>
      Object.entries(variables).map(([key, own]) => ({
        path: `${path}:${i}.${key}`,
        name: `${stablePath}:${i}.${key}`,
        variable: own,
      })),
    );

/**
 * What training moves of these weights: their variables, and those that parametrizations keep beside them. An average of what layers
 * compute with could not be put back where a parametrization has no right inverse.
 */
export function averagedVariables(fn: string, model: LayerLike, weights: readonly Weight[]): AveragedVariable[] {
  const parametrizations = parametrizationsOf(model, fn);
  return weights.flatMap((weight) => [
    { path: weight.path, name: weight.stablePath, variable: weight.variable! },
    ...besideOf(weight, parametrizations),
  ]);
}
