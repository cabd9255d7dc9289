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
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { filledOrthonormal, MANY, orthonormalOnce, scattered } from '../constraints/orthonormal.ts';
import { findWeight } from '../norms/find-weight.ts';
import { parametrizeKeeping } from '../norms/parametrize-keeping.ts';
import { fromMatrix, matrixOf, sidesOf } from '../norms/power-iteration.ts';
import { matrixAxes } from '../norms/spectral-normalize.ts';
import { defaultAxis } from '../norms/unit-axes.ts';
import { mapFor, mapped, type OrthogonalMapName } from './orthogonal-map.ts';

/** What {@link orthogonal} makes orthogonal and how. */
export interface OrthogonalOptions {
  /**
   * The layer's property; only with a layer. An RNN layer finds its cell's.
   *
   * @defaultValue `kernel`
   */
  property?: string;
  /**
   * The axis, or axes, that number the output units.
   *
   * @defaultValue where the layer has its output units; see {@link weightNorm}
   */
  axis?: number | readonly number[];
  /**
   * The map; see {@link orthogonalMap}.
   *
   * @defaultValue `matrixExp` for a square matrix, else `householder`
   */
  map?: OrthogonalMapName;
}

/** How orthogonal a weight is; see {@link Orthogonal.measure}. */
export interface OrthogonalCheck {
  /** The largest |QᵀQ − I|, over the shorter side. */
  drift: number;
  /** The largest change of an entry that installation made: how far the weight was from the nearest orthogonal one. */
  moved: number;
}

/** An orthogonal parametrization in place; see {@link orthogonal}. */
export interface Orthogonal extends Parametrization {
  /** Measures how orthogonal the weight is by now. */
  measure(): Promise<OrthogonalCheck>;
  /**
   * Projects the weight on the nearest orthogonal one and begins there anew: it becomes the base, and the free numbers what they were at
   * installation. That undoes drift, and keeps maps near where they are tame (dynamic trivialization). The optimizer's state stays.
   */
  reproject(): void;
}

const fn = 'orthogonal';
const KIND = 'orthogonal';
/** A square orthogonal matrix whose first columns are those of a tall orthonormal one. */
function completed(q: tf.Tensor2D): tf.Tensor2D {
  const [n, k] = q.shape;
  if (n === k) return q;
  const others = scattered(n, n - k);
  const beside = tf.sub(others, tf.matMul(q, tf.matMul(q, others, true, false))) as tf.Tensor2D;
  const rest = orthonormalOnce(beside, [1], MANY) as tf.Tensor2D;
  return orthonormalOnce(tf.concat([q, rest], 1), [1], 12) as tf.Tensor2D;
}

/** What the free numbers begin with, where the map is the identity. */
function neutral([rows, cols]: [number, number], map: OrthogonalMapName): tf.Tensor2D {
  if (map !== 'householder') return tf.zeros([rows, cols]);
  // A reflection turns its first axis, which the signs turn back.
  const size = Math.max(rows, cols);
  return tf.neg(tf.slice(tf.eye(size), [0, 0], [rows, cols]));
}

/** Where a weight begins: the base. */
function startFrom(w: tf.Tensor, axes: readonly number[]): tf.Tensor2D {
  const matrix = matrixOf(filledOrthonormal(w, axes), axes);
  const isTall = matrix.shape[0] >= matrix.shape[1];
  return completed(isTall ? matrix : (tf.transpose(matrix) as tf.Tensor2D));
}

const numberOf = async (x: tf.Tensor): Promise<number> => {
  const [value] = await x.data();
  x.dispose();
  return value!;
};

