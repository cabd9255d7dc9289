import type * as tf from '@tensorflow/tfjs-core';
import { type LayerPlace, type NamedGradient, tapOptimizer } from '@weightkit/core';
import { type ActivationGauge, activationGauge } from './activation-gauge.ts';
import { type StepGauge, stepGauge } from './step-gauge.ts';

/** An optimizer being followed. */
export interface Follower {
  /** One gauge per variable. */
  readonly gauges: readonly StepGauge[];
  /** What the layers returned. */
  readonly activations: ActivationGauge;
  /** Whether there are such layers. */
  readonly hasLayers: boolean;
  /** Lets go of the optimizer and frees what the gauges hold. */
  stop(): void;
}

/**
 * Puts a gauge on each variable and drives the gauges from the optimizer's steps.
 *
 * @param optimizer - what trains
 * @param variables - what it assigns; those without a gradient are left alone
 * @param options - `gradients`: whether to collect gradients; `samples`: how many steps of a window to measure at most;
 * `expected`: how many steps the first will have, 0 when that is not known; `layers`: those whose activations to hold; `onStep`: runs after each step with the milliseconds that the gauges took
 */
export function followOptimizer(
  optimizer: tf.Optimizer,
  variables: readonly tf.Variable[],
  {
    layers,
    onStep,
    ...measured
  }: {
    gradients: boolean;
    samples: number;
    expected: number;
    layers: readonly LayerPlace[];
    onStep: (milliseconds: number) => void;
  },
): Follower {
  const gauges = variables.map((variable) => stepGauge(variable, measured));
  const byName = new Map(variables.map(({ name }, i) => [name, gauges[i]!]));
  const touched = (named: readonly NamedGradient[]) =>
    named.flatMap(({ name, tensor }) => {
      const gauge = byName.get(name);
      return gauge && tensor ? [{ gauge, tensor }] : [];
    });
  let spent = 0;
  const activations = activationGauge(layers);
  const untap = tapOptimizer(optimizer, {
    before: (named) => {
      const begin = performance.now();
      activations.step();
      for (const { gauge } of touched(named)) gauge.before();
      spent = performance.now() - begin;
    },
    after: (named) => {
      const begin = performance.now();
      for (const { gauge, tensor } of touched(named)) gauge.after(tensor);
      onStep(spent + performance.now() - begin);
    },
  });
  return {
    gauges,
    activations,
    hasLayers: layers.length > 0,
    stop() {
      untap();
      activations.stop();
      for (const gauge of gauges) gauge.clear();
    },
  };
}
