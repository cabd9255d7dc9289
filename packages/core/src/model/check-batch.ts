import * as tf from '@tensorflow/tfjs-core';
import { checkRange } from '@weightkit/numerics/check';
import { checkModel } from './check-model.ts';
import { checkTensor, checkTensors } from './check-tensor.ts';
import type { LayerInternals, ModelLike } from './types.ts';

const fits = (wanted: readonly (number | null)[], shape: readonly number[]): boolean =>
  wanted.length === shape.length && wanted.every((size, i) => size === null || size === shape[i]);

/**
 * Throws unless a value is a built LayersModel, and another a batch of its inputs: tensors of numbers, one for each input, of its
 * shape, with one example or more.
 *
 * @param fn - the function that asks, for the message
 * @param model - the caller's model
 * @param batch - the caller's batch
 * @param name - the name of that argument, for the message
 * @throws TypeError or RangeError as in `lsuv: batch must have shape [null,3], got [2, 4]`
 */
export function checkModelAndBatch(fn: string, model: ModelLike, batch: unknown, name = 'batch'): void {
  checkModel(fn, model);
  const tensors = checkTensors(fn, name, batch);
  for (const tensor of tensors) checkTensor(fn, name, tensor, 'float32', 'int32', 'bool');
  const { inputs } = model as unknown as LayerInternals & { inputs: { shape: (number | null)[] }[] };
  checkRange(tensors.length === inputs.length, `${fn}: ${name} must have ${inputs.length} tensors`, tensors.length);
  for (const [i, { shape }] of tensors.entries()) {
    const wanted = inputs[i]!.shape;
    checkRange(fits(wanted, shape), `${fn}: ${name} must have shape [${wanted.map(String)}]`, shape);
    checkRange(tf.util.sizeFromShape(shape) > 0, `${fn}: ${name} must have one example or more`, shape);
  }
}
