import * as tf from '@tensorflow/tfjs-core';
import {
  checkIdle,
  checkThawed,
  checkUses,
  type LayerLike,
  type Parametrization,
  parametrizationsOf,
  type Transform,
  type Weight,
} from '@weightkit/core';
import { findWeight } from '../norms/find-weight.ts';
import { parametrizeKeeping } from '../norms/parametrize-keeping.ts';
import { type FactorStructure, isFactored, type Structure } from './structure.ts';
import { checkStructureOptions, type StructureOptions, structureOf } from './structures.ts';

/** What {@link structured} gives a structure and which. */
export interface StructuredOptions extends StructureOptions {
  /**
   * The layer's property; only with a layer. An RNN layer finds its cell's.
   *
   * @defaultValue `kernel`
   */
  property?: string;
}

/** How far a weight was from its structure; see {@link Structured.measure}. */
export interface StructuredCheck {
  /** The Euclidean distance, over all entries. */
  distance: number;
  /** The largest change of an entry. */
  moved: number;
}

/** A structure in place; see {@link structured}. */
export interface Structured extends Parametrization {
  /** How far from its structure the weight was that installation found, or that was written last: 0 where it had it. */
  measure(): Promise<StructuredCheck>;
}

const fn = 'structured';
const KIND = 'structured';

/**
 * Trains a layer's weight within a structure: symmetric, skew, triangular, block-diagonal, circulant, positive, doubly stochastic, of columns
 * that are probabilities or in the unit ball, of low or of a fixed rank, almost orthogonal, or a Kronecker product. The layer computes with
 * the map of free numbers, which the optimizer trains in place of the weight. The layer stays as it is; `fold()` leaves the structured
 * weight in it, and `saveFolded` of `@weightkit/core` writes it at any time.
 *
 * Most maps are of numbers x of the weight's shape, and {@link structuredMap} has them; no new optimizer is needed then. Four are of factors
 * that train beside the weight, which stays as it was with a gradient of 0: compile with a NEW optimizer afterwards, or they are not trained
 * (`needsRecompile`), and again after `fold()` or `restore()`.
 *
 * - `lowRank`: L · R of `rank` columns and rows
 * - `fixedRank`: U diag(s) Vᵀ of exactly `rank` singular values s = `floor` + log(1 + eˣ)
 * - `almostOrthogonal`: U diag(s) Vᵀ with all singular values within `radius` of 1, s = 1 + `radius` · tanh x
 * - `kronecker`: A ⊗ B with A of the sizes `factor`
 *
 * The maps of singular values are those of geotorch. U and V are the polar factors of free columns, which begin as the weight's own singular
 * vectors: on WebGPU it takes seconds to find these where the shorter side, or the rank, is in the hundreds.
 *
 * Matrices are those of the last two axes, `[in, out]` of a dense kernel and of a convolution at each position: torch has them mirrored.
 *
 * A weight that has the structure is kept, at installation and when it is written: by a projection with its bits, by the others to rounding.
 * Any other goes to the nearest, and `measure()` says how far that was: of `lowRank`, `fixedRank` and `kronecker` that of the singular
 * values, to as much as ten steps of an iteration leave; of `doublyStochastic` to what Sinkhorn's steps make of it, which is not the nearest
 * in the Euclidean sense. `positive`, `simplex` and `doublyStochastic` take what is below 1e-4 there, for at 0 no step moves, `fixedRank`
 * what is less than 1e-4 above its floor, and `almostOrthogonal` the last thousandth of its radius. `restore()` leaves the raw weight where
 * installation does not touch it, and for `positive`, `simplex` and `doublyStochastic` the weight as it was before, bit for bit. Regularizers
 * act on x, of factors on the weight that stays. Projections stack with other parametrizations; the others are refused above one.
 *
 * @example
 * const handle = structured(model.layers[0], { structure: 'positive' });
 * console.log((await handle.measure()).moved >= 0); // -> true
 * handle.fold(); // after training: a plain layer again
 *
 * @param target - a built layer, or a weight from `weightsOf`
 * @param options - see {@link StructuredOptions}
 * @returns the parametrization, with `measure`
 * @throws TypeError or RangeError when there is no such weight or structure, or its shape does not fit; Error when the weight is
 * constrained, frozen by `freeze` or, for those that are no projections, parametrized; nothing has changed then
 */
