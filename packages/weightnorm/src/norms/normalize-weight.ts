import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { largestOfUnits, sumOfUnits } from './by-unit.ts';
import { nearNorms, normalizeAtHand, normalizeByOperations } from './normalize-at-hand.ts';
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

// What a zero unit is divided by: anything below SMALLEST comes out as 0.
const HUGE = 2 ** 127;

/** A weight as ‖v‖ times its direction. `largest`, `length` and `dead` have one value per unit, with sizes 1 on the other axes. */
interface Polar {
  /** v over the largest entry of its unit, so that no square under- or overflows; 0 in a zero unit. */
  scaled: tf.Tensor;
  /** The largest |entry|. */
  largest: tf.Tensor;
  /** ‖scaled‖; 1 in a zero unit. ‖v‖ is `largest` times this. */
  length: tf.Tensor;
  /** 1 in a zero unit, else 0. */
  dead: tf.Tensor;
}

function polar(v: tf.Tensor, axes: readonly number[]): Polar {
  const largest = largestOfUnits(tf.abs(v), axes);
  const dead = tf.cast(tf.less(largest, SMALLEST), 'float32');
  const scaled = tf.div(v, tf.add(largest, tf.mul(dead, HUGE)));
  return { scaled, largest, length: tf.add(tf.sqrt(sumOfUnits(tf.square(scaled), axes)), dead), dead };
}

const unitShape = (shape: readonly number[], axes: readonly number[]): number[] => axes.map((i) => shape[i]!);

/** ‖v‖ of each unit, in the shape of the unit axes. */
export const unitNorms = (v: tf.Tensor, axes: readonly number[]): tf.Tensor =>
  tf.tidy(() => {
    const near = nearNorms(v, SMALLEST, axes);
    if (near) return tf.tensor(new Float32Array(near), unitShape(v.shape, axes));
    const { largest, length, dead } = polar(v, axes);
    return tf.reshape(tf.mul(largest, tf.sub(length, dead)), unitShape(v.shape, axes));
  });

/** The gradients of g · v / ‖v‖: dg = dw · v̂ and dv = g / ‖v‖ · (dw − v̂ dg), orthogonal to v; `rate` is g / ‖scaled‖. */
function gradients(dw: tf.Tensor, { scaled, largest, length, dead }: Polar, rate: tf.Tensor, axes: readonly number[]) {
  const { shape } = scaled;
  const dg = tf.div(sumOfUnits(tf.mul(dw, scaled), axes), length);
  const along = tf.mul(scaled, tf.div(dg, length));
  const step = tf.div(tf.mul(rate, tf.sub(1, dead)), tf.add(largest, dead));
  return [tf.mul(step, tf.sub(dw, along)), tf.reshape(dg, unitShape(shape, axes))];
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
  checkTensor('normalizeWeight', 'v', v, 'float32');
  checkTensor('normalizeWeight', 'g', g, 'float32');
  const { axis = -1 } = options;
  const axes = unitAxes('normalizeWeight', v.rank, axis);
  const expected = unitShape(v.shape, axes);
  checkRange(tf.util.arraysEqual(g.shape, expected), `normalizeWeight: g must have shape [${expected}]`, g.shape);
  const op = tf.customGrad((...args) => {
    const [direct, long, save] = args as unknown as [tf.Tensor, tf.Tensor, (saved: tf.Tensor[]) => void];
    const near = normalizeAtHand(direct, long, SMALLEST, axes) ?? normalizeByOperations(direct, long, axes);
    if (near) {
      save([direct]);
      return near;
    }
    const { scaled, largest, length, dead } = polar(direct, axes);
    const rate = tf.div(tf.reshape(long, length.shape), length);
    save([scaled, largest, length, dead, rate]);
    return {
      // + 0 makes the -0 of a zero under a negative g a +0.
      value: tf.add(tf.mul(scaled, rate), 0),
      gradFunc: (dw: tf.Tensor, saved: tf.Tensor[]) => {
        const [scaled, largest, length, dead, rate] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        return gradients(dw, { scaled, largest, length, dead }, rate, axes);
      },
    };
  });
  return tf.tidy(() => op(v, g));
}
