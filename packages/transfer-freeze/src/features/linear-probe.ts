import type * as tf from '@tensorflow/tfjs-core';
import { checkFinite, checkInteger, checkNumber, checkOptions, checkType } from '@weightkit/numerics/check';
import { accuracyOf, type FitRule, linearFit, scoresOf } from './linear-fit.ts';
import { checkExamples, examplesOf } from './probe-examples.ts';

/** Options of {@link linearProbe}. */
export interface LinearProbeOptions {
  /**
   * Logistic regression on classes, by L-BFGS, or ridge regression on numbers, in closed form.
   * @defaultValue 'logistic'
   */
  kind?: 'logistic' | 'ridge';
  /**
   * λ of λ ‖W‖² / 2 beside the mean loss of an example: above 0. Biases are not held.
   * @defaultValue 1e-3
   */
  penalty?: number;
  /**
   * The largest magnitude in the gradient at which logistic regression ends: above 0.
   * @defaultValue 1e-6
   */
  tolerance?: number;
  /**
   * After how many iterations it ends in any case: an integer of 1 or more.
   * @defaultValue 500
   */
  maxIterations?: number;
}

/** What {@link linearProbe} found. */
export interface LinearProbe {
  /** W, in the layout of a dense layer's kernel: inputs · outputs entries, row-major. */
  kernel: Float32Array;
  /** b, an entry for each output. */
  bias: Float32Array;
  /** The shape of W. */
  shape: [inputs: number, outputs: number];
  /** What was minimized, at the end. */
  loss: number;
  /** The largest magnitude in its gradient at the end. */
  gradient: number;
  /** How many iterations it took; 1 in closed form. */
  iterations: number;
  /** Whether the gradient is within the tolerance; of a closed form true. */
  converged: boolean;
  /** The share of these examples that are put into their classes; null for ridge regression. */
  accuracy: number | null;
}

const fn = 'linearProbe';

/** Throws unless these are options of a fit; gives all of them. */
export function checkFitRule(own: string, options: LinearProbeOptions): FitRule {
  const { kind = 'logistic', penalty = 1e-3, tolerance = 1e-6, maxIterations = 500 } = options;
  checkType(kind === 'logistic' || kind === 'ridge', `${own}: kind must be 'logistic' or 'ridge'`, kind);
  checkNumber(`${own}: penalty must be above 0, and finite`, penalty, (x) => x > 0 && x < Infinity);
  checkNumber(`${own}: tolerance must be above 0, and finite`, tolerance, (x) => x > 0 && x < Infinity);
  checkInteger(own, 'maxIterations', maxIterations, 1);
  return { kind, penalty, tolerance, maxIterations };
}

/**
 * Fits a linear layer to features that do not change, as the last layer of a model whose body is frozen (Alain and Bengio 2016,
 * https://arxiv.org/abs/1610.01644): without a learning rate or epochs, to the one minimum there is.
 *
 * - `logistic`: the mean of −Σ y log softmax(x W + b), plus λ ‖W‖² / 2, by L-BFGS. Targets are numbers of classes, counted from 0, or rows
 *   of shares with a sum of 1. scikit-learn's `LogisticRegression` has C = 1 / (n λ).
 * - `ridge`: the mean of ‖x W + b − y‖² / 2, plus λ ‖W‖² / 2, in closed form. scikit-learn's `Ridge` has alpha = n λ.
 *
 * It is computed in float64, and rounded at the end. Features of several axes are flattened, as `tf.layers.flatten` does.
 *
 * @example
 * const features = tf.tensor2d([-2, 1, -1, 1, 1, 1, 2, 1], [4, 2]);
 * const { kernel, shape, accuracy } = await linearProbe(features, tf.tensor1d([0, 0, 1, 1], 'int32'));
 * console.log(shape.join(), kernel[1] > 0, kernel[2], accuracy); // -> 2,2 true 0 1
 *
 * @param features - float32, [examples, ...]; borrowed
 * @param targets - [examples] or [examples, outputs], see above; borrowed
 * @param options - see {@link LinearProbeOptions}
 * @returns the layer's weights, and how well they fit
 * @throws TypeError or RangeError for other arguments, for what is not finite, and where ridge regression needs a larger penalty
 */
export async function linearProbe(
  features: tf.Tensor,
  targets: tf.Tensor,
  options: LinearProbeOptions = {},
): Promise<LinearProbe> {
  checkOptions(fn, options, ['kind', 'penalty', 'tolerance', 'maxIterations']);
  const rule = checkFitRule(fn, options);
  checkExamples(fn, features, targets);
  const classes = rule.kind === 'logistic';
  const examples = await examplesOf(fn, features, targets, classes);
  const fit = linearFit(fn, examples, rule);
  const kernel = Float32Array.from(fit.kernel);
  checkFinite(fn, 'weights', 'kernel', kernel);
  return {
    kernel,
    bias: Float32Array.from(fit.bias),
    shape: [examples.inputs, examples.outputs],
    loss: fit.loss,
    gradient: fit.slope,
    iterations: fit.iterations,
    converged: !classes || fit.slope <= rule.tolerance,
    accuracy: classes ? accuracyOf(scoresOf(examples.x, fit, examples), examples.y, examples.outputs) : null,
  };
}
