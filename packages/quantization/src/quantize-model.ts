import * as tf from '@tensorflow/tfjs-core';
import { checkModel, exclusively, foldModel, type ModelLike, type WeightFilter, weightsOf } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { chooseDtypes, type DtypeOption } from './choose-dtypes.ts';
import { dequantize } from './dequantize.ts';
import { quantizationError } from './quantization-error.ts';
import { quantizeAs } from './quantize.ts';
import type { Quantized } from './quantized.ts';
import type { QuantizedModel, QuantizedWeight } from './quantized-model.ts';

/** Options of {@link quantizeModel}. */
export interface QuantizeModelOptions {
  /**
   * What the codes are: one data type for all weights, or data types by pattern of the weight's path, of which the first that
   * matches counts, as in `{ '**\/kernel': 'uint8', '**': 'float16' }`. A pattern that matches nothing is an error.
   *
   * @defaultValue `'uint8'`
   */
  dtype?: DtypeOption;
  /**
   * Which weights may be quantized; the others are stored as they are. One that matches nothing is an error.
   *
   * @defaultValue all, as the tensorflowjs converter does; only float32 weights are quantized in any case
   */
  filter?: WeightFilter;
  /**
   * Whether weights may have other names in the file where stock TensorFlow.js could not tell them apart, as `saveFolded` of
   * `@weightkit/core` does it.
   *
   * @defaultValue `false`: an error
   */
  rename?: boolean;
}

const entryOf = (quantized: Quantized) => ({
  dtype: quantized.dtype,
  ...(quantized.dtype === 'float16' ? {} : { min: quantized.min, scale: quantized.scale }),
  original_dtype: 'float32',
});

/** Where each spec's bytes lie in the plain file. */
function* storedParts(
  artifacts: tf.io.ModelArtifacts,
): Generator<[tf.io.WeightsManifestEntry, Uint8Array<ArrayBuffer>]> {
  const data = artifacts.weightData as ArrayBuffer;
  let offset = 0;
  for (const spec of artifacts.weightSpecs!) {
    const bytes = tf.util.sizeFromShape(spec.shape) * (spec.dtype === 'bool' ? 1 : 4);
    yield [spec, new Uint8Array(data.slice(offset, offset + bytes))];
    offset += bytes;
  }
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.byteLength;
  }
  return all.buffer;
}

function measured(path: string, name: string, values: Float32Array, quantized: Quantized): QuantizedWeight {
  const { dtype, codes } = quantized;
  const sizes = { parameters: values.length, bytesBefore: values.byteLength, bytesAfter: codes.byteLength };
  return { path, name, dtype, ...sizes, ...quantizationError(values, quantized, dequantize(quantized)) };
}

const ratio = ({ maxError, bound }: QuantizedWeight): number => (maxError === 0 ? 0 : maxError / bound);

/**
 * Quantizes the weights of a model, parametrizations folded in, to the format of the tensorflowjs converter that every
 * TensorFlow.js loads: 1 byte (uint8) or 2 bytes (uint16, float16) a weight instead of 4. The model is not changed.
 *
 * Each weight is quantized by {@link quantize} with a scale of its own; zeros stay exact zeros, so that a pruned model keeps
 * its sparsity. Loaders expand the codes to float32: files and downloads shrink, memory and speed stay as they are.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'out' })] });
 * const quantized = await quantizeModel(model, { dtype: 'uint8' });
 * console.log(quantized.report.bytesBefore, quantized.report.bytesAfter); // -> 32 8
 *
 * @param model - a built LayersModel
 * @param options - see {@link QuantizeModelOptions}
 * @returns the artifacts for {@link save} and the report
 * @throws RangeError that names path and index of a NaN, an infinity or a value that does not fit, or a filter or pattern that
 * matches nothing; TypeError for other arguments; Error when two weights have one name
 */
export async function quantizeModel(model: ModelLike, options: QuantizeModelOptions = {}): Promise<QuantizedModel> {
  checkOptions('quantizeModel', options, ['dtype', 'filter', 'rename']);
  const { dtype = 'uint8', filter, rename = false } = options;
  checkModel('quantizeModel', model);
  const weights = weightsOf(model, undefined, 'quantizeModel');
  const { choices, artifacts, paths } = await exclusively('quantizeModel', weights, async () => ({
    choices: chooseDtypes(model, dtype, filter),
    ...(await foldModel('quantizeModel', model, { rename })),
  }));
  const specs: tf.io.WeightsManifestEntry[] = [];
  const parts: Uint8Array[] = [];
  const report: QuantizedModel['report'] = { weights: [], skipped: [], bytesBefore: 0, bytesAfter: 0, certificate: 0 };
  for (const [spec, stored] of storedParts(artifacts)) {
    const path = paths[specs.length]!;
    const { name } = spec;
    const choice = choices.get(path)!;
    report.bytesBefore += stored.byteLength;
    if ('reason' in choice) {
      specs.push(spec);
      parts.push(stored);
      report.skipped.push({ path, name, dtype: spec.dtype, bytes: stored.byteLength, reason: choice.reason });
      continue;
    }
    const values = new Float32Array(stored.buffer);
    const quantized = quantizeAs('quantizeModel', path, values, choice.dtype);
    specs.push({ ...spec, quantization: entryOf(quantized) });
    parts.push(new Uint8Array(quantized.codes.buffer));
    report.weights.push(measured(path, name, values, quantized));
  }
  const weightData = joined(parts);
  report.bytesAfter = weightData.byteLength;
  report.certificate = report.weights.reduce((worst, weight) => Math.max(worst, ratio(weight)), 0);
  return { artifacts: { ...artifacts, weightSpecs: specs, weightData }, report };
}
