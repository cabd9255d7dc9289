import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkInteger, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { planOf } from '../grids/block-plan.ts';
import type { CheckedGrid } from '../grids/grid-options.ts';
import { type CodeRange, codeRange, type IntegerDtype, isIntegerDtype, LEAST_SCALE } from '../grids/integers.ts';
import { parametersOfSteps, valuesOnDevice } from './grid-kernels.ts';
import { valuesNow } from './on-grid.ts';
import { integersOnGrid } from './on-grid-at-hand.ts';

/** Options of {@link learnedStep} and {@link initialStep}. */
export interface LearnedStepOptions {
  /**
   * The codes: integers with a sign around 0, or from 0 on for values that are never below it.
   *
   * @defaultValue `'int8'`
   */
  dtype?: IntegerDtype | undefined;
  /**
   * The axis whose indices have a step each; null: one step for all values. Negative counts from the end.
   *
   * @defaultValue null
   */
  axis?: number | null | undefined;
}

/** What options and a shape say. */
export interface Steps {
  dtype: IntegerDtype;
  limits: CodeRange;
  /** The axis of the steps, 0 or more; null for one step. */
  axis: number | null;
  /** The shape of the steps. */
  shape: number[];
  /** The shape by which steps meet values. */
  wide: number[];
  /** Edges of the blocks. */
  block: number[];
  /** Values with one step. */
  each: number;
}

/** Throws unless options are right and fit a shape. */
export function stepsOf(fn: string, shape: readonly number[], options: LearnedStepOptions): Steps {
  checkOptions(fn, options, ['dtype', 'axis']);
  const { dtype = 'int8', axis = null } = options;
  checkType(isIntegerDtype(dtype), `${fn}: dtype must be among int2 to int8, uint2 to uint8, uint16`, dtype);
  const limits = codeRange(dtype, false);
  if (axis === null) {
    const block = shape.map((n) => Math.max(n, 1));
    return { dtype, limits, axis, shape: [], wide: shape.map(() => 1), block, each: tf.util.sizeFromShape([...shape]) };
  }
  checkInteger(fn, 'axis', axis, -shape.length, shape.length - 1);
  const along = axis < 0 ? axis + shape.length : axis;
  const only = (inside: number, outside: (n: number) => number) =>
    shape.map((n, i) => (i === along ? inside : outside(n)));
  return {
    dtype,
    limits,
    axis: along,
    shape: [shape[along]!],
    wide: only(shape[along]!, () => 1),
    block: only(1, (n) => Math.max(n, 1)),
    each: only(1, (n) => n).reduce((a, b) => a * b, 1),
  };
}

/** Sums or means over what has one step, in the shape of the steps. */
const overEach = (x: tf.Tensor, { axis, shape }: Steps, reduce: (x: tf.Tensor, axes?: number[]) => tf.Tensor) =>
  tf.reshape(
    axis === null
      ? reduce(x)
      : reduce(
          x,
          x.shape.flatMap((_, i) => (i === axis ? [] : [i])),
        ),
    shape,
  );

/** {@link initialStep} of options that were checked. */
export function firstSteps(w: tf.Tensor, steps: Steps): tf.Tensor {
  return tf.tidy(() => {
    const mean = overEach(tf.abs(w), steps, (x, axes) => tf.mean(x, axes));
    const step = tf.mul(mean, 2 / Math.sqrt(steps.limits.most));
    return tf.where(tf.greater(step, LEAST_SCALE), step, tf.onesLike(step));
  });
}

/**
 * The steps that LSQ begins with: 2 · mean |w| / √Q_P, where Q_P is the last code; 1 for zeros.
 *
 * @example
 * const w = tf.tensor2d([[1, -2], [3, -4]]);
 * console.log(await initialStep(w, { dtype: 'int2' }).data()); // -> Float32Array(1) [ 5 ]
 * console.log(await initialStep(w, { dtype: 'int2', axis: 0 }).data()); // -> Float32Array(2) [ 3, 7 ]
 *
 * @param w - a float32 tensor of any shape with an entry or more, borrowed
 * @param options - see {@link LearnedStepOptions}
 * @returns a new scalar, or [n] for an axis of n
 * @throws TypeError or RangeError for a tensor that is not float32 or is empty, or options out of range
 */
export function initialStep(w: tf.Tensor, options: LearnedStepOptions = {}): tf.Tensor {
  checkTensor('initialStep', 'w', w, 'float32');
  const steps = stepsOf('initialStep', w.shape, options);
  checkRange(w.size > 0, 'initialStep: w must have an entry or more', w.shape);
  return firstSteps(w, steps);
}

