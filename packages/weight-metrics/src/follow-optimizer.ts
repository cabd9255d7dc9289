import type * as tf from '@tensorflow/tfjs-core';
import { type NamedGradient, tapOptimizer } from '@weightkit/core';
import { type StepGauge, stepGauge } from './step-gauge.ts';

/** An optimizer being followed. */
export interface Follower {
  /** One gauge per variable. */
  readonly gauges: readonly StepGauge[];
  /** Lets go of the optimizer and frees what the gauges hold. */
  stop(): void;
}

/**
 * Puts a gauge on each variable and drives the gauges from the optimizer's steps.
 *
 * @param optimizer - what trains
 * @param variables - what it assigns; those without a gradient are left alone
 * @param options - `gradients`: whether to collect gradients; `onStep`: runs after each step
 */
export function followOptimizer(
  optimizer: tf.Optimizer,
  variables: readonly tf.Variable[],
  { gradients, onStep }: { gradients: boolean; onStep: () => void },
): Follower {
  const gauges = variables.map((variable) => stepGauge(variable, gradients));
  const byName = new Map(variables.map(({ name }, i) => [name, gauges[i]!]));
  const touched = (named: readonly NamedGradient[]) =>
    named.flatMap(({ name, tensor }) => {
      const gauge = byName.get(name);
      return gauge && tensor ? [{ gauge, tensor }] : [];
    });
  const untap = tapOptimizer(optimizer, {
    before: (named) => {
      for (const { gauge } of touched(named)) gauge.before();
    },
    after: (named) => {
      for (const { gauge, tensor } of touched(named)) gauge.after(tensor);
      onStep();
    },
  });
  return {
    gauges,
    stop() {
      untap();
      for (const gauge of gauges) gauge.clear();
    },
  };
}
