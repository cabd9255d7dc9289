import type * as tf from '@tensorflow/tfjs-core';
import { type CheckpointTensor, computedTensor, toArtifacts } from '@weightkit/checkpoint';
import { checkModel, exclusively, foldModel, type ModelLike, type WeightFilter, weightsOf } from '@weightkit/core';
import { checkOptions } from '@weightkit/numerics/check';
import { dequantize } from '../grids/dequantize.ts';
import { quantizationError } from '../grids/quantization-error.ts';
import { quantizeAs } from '../grids/quantize.ts';
import type { Quantized } from '../grids/quantized.ts';
import { chooseDtypes, type DtypeOption } from './choose-dtypes.ts';
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

/** The codes of a weight as its tensor in the file. */
function codedTensor({ name, shape }: CheckpointTensor, quantized: Quantized): CheckpointTensor {
  const { dtype, codes } = quantized;
  const bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);
  const decode = (some: Uint8Array): Float32Array => {
    const part = dtype === 'uint8' ? some : new Uint16Array(some.slice().buffer);
    return dequantize({ ...quantized, codes: part } as Quantized);
  };
  return computedTensor({
    name,
    shape,
    dtype: 'float32',
    encoding:
      dtype === 'float16'
        ? { kind: 'float16' }
        : { kind: 'affine', storage: dtype, min: quantized.min, scale: quantized.scale },
    codec: { blockValues: 1, blockBytes: codes.BYTES_PER_ELEMENT, decode },
    byteLength: bytes.length,
    async *stream() {
      yield bytes;
    },
  });
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
  const { choices, artifacts, paths, tensors } = await exclusively('quantizeModel', weights, async () => ({
    choices: chooseDtypes(model, dtype, filter),
    ...(await foldModel('quantizeModel', model, { rename })),
  }));
  const coded = new Map<CheckpointTensor, CheckpointTensor>();
  const report: QuantizedModel['report'] = { weights: [], skipped: [], bytesBefore: 0, bytesAfter: 0, certificate: 0 };
  for (const [i, tensor] of tensors.entries()) {
    const path = paths[i]!;
    const { name, dtype: type, byteLength: bytes } = tensor;
    const choice = choices.get(path)!;
    report.bytesBefore += bytes;
    if ('reason' in choice) {
      report.skipped.push({ path, name, dtype: type, bytes, reason: choice.reason });
      continue;
    }
    const values = (await tensor.values()) as Float32Array;
    const quantized = quantizeAs('quantizeModel', path, values, choice.dtype);
    coded.set(tensor, codedTensor(tensor, quantized));
    report.weights.push(measured(path, name, values, quantized));
  }
  const written = tensors.map((tensor) => coded.get(tensor) ?? tensor);
  report.bytesAfter = written.reduce((sum, { byteLength }) => sum + byteLength, 0);
  report.certificate = report.weights.reduce((worst, weight) => Math.max(worst, ratio(weight)), 0);
  const { weightSpecs, weightData } = await toArtifacts(
    { format: 'tfjs', tensors: written, extras: {}, close: async () => {} },
    'quantizeModel',
  );
  const specs = weightSpecs as unknown as tf.io.WeightsManifestEntry[];
  return { artifacts: { ...artifacts, weightSpecs: specs, weightData }, report };
}
