import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkNumber, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { largestOfUnits, sumOfUnits } from './by-unit.ts';
import { unitAxes } from './unit-axes.ts';

/** How deviations are measured; the same for {@link standardizeWeight} and {@link weightStandardization}. */
export interface StandardizeOptions {
  /**
   * `false`: units have variance 1. `true`: variance one over the number of their entries, so that outputs keep the variance of inputs.
   *
   * @defaultValue false
   */
  scaled?: boolean;
  /**
   * What keeps the divisor from 0: added to the variance, or, when `scaled`, the smallest sum of squares. 0 or more.
   *
   * @defaultValue 1e-5; 1e-4 when `scaled`
   */
  epsilon?: number;
  /**
   * A constant factor, above 0: for `scaled` weights before an activation what makes up for the variance that it takes, 1.713 for relu.
   *
   * @defaultValue 1
   */
  gamma?: number;
}

/** Options of {@link standardizeWeight}. */
export interface StandardizeWeightOptions extends StandardizeOptions {
  /**
   * The axis, or axes, that number the output units: mean and variance are over all others. Negative counts from the end. `null`: the
   * whole tensor is one unit.
   *
   * @defaultValue the last axis
   */
  axis?: number | readonly number[] | null;
}

/** Those options, checked. */
export type Standard = Required<StandardizeOptions>;

const inFloat32 = (x: number): boolean => Math.fround(x) < Number.POSITIVE_INFINITY;

/** The options with their defaults, or an error. */
export function checkStandard(fn: string, { scaled = false, epsilon, gamma = 1 }: StandardizeOptions): Standard {
  checkType(typeof scaled === 'boolean', `${fn}: scaled must be true or false`, scaled);
  const least = epsilon === undefined ? (scaled ? 1e-4 : 1e-5) : epsilon;
  checkNumber(`${fn}: epsilon must be 0 or more, and finite in float32`, least, (x) => x >= 0 && inFloat32(x));
  checkNumber(`${fn}: gamma must be above 0, and finite in float32`, gamma, (x) => Math.fround(x) > 0 && inFloat32(x));
  return { scaled, epsilon: least, gamma };
}

// Below it deviations count as 0: what is divided by them stays in float32.
const SMALLEST = 2 ** -100;

// What a constant unit is divided by.
const HUGE = 2 ** 127;

/** The sizes of what has one value for each unit. */
export const unitSizes = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((size, i) => (axes.includes(i) ? size : 1));

/** A weight by units. What has one value for each has sizes 1 on the other axes. */
interface Parts {
  /** The unit without its mean, over `size`. */
  small: tf.Tensor;
  /** The largest |entry| without the mean, or √ε where that is larger. */
  size: tf.Tensor;
  /** What `small` is divided by. */
  deviation: tf.Tensor;
  /** The derivative of the deviation's square by half the square of entries. */
  share: tf.Tensor;
  /** 1 where a unit is constant and nothing is added, else 0. */
  dead: tf.Tensor;
}

function partsOf(w: tf.Tensor, axes: readonly number[], { scaled, epsilon }: Standard): Parts {
  const sizes = unitSizes(w.shape, axes);
  const entries = w.size / sizes.reduce((a, b) => a * b, 1);
  // From the first entry on: constants give zeros, and not what is lost in their mean.
  const shifted = tf.sub(w, tf.slice(w, Array(w.rank).fill(0), sizes));
  const centred = tf.sub(shifted, tf.div(sumOfUnits(shifted, axes), entries));
  const root = Math.sqrt(epsilon);
  const largest = tf.maximum(largestOfUnits(tf.abs(centred), axes), root);
  const dead = tf.cast(tf.less(largest, SMALLEST), 'float32');
  const size = tf.add(largest, tf.mul(dead, HUGE));
  const small = tf.div(centred, size);
  const squares = sumOfUnits(tf.square(small), axes);
  const least = tf.div(root, size);
  if (!scaled) {
    const deviation = tf.add(tf.sqrt(tf.add(tf.div(squares, entries), tf.square(least))), dead);
    return { small, size, deviation, share: tf.scalar(1 / entries), dead };
  }
  const length = tf.sqrt(squares);
  const share = tf.cast(tf.greater(length, least), 'float32');
  return { small, size, deviation: tf.add(tf.maximum(length, least), dead), share, dead };
}

