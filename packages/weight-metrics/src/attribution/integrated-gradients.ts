import * as tf from '@tensorflow/tfjs-core';
import { checkTensor, type ModelLike } from '@weightkit/core';
import { checkInteger, checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { gaussLegendre } from './gauss-legendre.ts';
import { type GradientOptions, inputGradient, outputOf } from './input-gradient.ts';

/** Options of {@link integratedGradients}. */
export interface IntegratedGradientsOptions extends GradientOptions {
  /**
   * The input that says nothing, from which the way to x begins: a number for all entries, or a tensor of the shape of x or of one
   * example [1, ...].
   * @defaultValue 0
   */
  baseline?: number | tf.Tensor;
  /**
   * At so many points of the way the gradient is taken: a whole number from 1 to 1000.
   * @defaultValue 50
   */
  steps?: number;
}

/** Attributions, and how far they are from complete. */
export interface IntegratedGradients {
  /** What each entry of x adds to the output over that of the baseline, in the shape of x. */
  attributions: tf.Tensor;
  /** Per example, the sum of its attributions minus what the output changes by from baseline to x; 0 for an exact integral. */
  residual: tf.Tensor;
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** Throws unless baseline and steps, where they are given, can be for this x. */
export function checkIntegral(
  fn: string,
  { baseline = 0, steps = 50 }: IntegratedGradientsOptions,
  { shape }: tf.Tensor,
): void {
  checkInteger(fn, 'steps', steps, 1, 1000);
  if (typeof baseline === 'number') {
    checkNumber(`${fn}: baseline must be finite in float32`, baseline, (b) => Number.isFinite(Math.fround(b)));
    return;
  }
  checkTensor(fn, 'baseline', baseline, 'float32', 'int32', 'bool');
  const one = [1, ...shape.slice(1)];
  checkRange(
    same(baseline.shape, shape) || same(baseline.shape, one),
    `${fn}: baseline must be a number or have shape [${shape}] or [${one}]`,
    baseline.shape,
  );
}

/**
 * What each entry of the input adds to an output, compared with a baseline: its gradient, averaged over the straight way from the
 * baseline to x, times the difference. The attributions of an example add up to the change of the output (completeness), up to the error
 * of the integral, which `residual` gives. Gauss-Legendre's rule, captum's default: exact to rounding where the output is smooth, and
 * off by about 1 / steps at the kinks of ReLU.
 *
 * Sundararajan, Taly and Yan 2017, https://arxiv.org/abs/1703.01365
 *
 * @example
 * const { attributions, residual } = integratedGradients(model, x, { output: 1, baseline: 0 });
 * console.log(attributions.shape.join(), residual.shape.join()); // -> 64,10 64
 *
 * @param model - a built LayersModel of one input and one output tensor, at inference; it need not be compiled
 * @param x - a batch of its inputs, borrowed; each step runs it once forward and once back
 * @returns two tensors, which the caller disposes
 * @throws TypeError or RangeError for another model, x or options; Error where an operation has no gradient on this backend
 */
export function integratedGradients(
  model: ModelLike,
  x: tf.Tensor,
  options: IntegratedGradientsOptions = {},
): IntegratedGradients {
  const fn = 'integratedGradients';
  checkOptions(fn, options, ['output', 'baseline', 'steps']);
  const { baseline = 0, steps = 50 } = options;
  const output = outputOf(fn, model, x, options.output);
  checkIntegral(fn, options, x);
  const { nodes, weights } = gaussLegendre(steps);
  return tf.tidy(() => {
    const end = tf.cast(x, 'float32');
    const begin = tf.add(tf.zerosLike(end), typeof baseline === 'number' ? baseline : tf.cast(baseline, 'float32'));
    const way = tf.sub(end, begin);
    const attributions = tf.mul(meanGradient(fn, output, begin, way, { nodes, weights }), way);
    const change = tf.sub(output(end), output(begin));
    const residual = tf.sub(tf.sum(tf.reshape(attributions, [end.shape[0]!, -1]), 1), change);
    return { attributions, residual };
  });
}

/** The gradient's mean over the way, one point after the other so that memory does not grow with their number. */
function meanGradient(
  fn: string,
  output: (x: tf.Tensor) => tf.Tensor,
  begin: tf.Tensor,
  way: tf.Tensor,
  { nodes, weights }: { nodes: readonly number[]; weights: readonly number[] },
): tf.Tensor {
  return nodes.reduce<tf.Tensor>((mean, node, k) => {
    const next = tf.tidy(() => {
      const gradient = inputGradient(fn, output, tf.add(begin, tf.mul(way, node)));
      return tf.add(mean, tf.mul(gradient, weights[k]!));
    });
    mean.dispose();
    return next;
  }, tf.zerosLike(way));
}
