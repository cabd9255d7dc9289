import * as tf from '@tensorflow/tfjs-core';
import { checkFunction, checkNumber, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { checkModelAndBatch } from '../model/check-batch.ts';
import { checkTensor, checkTensors } from '../model/check-tensor.ts';
import type { ModelLike } from '../model/types.ts';

/** A loss of one output: from targets and predictions to a tensor, of which the mean counts. */
export type OutputLoss = (y: tf.Tensor, prediction: tf.Tensor) => tf.Tensor;

/** Examples with their targets, and what is lost by a prediction. */
export interface LabelledData {
  /** A batch of inputs: a tensor, or one for each input of the model. Borrowed. */
  x: tf.Tensor | tf.Tensor[];
  /** Its targets: a tensor, or one for each output. Borrowed. */
  y: tf.Tensor | tf.Tensor[];
  /**
   * The loss of an output. Of several outputs the losses add up.
   *
   * @defaultValue what the model was compiled with
   */
  loss?: OutputLoss;
}

/** A model that computes on a batch. */
interface Applied extends ModelLike {
  outputs: readonly unknown[];
  /** There once the model is compiled; of a Sequential the model within has it. */
  lossFunctions?: readonly OutputLoss[];
  model?: Applied;
  apply(x: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[];
}

const listOf = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);

/** Throws unless these are what losses are differentiated by. */
export function checkVariables(fn: string, variables: readonly tf.Tensor[]): tf.Tensor[] {
  const list = checkTensors(fn, 'variables', variables);
  for (const one of list) checkTensor(fn, 'variables', one, 'float32');
  return list;
}

/** The loss of each output. */
function lossesOf(fn: string, model: Applied, loss: OutputLoss | undefined): readonly OutputLoss[] {
  if (loss !== undefined) return model.outputs.map(() => loss);
  const compiled = model.lossFunctions ?? model.model?.lossFunctions;
  if (!compiled) throw new Error(`${fn}: model must be compiled, or loss be given, got neither`);
  return compiled;
}

/**
 * Throws unless data is `{ x, y, loss }`, a batch of the inputs of a built LayersModel with as many targets for each output.
 *
 * @param fn - the function that asks, for the message
 * @param model - the caller's model
 * @param data - the caller's data
 * @throws TypeError or RangeError as in `obd: y must have as many examples as x, 2, got [3, 1]`
 */
export function checkLabelled(fn: string, model: ModelLike, data: LabelledData): void {
  checkOptions(fn, data, ['x', 'y', 'loss'], 'data');
  checkType(typeof data === 'object' && data !== null, `${fn}: data must be { x, y }`, data);
  checkModelAndBatch(fn, model, data.x, 'x');
  const targets = checkTensors(fn, 'y', data.y);
  for (const target of targets) checkTensor(fn, 'y', target, 'float32', 'int32', 'bool');
  const { outputs } = model as Applied;
  checkRange(targets.length === outputs.length, `${fn}: y must have ${outputs.length} tensors`, targets.length);
  const examples = listOf(data.x)[0]!.shape[0];
  for (const { shape } of targets)
    checkRange(shape[0] === examples, `${fn}: y must have as many examples as x, ${examples}`, shape);
  if (data.loss !== undefined) checkFunction(fn, 'loss', data.loss);
}

/**
 * Adds 0 · Σ w of each variable to a loss: by one that nothing depends on the gradient is 0 then, where tf.grads throws.
 *
 * @example
 * const [loss, w] = [tf.scalar(3), tf.tensor1d([1, 2])];
 * console.log((await reaching(loss, [w]).data())[0]); // -> 3
 *
 * @param loss - a scalar
 * @param variables - what will be differentiated by, one or more
 * @returns the loss, a new tensor
 * @throws TypeError for other arguments
 */
export function reaching(loss: tf.Tensor, variables: readonly tf.Tensor[]): tf.Tensor {
  checkTensor('reaching', 'loss', loss, 'float32');
  const list = checkVariables('reaching', variables);
  return tf.tidy(() => list.reduce((sum, variable) => tf.add(sum, tf.mul(0, tf.sum(variable))), loss));
}

/**
 * The mean loss of a batch as a function without arguments, for {@link gradientsOf}, as the model computes when it predicts: without
 * dropout, with the moving statistics of batch normalizations.
 *
 * @example
 * model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
 * const [kernel] = weightsOf(model, '**\/kernel').map(({ variable }) => variable);
 * const gradients = gradientsOf(batchLoss('example', model, { x, y }, [kernel]), [kernel]);
 * console.log(gradients[0].shape.length); // -> 2
 *
 * @param fn - the function that asks, for messages
 * @param model - a built LayersModel
 * @param data - examples that {@link checkLabelled} let pass
 * @param variables - one or more; each has a part in it, and be it 0
 * @param temperature - what predictions are divided by
 * @returns a function that gives a scalar, in a tidy of the caller's
 * @throws Error where there is no loss; the function throws TypeError when a loss returns no tensor
 */
export function batchLoss(
  fn: string,
  model: ModelLike,
  data: LabelledData,
  variables: readonly tf.Tensor[],
  temperature = 1,
): () => tf.Tensor {
  checkLabelled(fn, model, data);
  const list = checkVariables(fn, variables);
  checkNumber(`${fn}: temperature must be finite and above 0`, temperature, (t) => Number.isFinite(t) && t > 0);
  const losses = lossesOf(fn, model as Applied, data.loss);
  const targets = listOf(data.y);
  return () => {
    const parts = listOf((model as Applied).apply(data.x)).map((prediction, i) => {
      const scaled = temperature === 1 ? prediction : tf.div(prediction, temperature);
      const part: unknown = losses[i]!(targets[i]!, scaled);
      checkType(part instanceof tf.Tensor, `${fn}: loss must return a tensor`, part);
      return tf.mean(part as tf.Tensor);
    });
    return reaching(tf.addN(parts), list);
  };
}