/**
 * Trains a layer's weight among the orthogonal matrices: the layer computes with Q = B · map(x) of free numbers x, which the optimizer
 * trains in place of the weight (Lezcano-Casado 2019, https://arxiv.org/abs/1909.09501). B is the orthogonal matrix that is nearest to the
 * weight at installation, and map(x) is I there (trivialization). The layer stays as it is; `fold()` leaves Q in it, and `saveFolded` of
 * `@weightkit/core` writes it at any time. No new optimizer is needed.
 *
 * The weight is read as a matrix with a column for each output unit, whose shorter side becomes orthonormal: columns where a unit has at
 * least as many entries as there are units, else rows. Installation changes what the model predicts, unless the weight was orthogonal:
 * `measure()` says by how much. A weight without full rank, such as zeros, is filled up.
 *
 * Writing the weight goes to the nearest orthogonal one: the right inverse. `restore()` leaves the weight as it was before, bit for bit, for x
 * is none. Regularizers act on x. On a weight that has another parametrization or a constraint it is refused.
 *
 * @example
 * const handle = orthogonal(model.layers[0]);
 * model.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' });
 * console.log((await handle.measure()).drift < 1e-4); // -> true
 * handle.fold(); // after training: a plain layer again
 *
 * @param target - a built layer, or a weight from `weightsOf`
 * @param options - see {@link OrthogonalOptions}
 * @returns the parametrization, with `measure` and `reproject`
 * @throws TypeError or RangeError when there is no such weight, axis or map, or the weight has fewer than two axes; Error when the weight is
 * parametrized, constrained or frozen by `freeze`; nothing has changed then
 */
export function orthogonal(target: LayerLike | Weight, options: OrthogonalOptions = {}): Orthogonal {
  checkOptions(fn, options, ['property', 'axis', 'map']);
  const { property, axis } = options;
  const weight = findWeight(fn, target, property);
  checkRange(weight.shape.length >= 2, `${fn}: ${weight.path} must have two axes or more`, weight.shape);
  const axes = matrixAxes(fn, weight.shape.length, axis === undefined ? defaultAxis(weight) : axis);
  const { units, entries } = sidesOf(weight.shape, axes);
  const map = mapFor(fn, options.map, entries, units);
  const below = weight.layer && parametrizationsOf(weight.layer).find(({ raw }) => raw === weight.variable);
  if (below)
    throw new Error(
      `${fn}: weight must not be parametrized already, got ${weight.path} with ${below.kind ?? 'another'}`,
    );
  checkUses(fn, weight);
  checkThawed(fn, weight);
  checkIdle(fn, [weight]);
  return install(weight, axes, map);
}

function install(weight: Weight, axes: readonly number[], map: OrthogonalMapName): Orthogonal {
  const { units, entries } = sidesOf(weight.shape, axes);
  const kept = tf.tidy(() => {
    const value = weight.read();
    const base = tf.variable(startFrom(value, axes), false);
    const q = fromMatrix(mapped(neutral([entries, units], map), map, base), weight.shape, axes);
    return { base, moved: tf.max(tf.abs(tf.sub(q, value))), before: value };
  });
  const begin = (value: tf.Tensor): tf.Tensor => {
    kept.base.assign(startFrom(value, axes));
    return fromMatrix(neutral([entries, units], map), weight.shape, axes);
  };
  const handle = parametrizeKeeping(
    weight,
    {
      forward: (x) => fromMatrix(mapped(matrixOf(x, axes), map, kept.base), weight.shape, axes),
      rightInverse: begin,
      kind: KIND,
      fn: KIND,
    },
    [kept.base, kept.moved, kept.before],
    (raw) => {
      // Not where the model is gone, and its weight with it.
      if (!raw.isDisposed) tf.tidy(() => raw.assign(tf.clone(kept.before)));
    },
  );
  const { raw } = handle;
  const checkInstalled = (name: string): void => {
    if (!handle.installed)
      throw new Error(`${name}: parametrization must be in place, got one already removed from ${weight.path}`);
  };
  return Object.assign(handle, {
    async measure(): Promise<OrthogonalCheck> {
      checkInstalled('measure');
      const [drift, moved] = tf.tidy(() => {
        const matrix = mapped(matrixOf(raw, axes), map, kept.base);
        const isTall = entries >= units;
        const gram = tf.matMul(matrix, matrix, isTall, !isTall);
        return [tf.max(tf.abs(tf.sub(gram, tf.eye(gram.shape[0])))), tf.clone(kept.moved)] as [tf.Tensor, tf.Tensor];
      });
      return { drift: await numberOf(drift), moved: await numberOf(moved) };
    },
    reproject() {
      checkInstalled('reproject');
      tf.tidy(() => {
        const value = fromMatrix(mapped(matrixOf(raw, axes), map, kept.base), weight.shape, axes);
        raw.assign(tf.clone(begin(value)));
      });
    },
  });
}
