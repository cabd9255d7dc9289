import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { unitAxes } from './unit-axes.ts';

/** How {@link normalizeWeight} splits a weight into units. */
export interface NormalizeWeightOptions {
  /**
   * The axis, or axes, that number the output units: the norm is over all others. Negative counts from the end. `null`: one
   * norm for the whole tensor.
   *
   * @defaultValue the last axis, where tfjs has the output units of dense, convolution and recurrent kernels
   */
  axis?: number | readonly number[] | null;
}

// The smallest normal float32: below it a quotient by the norm has no accuracy, or is infinite.
const SMALLEST = 2 ** -126;

/**
 * The direction v / ‖v‖ and the norm ‖v‖ of each unit, with sizes 1 on the other axes. By way of the largest entry, so that no
 * square under- or overflows; a zero unit has direction 0 and norm 0.
 */
function polar(v: tf.Tensor, axes: readonly number[]): { direction: tf.Tensor; norm: tf.Tensor } {
  const over = v.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const largest = tf.max(tf.abs(v), over, true);
  const isZero = tf.less(largest, SMALLEST);
  const scaled = tf.div(v, tf.where(isZero, tf.onesLike(largest), largest));
  const length = tf.sqrt(tf.sum(tf.square(scaled), over, true));
  const zero = tf.zerosLike(length);
  const direction = tf.where(
    tf.broadcastTo(isZero, v.shape),
    tf.zerosLike(v),
    tf.div(scaled, tf.where(isZero, tf.onesLike(length), length)),
  );
  return { direction, norm: tf.where(isZero, zero, tf.mul(largest, length)) };
}

const unitShape = (shape: readonly number[], axes: readonly number[]): number[] => axes.map((i) => shape[i]!);

/** ‖v‖ of each unit, in the shape of the unit axes. */
export const unitNorms = (v: tf.Tensor, axes: readonly number[]): tf.Tensor =>
  tf.tidy(() => tf.reshape(polar(v, axes).norm, unitShape(v.shape, axes)));

/**
 * The gradients of g · v / ‖v‖: dg = dw · v̂ and dv = g / ‖v‖ · (dw − v̂ dg), orthogonal to v.
 */
function gradients(dw: tf.Tensor, v: tf.Tensor, g: tf.Tensor, axes: readonly number[]): [tf.Tensor, tf.Tensor] {
  const { direction, norm } = polar(v, axes);
  const over = v.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const dg = tf.sum(tf.mul(dw, direction), over, true);
  const isZero = tf.equal(norm, 0);
  const rate = tf.where(
    isZero,
    tf.zerosLike(norm),
    tf.div(tf.reshape(g, norm.shape), tf.where(isZero, tf.onesLike(norm), norm)),
  );
  return [tf.mul(rate, tf.sub(dw, tf.mul(direction, dg))), tf.reshape(dg, g.shape)];
}

/**
 * Weight normalization: a weight of given direction and given length,
 *
 *     w = g · v / ‖v‖
 *
 * one Euclidean norm per output unit (Salimans and Kingma 2016, https://arxiv.org/abs/1602.07868). Differentiable once, in
 * closed form: dg = v̂ · dw, dv = g / ‖v‖ · (dw − v̂ dg) with v̂ = v / ‖v‖, so that dv is orthogonal to v.
 *
 * Free of NaN: a unit whose entries are all below 2⁻¹²⁶ in size counts as zero and has w = 0, dg = 0 and dv = 0 (PyTorch gives
 * NaN), so it stays zero in training. Where v is 0, w is +0 whatever the sign of g. No square under- or overflows. Values are
 * not checked, for that would be a download: what is not finite goes in and comes out.
 *
 * @example
 * const w = normalizeWeight(tf.tensor2d([[3], [4]]), tf.tensor1d([10]));
 * console.log(await w.array()); // -> [ [ 6 ], [ 8 ] ]
 *
 * @param v - the direction, of any length but of rank 2 or more unless `axis` is null; borrowed
 * @param g - the lengths, in the shape of the unit axes: `[out]` for a kernel `[..., in, out]`, a scalar for `axis: null`; borrowed
 * @param options - see {@link NormalizeWeightOptions}
 * @returns w, in the shape of v
 * @throws TypeError or RangeError when an argument is no tensor, the axis is not there or the shape of g does not fit
 */
export function normalizeWeight(v: tf.Tensor, g: tf.Tensor, options: NormalizeWeightOptions = {}): tf.Tensor {
  checkOptions('normalizeWeight', options, ['axis']);
  checkType(v instanceof tf.Tensor, 'normalizeWeight: v must be a tensor', v);
  checkType(g instanceof tf.Tensor, 'normalizeWeight: g must be a tensor', g);
  const { axis = -1 } = options;
  const axes = unitAxes('normalizeWeight', v.rank, axis);
  const expected = unitShape(v.shape, axes);
  checkRange(tf.util.arraysEqual(g.shape, expected), `normalizeWeight: g must have shape [${expected}]`, g.shape);
  const op = tf.customGrad((...args) => {
    const [direct, length, save] = args as unknown as [tf.Tensor, tf.Tensor, (saved: tf.Tensor[]) => void];
    save([direct, length]);
    const { direction, norm } = polar(direct, axes);
    return {
      // + 0 makes the -0 of a zero under a negative g a +0.
      value: tf.add(tf.mul(direction, tf.reshape(length, norm.shape)), 0),
      gradFunc: (dw: tf.Tensor, saved: tf.Tensor[]) => gradients(dw, saved[0]!, saved[1]!, axes),
    };
  });
  return tf.tidy(() => op(v, g));
}