/** The nearest codes times the steps, each over a divisor, without a gradient. */
export function roundedBySteps(
  w: tf.Tensor,
  step: tf.Tensor,
  { dtype, limits, block }: Pick<Steps, 'dtype' | 'limits' | 'block'>,
  divisor = 1,
): tf.Tensor {
  const scales = valuesNow(step)?.slice();
  const values = valuesNow(w);
  if (values && scales) {
    const parameters = {
      scales: scales.map((s) => Math.max(Math.fround(Math.abs(s) / divisor), LEAST_SCALE)),
      zeroPoints: null,
    };
    return tf.tensor(integersOnGrid(values, limits, parameters, planOf(w.shape, block)).values, w.shape);
  }
  const grid: CheckedGrid = {
    dtype,
    law: 'noClipping',
    limits,
    block,
    ranges: undefined,
    range: undefined,
    percentile: 100,
  };
  return valuesOnDevice(w, parametersOfSteps(step, divisor), grid);
}

/** {@link learnedStep} of options that were checked. */
export function withSteps(w: tf.Tensor, step: tf.Tensor, steps: Steps): tf.Tensor {
  if (w.size === 0) return tf.clone(w);
  const { limits, wide, each } = steps;
  const { least, most } = limits;
  const operation = tf.customGrad((...args) => {
    const [x, s, save] = args as unknown as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    const value = roundedBySteps(x, s, steps);
    save([x, s, value]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, s, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const size = tf.reshape(tf.maximum(tf.abs(s), LEAST_SCALE), wide);
        const v = tf.div(x, size);
        const inside = tf.cast(tf.logicalAnd(tf.greater(v, least), tf.less(v, most)), 'float32');
        const code = tf.round(tf.div(y, size));
        const slope = tf.mul(dy, tf.sub(code, tf.mul(v, inside)));
        const sum = tf.mul(
          overEach(slope, steps, (t, axes) => tf.sum(t, axes)),
          1 / Math.sqrt(each * most),
        );
        return [tf.mul(dy, inside), tf.mul(sum, tf.sign(s))];
      },
    };
  });
  return tf.tidy(() => operation(w, step));
}

/**
 * Rounds a tensor to integers times a step that is learned beside it (LSQ, Esser et al. 2020, https://arxiv.org/abs/1902.08153):
 * with v = w / s and codes from −Q_N to Q_P,
 *
 *     y = round(clip(v, −Q_N, Q_P)) · s
 *     ∂y/∂w = 1 where −Q_N < v < Q_P, else 0
 *     ∂y/∂s = round(v) − v where −Q_N < v < Q_P, else −Q_N or Q_P
 *
 * and the gradient of s, summed over what has that step, is multiplied by 1 / √(n · Q_P), n being how many these are. Begin with
 * {@link initialStep}; {@link trainQuantized} with `learned: true` puts it on the weights of a model.
 *
 * y is (code · s) in float32, rounded once, on every backend the same, bit for bit. The size of s counts, not its sign; it is taken for
 * 2⁻¹²⁶ below that. Values are not checked.
 *
 * @example
 * const w = tf.tensor1d([-3, 0.2, 0.6, 9]);
 * const step = tf.scalar(0.5);
 * console.log(await learnedStep(w, step, { dtype: 'int4' }).array()); // -> [ -3, 0, 0.5, 3.5 ]
 * const [dw] = tf.grads((w, s) => learnedStep(w, s, { dtype: 'int4' }))([w, step]);
 * console.log(await dw.array()); // -> [ 1, 1, 1, 0 ]
 *
 * @param w - a float32 tensor of any shape, borrowed
 * @param step - the step, a scalar, or [n] for an axis of n; float32, borrowed
 * @param options - see {@link LearnedStepOptions}
 * @returns a new tensor of the shape of w
 * @throws TypeError or RangeError for tensors that are not float32, a step of another shape, or options out of range
 */
export function learnedStep<T extends tf.Tensor>(w: T, step: tf.Tensor, options: LearnedStepOptions = {}): T {
  checkTensor('learnedStep', 'w', w, 'float32');
  checkTensor('learnedStep', 'step', step, 'float32');
  const steps = stepsOf('learnedStep', w.shape, options);
  const fits = tf.util.arraysEqual(step.shape, steps.shape);
  checkRange(fits, `learnedStep: step must have shape [${steps.shape}]`, step.shape);
  return withSteps(w, step, steps) as T;
}
