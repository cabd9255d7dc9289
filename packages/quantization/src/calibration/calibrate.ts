import type { ModelLike } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import type { Calibration } from './calibration.ts';
import type { CalibrationBatches } from './each-batch.ts';
import { OBSERVED_GRID } from './observer.ts';
import { type CalibrateOptions, prepareAs } from './prepare.ts';

/**
 * Runs examples through a model and says for each layer what it is given and what it gives: ranges, scales and zero points of integers, and the
 * share of values that the ranges clip. The model is not changed.
 *
 * Observers keep histograms or extremes, never the values: memory does not grow with the examples.
 *
 * @example
 * const { layers, examples } = await calibrate(model, { x }, { observer: 'minMax' });
 * const [{ path, inputs, outputs }] = layers;
 * console.log(path, examples, inputs[0].scales.length, outputs[0].clipped); // -> dense1 64 1 0
 *
 * @param model - a built LayersModel
 * @param data - `{ x }`, a tensor, or batches: a list, a dataset of tf.data, a generator or an async generator
 * @param options - which layers, which observer, which codes, how many batches
 * @returns a row for each layer, as plain data
 * @throws RangeError for NaN or infinity, by batch and layer, for data without a batch, for layers that are named and not called; TypeError or
 * RangeError for other arguments
 */
export async function calibrate(
  model: ModelLike,
  data: CalibrationBatches,
  options: CalibrateOptions = {},
): Promise<Calibration> {
  const fn = 'calibrate';
  checkOptions(fn, options, ['observer', 'layers', 'batches', 'onBatch', ...OBSERVED_GRID]);
  const { batches, onBatch } = options;
  return prepareAs(fn, model, options).calibrate(data, { batches, onBatch });
}
