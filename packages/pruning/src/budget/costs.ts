import type * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';
import type { ShrinkPlan } from '../shrink/plan.ts';
import { EmptiedError } from '../shrink/removal.ts';
import { planShrink, shrink } from '../shrink/shrink.ts';
import { disposeModel } from '../shrink/smaller-model.ts';
import { gzipLength, gzippedBytes, savedBytes } from './file-sizes.ts';
import { latency } from './latency.ts';
import type { PrunableLayer } from './layer-choices.ts';

/**
 * What is saved by pruning: bytes of the files by gzip (`'gzip'`), which zeros make shorter; bytes of the files after `shrink`
 * (`'bytes'`), or the time of a prediction after it (`'milliseconds'`), which only units can save.
 */
export type CostName = 'gzip' | 'bytes' | 'milliseconds';

/** The costs by name. */
export const COSTS: readonly CostName[] = ['gzip', 'bytes', 'milliseconds'];

/** How a cost is measured of a model under masks. */
export interface Cost {
  /** What a layer has a part in, when it alone is under masks; differences count. NaN where a layer would have no unit left. */
  ofLayer(layer: PrunableLayer): Promise<number>;
  /** The cost of the model; NaN where a layer would have no unit left. */
  ofModel(): Promise<number>;
  /** Whether each layer would have a unit left. */
  isPossible(): Promise<boolean>;
}

/** The bytes that gzip makes of a layer's weights as they are now. */
async function gzippedLayer({ weights }: PrunableLayer): Promise<number> {
  let bytes = 0;
  for (const weight of weights) {
    const value = weight.read();
    const { buffer, byteOffset, byteLength } = (await value.data().finally(() => value.dispose())) as Float32Array;
    bytes += await gzipLength(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return bytes;
}

/** What would go of the model as it is now; null where a layer would have no unit left. */
async function planOrNull(fn: string, model: ModelLike): Promise<ShrinkPlan | null> {
  try {
    return await planShrink(model);
  } catch (error) {
    if (error instanceof EmptiedError) return null;
    throw unshrinkable(fn, error as Error);
  }
}

const unshrinkable = (fn: string, cause: Error): Error =>
  new Error(`${fn}: model must be one that shrink can make smaller, got ${cause.message}`, { cause });

/** Runs a function on the model without the units that are 0. */
async function shrunk(fn: string, model: ModelLike, body: (small: ModelLike) => Promise<number>): Promise<number> {
  const plan = await planOrNull(fn, model);
  if (plan === null) return Number.NaN;
  // Nothing but outputs, or units that something keeps.
  if (plan.after.units === plan.before.units) return body(model);
  const { model: small } = await shrink(model).catch((cause: Error) => {
    throw unshrinkable(fn, cause);
  });
  try {
    return await body(small);
  } finally {
    disposeModel(small);
  }
}

/**
 * How a cost is measured.
 *
 * @param fn - the function that was called, for messages
 * @param model - a built LayersModel
 * @param x - inputs whose prediction is timed
 */
export function costOf(fn: string, name: CostName, model: ModelLike, x: tf.Tensor | tf.Tensor[] | undefined): Cost {
  if (name === 'gzip')
    return { ofLayer: gzippedLayer, ofModel: () => gzippedBytes(model), isPossible: async () => true };
  const measure = (small: ModelLike): Promise<number> =>
    name === 'bytes' ? savedBytes(small) : latency(small, x as tf.Tensor);
  const ofModel = (): Promise<number> => shrunk(fn, model, measure);
  return { ofLayer: ofModel, ofModel, isPossible: async () => (await planOrNull(fn, model)) !== null };
}
