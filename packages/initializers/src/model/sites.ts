import * as tf from '@tensorflow/tfjs-core';
import { type ModelLike, type SkippedWeight, type WeightFilter, weightsOf } from '@weightkit/core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { type LinearLayer, linearLayers } from './linear-layer.ts';

/** A layer that is to be changed, or not. */
export interface Site {
  linear: LinearLayer;
  /** Why it is left as it is; null where it is not. */
  left: string | null;
}

/** Throws unless the model is a LayersModel and the batch one or more tensors that are not empty. */
export function checkModelAndBatch(fn: string, model: ModelLike, batch: tf.Tensor | tf.Tensor[]): void {
  checkType(
    Array.isArray(model?.layers) && typeof model.predictOnBatch === 'function',
    `${fn}: model must be a LayersModel`,
    model,
  );
  const batches: readonly tf.Tensor[] = Array.isArray(batch) ? batch : [batch];
  checkType(
    batches.length > 0 && batches.every((tensor) => tensor instanceof tf.Tensor),
    `${fn}: batch must be a tensor or a list of tensors`,
    batch,
  );
  for (const { shape, size } of batches)
    checkRange(size > 0 && shape.length > 0, `${fn}: batch must have one example or more`, shape);
}

/** The dense and convolution layers of a model, and the weights of others, which stay as they are. */
export function sitesOf(
  fn: string,
  model: ModelLike,
  filter: WeightFilter | undefined,
): { sites: Site[]; skipped: SkippedWeight[] } {
  const chosen = new Set(weightsOf(model, filter).map(({ path }) => path));
  const sites = linearLayers(model).map((linear) => {
    const { path, trainable } = linear.kernel;
    return { linear, left: chosen.has(path) ? (trainable ? null : 'frozen') : 'the filter leaves it out' };
  });
  checkRange(
    sites.some(({ left }) => left === null),
    `${fn}: model must have a dense or convolution layer that is not frozen and that the filter takes`,
    sites.map(({ linear, left }) => `${linear.kernel.path} (${left})`).join(', ') || 'none',
  );
  const covered = new Set(sites.flatMap(({ linear: l }) => [l.kernel, ...l.others, l.bias]).map((w) => w?.path));
  const skipped = weightsOf(model)
    .filter(({ path }) => !covered.has(path))
    .map(({ path }) => ({ path, reason: 'not of a dense or convolution layer' }));
  return { sites, skipped };
}
