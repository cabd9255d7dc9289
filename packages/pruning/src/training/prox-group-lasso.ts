import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkNumber, checkNumbers, checkOptions, checkRange } from '@weightkit/numerics/check';

/** Options of {@link proxGroupLasso}. */
export interface ProxGroupLassoOptions {
  /** λ, times the step size in training: a finite number, 0 or more. */
  strength: number;
  /**
   * The axis whose indices are the groups, negative from the end, or several, of which each combination of indices is a group; all
   * axes make each entry a group, which is the lasso. Of a dense kernel `[in, out]` -1 makes a group of each unit.
   * @defaultValue -1
   */
  axis?: number | readonly number[];
}

/** The axes that are summed over, and the size of a group. */
function groupsOf(shape: readonly number[], axis: number | readonly number[]): { axes: number[]; size: number } {
  const rank = shape.length;
  const given = typeof axis === 'number' ? [axis] : axis;
  const rule = `proxGroupLasso: axis must be an integer in [-${rank}, ${rank}) or a list of these`;
  checkNumbers(rule, given, (one) => Number.isInteger(one) && one >= -rank && one < rank);
  checkRange(given.length > 0, rule, given);
  const kept = new Set(Array.from(given, (one) => (one < 0 ? one + rank : one)));
  const axes = shape.map((_, i) => i).filter((i) => !kept.has(i));
  return { axes, size: axes.reduce((product, i) => product * shape[i]!, 1) };
}

/**
 * The proximal step of the group lasso: the u that makes ½ ‖u - w‖² + λ Σ √|g| ‖u_g‖ smallest, which is w_g * max(0, 1 - λ √|g| / ‖w_g‖)
 * for each group g. Groups whose norm is λ √|g| or less become exactly +0, the others shrink by that much.
 *
 * Yuan and Lin 2006, https://doi.org/10.1111/j.1467-9868.2005.00532.x; the step: Parikh and Boyd 2014, section 6.5.1,
 * https://doi.org/10.1561/2400000003
 *
 * @example
 * const w = tf.tensor2d([[3, 0.3], [4, 0.4]]);
 * const u = proxGroupLasso(w, { strength: Math.SQRT1_2 });
 * console.log(Array.from(await u.data(), (v) => v.toFixed(2)).join(' ')); // -> 2.40 0.00 3.20 0.00
 *
 * @param w - the weight, of one axis or more; borrowed
 * @param options - how strong, and what the groups are
 * @returns a tensor of w's shape; the caller disposes it
 * @throws TypeError for what is no float32 tensor; RangeError for a strength below 0 or an axis that w has not
 */
export function proxGroupLasso(w: tf.Tensor, options: ProxGroupLassoOptions): tf.Tensor {
  checkTensor('proxGroupLasso', 'w', w, 'float32');
  checkOptions('proxGroupLasso', options, ['strength', 'axis']);
  const { strength, axis = -1 } = options ?? {};
  checkNumber('proxGroupLasso: strength must be finite, 0 or more', strength, (s) => Number.isFinite(s) && s >= 0);
  checkRange(w.rank > 0, 'proxGroupLasso: w must have an axis', w.shape);
  const { axes, size } = groupsOf(w.shape, axis);
  const threshold = strength * Math.sqrt(size);
  return tf.tidy(() => {
    const norms = axes.length === 0 ? tf.abs(w) : tf.sqrt(tf.sum(tf.square(w), axes, true));
    const stays = tf.greater(norms, threshold);
    const ones = tf.fill(norms.shape, 1);
    const shrunk = tf.sub(1, tf.div(threshold, tf.where(stays, norms, ones)));
    const scale = tf.where(stays, shrunk, tf.fill(norms.shape, 0));
    // 0 times a negative number is -0, and that plus 0 is +0.
    return tf.add(tf.mul(w, scale), 0);
  });
}