/** What the units of a standardized weight are to be multiplied with to be the weight without its means; in the shape of the unit axes. */
export const fittingGain = (w: tf.Tensor, axes: readonly number[], standard: Standard): tf.Tensor =>
  tf.tidy(() => {
    const { size, deviation, dead } = partsOf(w, axes, standard);
    const live = tf.sub(1, dead);
    const gain = tf.add(tf.div(tf.mul(tf.mul(size, live), deviation), standard.gamma), dead);
    return tf.reshape(
      gain,
      axes.map((i) => w.shape[i]!),
    );
  });

/** The function without checks; w has entries. */
export function standardized(w: tf.Tensor, axes: readonly number[], standard: Standard): tf.Tensor {
  const { gamma } = standard;
  const op = tf.customGrad((...args) => {
    const [given, save] = args as unknown as [tf.Tensor, (saved: tf.Tensor[]) => void];
    const { small, size, deviation, share, dead } = partsOf(given, axes, standard);
    const unit = tf.div(small, deviation);
    const rate = tf.div(tf.div(tf.mul(gamma, tf.sub(1, dead)), deviation), size);
    save([unit, rate, share]);
    return {
      value: tf.mul(unit, gamma),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [unit, rate, share] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const along = tf.mul(sumOfUnits(tf.mul(dy, unit), axes), share);
        const turned = tf.sub(dy, tf.mul(unit, along));
        const entries = dy.size / unitSizes(dy.shape, axes).reduce((a, b) => a * b, 1);
        return [tf.mul(tf.sub(turned, tf.div(sumOfUnits(turned, axes), entries)), rate)];
      },
    };
  });
  return tf.tidy(() => op(w));
}

/**
 * Weight standardization: each output unit without its mean and over its standard deviation (Qiao et al. 2019,
 * https://arxiv.org/abs/1903.10520), or, `scaled`, over that and the root of the number n of its entries (Brock et al. 2021,
 * https://arxiv.org/abs/2101.08692, and https://arxiv.org/abs/2102.06171 for NFNets):
 *
 *     γ · (w − μ) / √(σ² + ε)        scaled: γ · (w − μ) / √max(n σ², ε)
 *
 * with the variance σ² over all n entries. Differentiable once, in closed form.
 *
 * Free of NaN: a unit of equal entries has value 0, exactly, and finite gradients; with `epsilon: 0` a unit whose entries are all within
 * 2⁻¹⁰⁰ of their mean counts as such, and its gradients are 0. No square under- or overflows. Values are not checked.
 *
 * @example
 * const w = tf.tensor2d([[1, 5], [3, 5]]); // columns are units
 * console.log((await standardizeWeight(w, { epsilon: 0 }).data()).join(' ')); // -> -1 0 1 0
 *
 * @param w - float32, of rank 2 or more, or 1 or more with `axis: null`; borrowed
 * @param options - see {@link StandardizeWeightOptions}
 * @returns a new tensor like `w`
 * @throws TypeError or RangeError when `w` is no such tensor, has no such axis, or an option is out of range
 */
export function standardizeWeight(w: tf.Tensor, options: StandardizeWeightOptions = {}): tf.Tensor {
  checkOptions('standardizeWeight', options, ['axis', 'scaled', 'epsilon', 'gamma']);
  checkTensor('standardizeWeight', 'w', w, 'float32');
  checkRange(w.rank > 0, 'standardizeWeight: w must have an axis or more', w.shape);
  const { axis = -1 } = options;
  const axes = unitAxes('standardizeWeight', w.rank, axis);
  const standard = checkStandard('standardizeWeight', options);
  return w.size === 0 ? tf.clone(w) : standardized(w, axes, standard);
}
