import type * as tf from '@tensorflow/tfjs-core';
import { saveHandler } from '@weightkit/core';
import { checkType } from '@weightkit/numerics/check';
import type { QuantizedModel } from './quantized-model.ts';

/**
 * Saves a quantized model where `model.save` could save it: the files load with `tf.loadLayersModel` in browsers and in Node,
 * without any of this.
 *
 * @example
 * const quantized = await quantizeModel(model);
 * await save(quantized, 'downloads://small'); // or 'indexeddb://small', or in Node fileSystem('out/small')
 *
 * @param quantized - from {@link quantizeModel}
 * @param target - a URL as `model.save` takes it, or an IOHandler such as `fileSystem` of `@weightkit/core/node`
 * @returns what the handler returns
 * @throws TypeError when nothing can save to the target, or for another first argument
 */
export async function save(
  quantized: QuantizedModel,
  target: string | tf.io.IOHandler,
  ...none: readonly never[]
): Promise<tf.io.SaveResult> {
  checkType(
    Array.isArray(quantized?.artifacts?.weightSpecs),
    'save: quantized must be what quantizeModel returned',
    quantized,
  );
  checkType(none.length === 0, 'save: it must get a model and a target, it has no options', none[0]);
  return saveHandler('save', target).save!(quantized.artifacts);
}
