import type * as tf from '@tensorflow/tfjs-core';
import type { LayerInternals, LayerVariableLike } from '../model/types.ts';

/** The parts of a compiled tfjs model that its optimizer's state is in. */
export interface Compiled extends LayerInternals {
  optimizer?: tf.Optimizer & {
    getWeights(): Promise<{ name: string; tensor: tf.Tensor }[]>;
    setWeights(weights: { name: string; tensor: tf.Tensor }[]): Promise<void>;
    iterations: number;
    centered?: boolean;
    initialAccumulatorValue?: number;
  };
  loss?: unknown;
  metrics?: unknown;
  /** What the optimizer steps; a Sequential keeps a model that does it. */
  collectedTrainableWeights?: LayerVariableLike[];
  model?: { collectedTrainableWeights?: LayerVariableLike[] };
}

/** What stock calls an optimizer's tensors, in the order in which it saves and loads them. */
export const SLOTS: Readonly<Record<string, readonly string[]>> = {
  SGD: [],
  Momentum: ['momentum'],
  Adagrad: ['accumulator'],
  Adadelta: ['accum_grad', 'accum_var'],
  Adam: ['m', 'v'],
  RMSProp: ['rms', 'momentum', 'mg'],
};

/** What an optimizer keeps of each variable, by stock's names in stock's order. */
export const slotNames = ({ optimizer }: Compiled): readonly string[] => {
  const name = optimizer!.getClassName();
  return SLOTS[name]!.slice(0, name === 'RMSProp' && !optimizer!.centered ? 2 : 3);
};

/** What a compiled model's `fit` steps, in order. */
export const steppedBy = ({ collectedTrainableWeights, model }: Compiled): readonly LayerVariableLike[] =>
  collectedTrainableWeights ?? model?.collectedTrainableWeights ?? [];