export function structured(target: LayerLike | Weight, options: StructuredOptions): Structured {
  checkStructureOptions(fn, options, ['property']);
  const weight = findWeight(fn, target, options.property);
  const structure = structureOf(fn, weight.path, options, weight.shape);
  const below = weight.layer && parametrizationsOf(weight.layer).find(({ raw }) => raw === weight.variable);
  if (below && (isFactored(structure) || structure.inverse))
    throw new Error(
      `${fn}: weight must not be parametrized already to be ${options.structure}, got ${weight.path} with ${below.kind ?? 'another'}`,
    );
  checkUses(fn, weight);
  checkThawed(fn, weight);
  checkIdle(fn, [weight]);
  return install(weight, structure);
}

/** Variables for how far a weight was, and what notes it. */
function distances(): { far: tf.Variable; note(before: tf.Tensor, after: tf.Tensor): void } {
  const far = tf.tidy(() => tf.variable(tf.zeros([2]), false));
  return {
    far,
    note(before, after) {
      const change = tf.abs(tf.sub(after, before));
      const moved = before.size === 0 ? tf.scalar(0) : tf.max(change);
      // Over the largest, so that no square overflows.
      const small = tf.div(change, tf.add(moved, tf.cast(tf.equal(moved, 0), 'float32')));
      far.assign(tf.stack([tf.mul(moved, tf.sqrt(tf.sum(tf.square(small)))), moved]) as tf.Tensor1D);
    },
  };
}

/** The first, with a gradient of 0 for the second: an optimizer steps both. */
const beside = (value: tf.Tensor, still: tf.Tensor): tf.Tensor =>
  tf.customGrad((...args) => {
    const [given, held, save] = args as unknown as [tf.Tensor, tf.Tensor, (saved: tf.Tensor[]) => void];
    save([held]);
    return { value: tf.clone(given), gradFunc: (dy: tf.Tensor, [held]: tf.Tensor[]) => [dy, tf.zerosLike(held!)] };
  })(value, still);

/** Factors train beside the weight, which stays as it was. */
function transformOf(
  weight: Weight,
  structure: Structure | FactorStructure,
  note: (before: tf.Tensor, after: tf.Tensor) => void,
): Transform {
  if (!isFactored(structure)) {
    const { map, inverse } = structure;
    return {
      forward: map,
      rightInverse(w) {
        const x = inverse ? inverse(w) : w;
        note(w, map(x));
        return x;
      },
      kind: KIND,
      fn: KIND,
    };
  }
  const { compose, factors, names } = structure;
  const shape = [...weight.shape];
  // Asked for once for each factor, of one weight.
  let last: { of: tf.Tensor; factors: Record<string, tf.Tensor> } | undefined;
  const factorsOf = (w: tf.Tensor): Record<string, tf.Tensor> => {
    const isGone = last && Object.values(last.factors).some(({ isDisposed }) => isDisposed);
    if (last?.of !== w || isGone) last = { of: w, factors: factors(w) };
    return last.factors;
  };
  return {
    forward: (w, its) => beside(compose(its, shape), w),
    rightInverse(w) {
      note(w, compose(factorsOf(w), shape));
      last = undefined;
      return w;
    },
    variables: Object.fromEntries(names.map((name) => [name, (w: tf.Tensor) => factorsOf(w)[name]!])),
    kind: KIND,
    fn: KIND,
  };
}

function install(weight: Weight, structure: Structure | FactorStructure): Structured {
  const before = !isFactored(structure) && structure.inverse ? [weight.read()] : [];
  const { far, note } = distances();
  const handle = parametrizeKeeping(weight, transformOf(weight, structure, note), [far, ...before], (raw) => {
    // Not where the model is gone, and its weight with it.
    const [value] = before;
    if (value && !raw.isDisposed) tf.tidy(() => raw.assign(tf.clone(value)));
  });
  return Object.assign(handle, {
    async measure(): Promise<StructuredCheck> {
      if (!handle.installed)
        throw new Error(`measure: parametrization must be in place, got one already removed from ${weight.path}`);
      // A tensor of its own: WebGPU reads later, and who waits may take the structure off in the meantime.
      const held = tf.clone(far as tf.Tensor);
      try {
        const [distance, moved] = await held.data();
        return { distance: distance!, moved: moved! };
      } finally {
        held.dispose();
      }
    },
  });
}
