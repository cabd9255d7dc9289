import * as tf from '@tensorflow/tfjs-core';
import {
  checkIdle,
  checkThawed,
  checkUses,
  type LayerLike,
  type Parametrization,
  parametrizationsOf,
  type Weight,
} from '@weightkit/core';
import { findWeight } from '../norms/find-weight.ts';
import { parametrizeKeeping } from '../norms/parametrize-keeping.ts';
import type { Structure } from './structure.ts';
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
 * Trains a layer's weight within a structure: symmetric, skew, triangular, block-diagonal, circulant, positive, or of columns that are
 * probabilities or in the unit ball. The layer computes with
 * the map of free numbers x, which the optimizer trains in place of the weight; {@link structuredMap} has the maps. The layer stays as it
 * is; `fold()` leaves the structured weight in it, and `saveFolded` of `@weightkit/core` writes it at any time. No new optimizer is needed.
 *
 * Matrices are those of the last two axes, `[in, out]` of a dense kernel and of a convolution at each position: torch has them mirrored.
 *
 * A weight that has the structure is kept, at installation and when it is written: by a projection with its bits, by `positive` and
 * `simplex` to rounding. Any other goes to the nearest, and `measure()` says how far that was; these two take what is below 1e-4 there, for at 0
 * no step moves. `restore()` leaves the raw weight of a projection, which installation does not touch, and for these two the weight as it was
 * before, bit for bit. Regularizers act on x. Projections stack with other parametrizations; these two are refused above one.
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
 * constrained, frozen by `freeze` or, for `positive` and `simplex`, parametrized; nothing has changed then
 */
export function structured(target: LayerLike | Weight, options: StructuredOptions): Structured {
  checkStructureOptions(fn, options, ['property']);
  const weight = findWeight(fn, target, options.property);
  const structure = structureOf(fn, weight.path, options, weight.shape);
  const below = weight.layer && parametrizationsOf(weight.layer).find(({ raw }) => raw === weight.variable);
  if (below && structure.inverse)
    throw new Error(
      `${fn}: weight must not be parametrized already to be ${options.structure}, got ${weight.path} with ${below.kind ?? 'another'}`,
    );
  checkUses(fn, weight);
  checkThawed(fn, weight);
  checkIdle(fn, [weight]);
  return install(weight, structure);
}

function install(weight: Weight, { map, inverse }: Structure): Structured {
  const before = inverse ? [weight.read()] : [];
  const far = tf.tidy(() => tf.variable(tf.zeros([2]), false));
  const rightInverse = (w: tf.Tensor): tf.Tensor => {
    const x = inverse ? inverse(w) : w;
    const change = tf.abs(tf.sub(map(x), w));
    const moved = w.size === 0 ? tf.scalar(0) : tf.max(change);
    // Over the largest, so that no square overflows.
    const small = tf.div(change, tf.add(moved, tf.cast(tf.equal(moved, 0), 'float32')));
    far.assign(tf.stack([tf.mul(moved, tf.sqrt(tf.sum(tf.square(small)))), moved]) as tf.Tensor1D);
    return x;
  };
  const handle = parametrizeKeeping(weight, { forward: map, rightInverse, kind: KIND }, [far, ...before], (raw) => {
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
