import type * as tf from '@tensorflow/tfjs-core';
import {
  type ConstraintLike,
  checkLayer,
  exclusively,
  type LayerLike,
  type ModelLike,
  stockConstraint,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { reasonNot } from './constrain.ts';
import { type Constraints, hold } from './hold.ts';

/** Which weights {@link enforceConstraints} takes. */
export interface EnforceConstraintsOptions {
  /**
   * Which weights: path, glob, RegExp, function or a list of these.
   *
   * @defaultValue all that their layer was made with a constraint for
   */
  filter?: WeightFilter;
}

const fn = 'enforceConstraints';

// Entries that a mask makes 0 shorten a unit and are not negative.
const KEPT_BY_MASKS = ['MaxNorm', 'NonNeg'];

const heldTo = (weight: Weight, constraint: ConstraintLike) => ({
  weight,
  projection: {
    name: constraint.getClassName(),
    kinds: KEPT_BY_MASKS.includes(constraint.getClassName()) ? ['mask'] : [],
    project: (w: tf.Tensor) => constraint.apply(w) as tf.Tensor,
  },
});

/**
 * Makes the constraints act that layers were made with: `kernelConstraint`, `biasConstraint`, `recurrentConstraint`,
 * `embeddingsConstraint` and the like. TensorFlow.js takes them and applies them where weights are set, but never in training
 * (https://github.com/tensorflow/tfjs/issues/3345). Here each weight is projected by tfjs's own object, now and after every step, as
 * {@link constrain} does it.
 *
 * Norms are taken over the `axis` that the constraint was made with, 0 when it has none, as in Keras: for a convolution that is rarely
 * what is wanted. {@link constrain} knows where each layer has its units.
 *
 * @example
 * const layer = tf.layers.dense({ units: 2, inputShape: [3], kernelConstraint: 'nonNeg' });
 * const net = tf.sequential({ layers: [layer] });
 * const constraints = await enforceConstraints(net);
 * console.log(constraints.report().constrained.map(({ constraint }) => constraint).join()); // -> NonNeg
 *
 * @param model - a built LayersModel, or a layer
 * @param options - see {@link EnforceConstraintsOptions}
 * @returns the handle
 * @throws TypeError or RangeError for other arguments, where the filter matches nothing or no weight that trains has a constraint, or a
 * weight is not finite, by path and index; Error when a weight is constrained or parametrized already. Nothing has changed then
 */
export async function enforceConstraints(
  model: ModelLike | LayerLike,
  options: EnforceConstraintsOptions = {},
): Promise<Constraints> {
  checkOptions(fn, options, ['filter']);
  checkLayer(fn, 'model', model);
  const { filter } = options;
  return exclusively(fn, weightsOf(model, undefined, fn), async () => {
    const made = weightsOf(model, filter, fn).flatMap((weight) => {
      const constraint = stockConstraint(weight);
      return constraint ? [{ weight, constraint, reason: reasonNot(weight) }] : [];
    });
    const held = made.filter(({ reason }) => reason === undefined);
    checkRange(
      held.length > 0,
      `${fn}: model must have a weight that trains and was made with a constraint`,
      model.name,
    );
    return hold(
      fn,
      held.map(({ weight, constraint }) => heldTo(weight, constraint)),
      made.flatMap(({ weight: { path }, reason }) => (reason === undefined ? [] : [{ path, reason }])),
    );
  });
}
