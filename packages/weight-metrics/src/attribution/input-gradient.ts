import * as tf from '@tensorflow/tfjs-core';
import { checkModel, checkModelAndBatch, checkTensor, gradientsOf, type ModelLike } from '@weightkit/core';
import { checkInteger, checkRange } from '@weightkit/numerics/check';

/** Options of what explains an output by gradients. */
export interface GradientOptions {
  /**
   * The output that is explained, counted over all axes but the batch.
   * @defaultValue 0 where there is one; where there are more it must be given
   */
  output?: number;
}

/** One output of a model as a function of its input: [batch, ...] to [batch]. */
export type OutputOf = (x: tf.Tensor) => tf.Tensor;

interface Applied extends ModelLike {
  inputs: readonly unknown[];
  outputs: readonly { shape: readonly (number | null)[] }[];
  apply(x: tf.Tensor): tf.Tensor;
}

/** Throws unless a model is built and has one input and one output tensor. */
export function checkOneToOne(fn: string, model: ModelLike): asserts model is Applied {
  checkModel(fn, model);
  const { inputs, outputs } = model as Applied;
  checkRange(inputs.length === 1, `${fn}: model must have one input`, inputs.length);
  checkRange(outputs.length === 1, `${fn}: model must have one output tensor`, outputs.length);
}

/** The output to explain. */
export function readOutput(fn: string, output: number | undefined, outputs: number): number {
  const at = output === undefined && outputs === 1 ? 0 : output;
  checkInteger(fn, 'output', at, 0, outputs - 1);
  return at;
}

/** Checks what is explained, and gives it as a function. */
export function outputOf(fn: string, model: ModelLike, x: tf.Tensor, output: number | undefined): OutputOf {
  checkOneToOne(fn, model);
  checkTensor(fn, 'x', x);
  checkModelAndBatch(fn, model, x, 'x');
  const all = (batch: tf.Tensor): tf.Tensor2D => tf.reshape(model.apply(batch), [batch.shape[0]!, -1]);
  const outputs = tf.tidy(() => all(x).shape[1]);
  const at = readOutput(fn, output, outputs);
  return (batch) => tf.reshape(tf.slice(all(batch), [0, at], [-1, 1]), [-1]);
}

/** What to do about an error from within a gradient. */
function withRemedy(fn: string, error: unknown): unknown {
  const { message } = Object(error) as Partial<Error>;
  const [, kernel] = /Kernel '(\w+)' not registered/.exec(message ?? '') ?? [];
  if (kernel !== undefined)
    return new Error(
      `${fn}: backend must have the kernels of gradients, got ${tf.getBackend()} without ${kernel}; call fillMissingKernels() of @weightkit/core`,
      { cause: error },
    );
  if (!/gradient/.test(message ?? '')) return error;
  return new Error(`${fn}: output must depend on x by operations that have a gradient, got "${message}"`, {
    cause: error,
  });
}

/** The gradient of an output by the input of its own example, in the shape of x; the others of the batch have no part in it. */
export function inputGradient(fn: string, output: OutputOf, x: tf.Tensor): tf.Tensor {
  try {
    return tf.tidy(() => gradientsOf((batch) => tf.sum(output(batch!)), [tf.cast(x, 'float32')])[0]!);
  } catch (error) {
    throw withRemedy(fn, error);
  }
}
