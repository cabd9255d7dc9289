import { checkWeight } from './check-weight.ts';
import { rawOf } from './raw-variable.ts';
import type { LayerInternals, LayerVariableLike } from './types.ts';
import type { Weight } from './weight.ts';

/** A constraint of tfjs-layers. */
export interface ConstraintLike {
  /** The name of its class, as `MaxNorm`. */
  getClassName(): string;
  /** Its options. */
  getConfig(): Record<string, unknown>;
  /** The weight's projection. */
  apply(w: unknown): unknown;
}

/** The constraint that stock applies to a weight when it loads it. */
export const constraintOf = (variable: LayerVariableLike): ConstraintLike | null =>
  (variable as { constraint?: ConstraintLike | null }).constraint ?? null;

/**
 * The constraint that a weight's layer was made with, such as `kernelConstraint`. TensorFlow.js applies it where weights are set, and
 * never in training.
 *
 * @example
 * const layers = [tf.layers.dense({ units: 1, inputShape: [2], kernelConstraint: 'nonNeg', name: 'a' })];
 * const [kernel, bias] = weightsOf(tf.sequential({ layers }));
 * console.log(stockConstraint(kernel).getClassName(), stockConstraint(bias)); // -> NonNeg null
 *
 * @param weight - a weight from {@link weightsOf}
 * @returns tfjs's own object; null where there is none
 * @throws TypeError when it is no weight
 */
export function stockConstraint(weight: Weight): ConstraintLike | null {
  checkWeight('stockConstraint', weight);
  if (weight.layer === null || weight.property === null) return null;
  return constraintOf(rawOf((weight.layer as LayerInternals)[weight.property] as LayerVariableLike));
}
