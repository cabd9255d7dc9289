import * as tf from '@tensorflow/tfjs-core';
import {
  checkTensor,
  checkTensors,
  type ModelLike,
  type SkippedWeight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { inputsOf } from './layer-graph.ts';
import { type LinearLayer, linearLayers } from './linear-layer.ts';

/** A layer that is to be changed, or not. */
export interface Site {
  linear: LinearLayer;
  /** Why it is left as it is; null where it is not. */
  left: string | null;
}

/** Throws unless the batch is what the model's `predict` takes. */
function checkBatch(fn: string, model: ModelLike, batch: tf.Tensor | tf.Tensor[]): void {
  const batches = checkTensors(fn, 'batch', batch);
  for (const tensor of batches) checkTensor(fn, 'batch', tensor, 'float32', 'int32', 'bool');
  for (const { shape, size } of batches)
    checkRange(size > 0 && shape.length > 0, `${fn}: batch must have one example or more`, shape);
  const inputs = inputsOf(model);
  checkType(
    batches.length === inputs.length,
    `${fn}: batch must have a tensor for each of the model's inputs (${inputs.map(({ name }) => name).join(', ')})`,
    batches.length,
  );
  checkType(
    batches.every(({ shape }) => shape[0] === batches[0]!.shape[0]),
    `${fn}: batch must have the same number of examples for each input`,
    batches.map(({ shape }) => shape[0]),
  );
}

/**
 * A batch as the model takes it, one tensor per input: `predict` gives a list of numbers an axis of 1, and so does this.
 *
 * @returns the tensors, and what frees those that were made; the batch stays borrowed
 */
export function batchFor(
  fn: string,
  model: ModelLike,
  batch: tf.Tensor | tf.Tensor[],
): { tensors: tf.Tensor[]; dispose: () => void } {
  checkBatch(fn, model, batch);
  const made: tf.Tensor[] = [];
  const tensors = [batch].flat().map((tensor) => {
    if (tensor.rank > 1) return tensor;
    made.push(tf.keep(tf.reshape(tensor, [tensor.size, 1])));
    return made.at(-1)!;
  });
  const dispose = (): void => tf.dispose(made);
  for (const [i, { name, shape }] of inputsOf(model).entries()) {
    const given = tensors[i]!.shape;
    const fits =
      given.length === shape.length && shape.every((size, axis) => size === null || axis === 0 || size === given[axis]);
    if (fits) continue;
    dispose();
    checkType(
      false,
      `${fn}: batch must have shape [${shape.map((size) => size ?? 'any')}] for the input ${name}`,
      given,
    );
  }
  return { tensors, dispose };
}

/** The dense and convolution layers of a model, and the weights of others, which stay as they are. */
export function sitesOf(
  fn: string,
  model: ModelLike,
  filter: WeightFilter | undefined,
): { sites: Site[]; skipped: SkippedWeight[] } {
  const chosen = new Set(weightsOf(model, filter, fn).map(({ path }) => path));
  const sites = linearLayers(model, fn).map((linear) => {
    const { path, trainable } = linear.kernel;
    return { linear, left: chosen.has(path) ? (trainable ? null : 'frozen') : 'the filter leaves it out' };
  });
  checkRange(
    sites.some(({ left }) => left === null),
    `${fn}: model must have a dense or convolution layer that is not frozen and that the filter takes`,
    sites.map(({ linear, left }) => `${linear.kernel.path} (${left})`).join(', ') || 'none',
  );
  const covered = new Set(sites.flatMap(({ linear: l }) => [l.kernel, ...l.others, l.bias]).map((w) => w?.path));
  const skipped = weightsOf(model, undefined, fn)
    .filter(({ path }) => !covered.has(path))
    .map(({ path }) => ({ path, reason: 'not of a dense or convolution layer' }));
  return { sites, skipped };
}
