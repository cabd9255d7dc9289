import type * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { checkModelAndBatch } from '../model/check-batch.ts';
import { checkModel } from '../model/check-model.ts';
import { layersOf } from '../model/layers-of.ts';
import type { ModelLike } from '../model/types.ts';

/** Unlabelled examples of what a model will see, to look at it with. */
export interface CalibrationData {
  /** A batch of inputs: a tensor, or one for each input of the model. Borrowed. */
  x: tf.Tensor | tf.Tensor[];
}

/**
 * Throws unless a model says the same of an example whenever it is run: a layer that is `stateful` keeps what it was last given.
 *
 * @param fn - the function that asks, for the message
 * @param model - the caller's model
 * @throws RangeError as in `calibrate: model must have no layers that keep a state, got lstm`; TypeError or Error for what is no built model
 */
export function checkStateless(fn: string, model: ModelLike): void {
  checkModel(fn, model);
  // A model says of itself what its layers say.
  const stateful = layersOf(model, fn).find(
    ({ layer }) => (layer as { stateful?: boolean }).stateful === true && !('layers' in layer),
  );
  checkRange(stateful === undefined, `${fn}: model must have no layers that keep a state`, stateful?.path);
}

/**
 * Throws unless data is `{ x }`, a batch of the inputs of a built LayersModel without layers that keep a state.
 *
 * @param fn - the function that asks, for the message
 * @param model - the caller's model
 * @param data - the caller's data
 * @throws TypeError or RangeError as in `gptq: x must have shape [null,3], got [2, 4]`
 */
export function checkCalibration(fn: string, model: ModelLike, data: CalibrationData): void {
  checkOptions(fn, data, ['x'], 'data');
  checkType(typeof data === 'object' && data !== null, `${fn}: data must be { x }`, data);
  checkModelAndBatch(fn, model, data.x, 'x');
  checkStateless(fn, model);
}
