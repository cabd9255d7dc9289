import {
  type Checkpoint,
  type CheckpointTensor,
  checkCheckpoint,
  checkListening,
  mapCheckpoint,
  type TensorFilter,
} from '@weightkit/checkpoint';
import { pathHash, type RoundingLaw } from '@weightkit/numerics';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { QuantizedDtype } from '../grids/quantized.ts';
import { type Default, isDefault, plainDefault, settled } from '../model/default-dtype.ts';
import { checkRangeOptions, clipFor } from '../ranges/range-options.ts';
import type { RangeMethod } from '../ranges/search-range.ts';
import { chooser } from './choose-dtype.ts';
import { asAffine, asFloat16, type QuantizedTensorReport } from './quantized-tensor.ts';
import { type Range, rangeOf, sampleFrom } from './range-of.ts';
import { readInPlace } from './read-in-place.ts';

/** Options of {@link quantizeCheckpoint}. */
export interface QuantizeCheckpointOptions {
  /**
   * What the codes are: one data type, or data types by pattern of the name, of which the first that matches counts. A pattern
   * that matches nothing is an error.
   *
   * @defaultValue `uint8` for kernels whose errors together leave 46 dB of signal to noise; float16 for others and what breaks in 8 bits, as
   * names and graph tell it: biases, weights and statistics of norms, depthwise kernels, recurrent cells; what float16 has too few
   * digits for, what goes through a logarithm, and the smallest tensors, which together are half a percent of all, stay as they are
   */
  dtype?: QuantizedDtype | Readonly<Record<string, QuantizedDtype>>;
  /**
   * Which tensors may be quantized. One that matches nothing is an error.
   *
   * @defaultValue all; only float32, float16 and bfloat16 are quantized in any case
   */
  filter?: TensorFilter;
  /**
   * Where codes of 8 bits reach from and to, see `clippingRange` of `@weightkit/quantization`: outliers are clipped, and the steps of
   * the others become smaller. 0 stays exact. Tensors of more than 262,144 values are looked at in 16,384 bins.
   *
   * @defaultValue `'minmax'`: nothing is clipped, as the converter does it
   */
  range?: RangeMethod;
  /** With `range: 'percentile'`: how much of a tensor is not clipped, in percent. @defaultValue `99.99` */
  percentile?: number;
  /**
   * How codes are rounded, see {@link RoundingLaw}: a code near a tie may differ by one.
   *
   * @defaultValue `'float32'`, the law of the files that the converter's users have published
   */
  rounding?: RoundingLaw;
  /**
   * Whether tensors that are quantized already may be quantized again, which loses more than their first time did.
   *
   * @defaultValue false: they are refused
   */
  requantize?: boolean;
  /** Called after each tensor's range is known; a promise is waited for. @defaultValue nothing */
  onProgress?: (progress: QuantizeProgress) => void | Promise<void>;
  /** Stops between pieces. @defaultValue none */
  signal?: AbortSignal;
}

/** A tensor that stays as it is. */
export interface SkippedTensor {
  /** Its name. */
  name: string;
  /** Why. */
  reason: string;
}

/** What {@link quantizeCheckpoint} makes of each tensor. */
export interface QuantizeCheckpointReport {
  /** Tensors that will be stored as codes. */
  quantized: QuantizedTensorReport[];
  /** Tensors that stay as they are. */
  skipped: SkippedTensor[];
  /** Bytes of all tensors, before and after. */
  bytes: [before: number, after: number];
  /** What the report speaks of: a checkpoint cannot be run, `compareOutputs` runs the model that is loaded of it. */
  measured: 'weights only';
}

/** How far {@link quantizeCheckpoint} is. */
export interface QuantizeProgress {
  /** The tensor whose range is known. */
  tensor: string;
  /** How many are done. */
  done: number;
  /** Of how many. */
  total: number;
}

/** What {@link quantizeCheckpoint} returns. */
export interface QuantizedCheckpoint {
  /** The tensors, those that are quantized as codes that are made when they are asked for. Closing it closes the source. */
  checkpoint: Checkpoint;
  /** What becomes of each tensor. */
  report: QuantizeCheckpointReport;
}

/**
 * Quantizes the float tensors of a checkpoint to the format of the tensorflowjs converter, whatever it was opened from: 1 byte
 * (uint8) or 2 (uint16, float16) a value. Integers (shapes, axes and indices of a GraphModel) and strings stay as they are.
 *
 * The source is read once for the ranges, piece by piece; codes are made when the result is written, so memory stays at a few
 * megabytes whatever the size. By default codes are those of the published files, to the bit.
 *
 * @example
 * ```js
 * import { openCheckpoint } from '@weightkit/checkpoint';
 * import { quantizeCheckpoint } from '@weightkit/quantization/checkpoint';
 *
 * const weightSpecs = [{ name: 'w', shape: [3], dtype: 'float32' }];
 * const source = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(-1, 0, 2).buffer });
 * const { checkpoint, report } = await quantizeCheckpoint(source, { dtype: 'uint8' });
 * console.log(report.bytes, [...(await checkpoint.tensors[0].bytes())]); // -> [ 12, 3 ] [ 0, 85, 255 ]
 * ```
 *
 * @param checkpoint - of `openCheckpoint` or `mapCheckpoint`; the result reads from it
 * @param options - see {@link QuantizeCheckpointOptions}
 * @returns the lazy checkpoint and the report
 * @throws RangeError that names tensor and index of a NaN or infinity, a value that does not fit, a filter or pattern that
 * matches nothing; Error for a tensor that is quantized already
 */
export async function quantizeCheckpoint(
  checkpoint: Checkpoint,
  options: QuantizeCheckpointOptions = {},
): Promise<QuantizedCheckpoint> {
  const fn = 'quantizeCheckpoint';
  checkCheckpoint(fn, 'checkpoint', checkpoint);
  checkOptions(fn, options, [
    'dtype',
    'filter',
    'range',
    'percentile',
    'rounding',
    'requantize',
    'onProgress',
    'signal',
  ]);
  const { dtype, filter, rounding = 'float32', requantize = false, onProgress } = options;
  checkRange(rounding === 'float32' || rounding === 'float64', `${fn}: rounding must be float32 or float64`, rounding);
  checkType(typeof requantize === 'boolean', `${fn}: requantize must be true or false`, requantize);
  checkRangeOptions(fn, options);
  checkListening(fn, options);
  const { tensors } = checkpoint;
  const choose = chooser(checkpoint, dtype, filter);
  for (const tensor of tensors) {
    const coded = tensor.encoding.kind !== 'plain' && typeof choose(tensor) === 'string';
    if (coded && !requantize)
      throw new Error(
        `${fn}: tensors must not be quantized already (requantize: true quantizes them again), got ${tensor.name} as ${tensor.encoding.kind}`,
      );
  }
  readInPlace();
  const report: QuantizeCheckpointReport = { quantized: [], skipped: [], bytes: [0, 0], measured: 'weights only' };
  const plan = plainDefault(
    tensors.map((tensor) => {
      const choice = choose(tensor);
      return {
        name: tensor.name,
        count: sizeOf(tensor),
        choice: typeof choice === 'string' && isDefault(choice) ? choice : null,
      };
    }),
  );
  const made = new Map<CheckpointTensor, CheckpointTensor>();
  for (const [i, tensor] of tensors.entries()) {
    const choice = choose(tensor);
    if (typeof choice !== 'string') {
      report.skipped.push({ name: tensor.name, reason: choice.reason });
      made.set(tensor, tensor);
    } else {
      const { clip, ...range } = await searched(tensor, choice, options);
      const dtype = isDefault(choice)
        ? settled({ name: tensor.name, count: sizeOf(tensor), ...range }, choice, plan, () =>
            estimate(tensor, range, clip),
          )
        : choice;
      if (typeof dtype !== 'string') {
        report.skipped.push({ name: tensor.name, reason: dtype.reason });
        made.set(tensor, tensor);
      } else {
        const [coded, entry] =
          dtype === 'float16'
            ? asFloat16(tensor, range)
            : asAffine(tensor, range, dtype, rounding, dtype === 'uint8' ? clip : undefined);
        made.set(tensor, coded);
        report.quantized.push(entry);
      }
    }
    report.bytes[0] += tensor.byteLength;
    report.bytes[1] += made.get(tensor)!.byteLength;
    await onProgress?.({ tensor: tensor.name, done: i + 1, total: tensors.length });
  }
  // Ranges follow from the source, which has an identity of its own.
  const choices = tensors.map((tensor) => [made.get(tensor)!.encoding, made.get(tensor) === tensor]);
  const identity = `${fn} ${rounding} ${pathHash(JSON.stringify(choices))}`;
  return { checkpoint: mapCheckpoint(checkpoint, (tensor) => made.get(tensor)!, { identity }), report };
}

const sizeOf = ({ shape }: CheckpointTensor): number => shape.reduce((a, b) => a * b, 1);

interface Clip {
  min: number;
  max: number;
  /** The summed square error of what is clipped. */
  lost: number;
}

/** The range of a tensor, and where codes of 8 bits are clipped. */
async function searched(
  tensor: CheckpointTensor,
  choice: QuantizedDtype | Default,
  options: QuantizeCheckpointOptions,
): Promise<Range & { clip: Clip | undefined }> {
  const { range: method, signal } = options;
  const range = await rangeOf(tensor, signal, choice === 'default');
  const coarse = choice === 'uint8' || choice === 'default';
  if (!coarse || method === undefined || method === 'minmax' || !(range.low < range.high))
    return { ...range, clip: undefined };
  const sample = await sampleFrom(tensor, range, signal);
  const clip = clipFor(options, () => sample)!;
  const { values, counts } = sample;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const beyond = Math.max(clip.min - values[i]!, values[i]! - clip.max, 0);
    lost += (counts === null ? 1 : counts[i]!) * beyond ** 2;
  }
  return { ...range, clip: { ...clip, lost } };
}

/** Signal to noise of 8 bits, in dB: rounding errors that are spread evenly have the mean square scale² / 12. */
function estimate(tensor: CheckpointTensor, { low, high, squares }: Range, clip: Clip | undefined): number {
  const { min, max, lost } = clip ?? { min: low, max: high, lost: 0 };
  const noise = (sizeOf(tensor) * (max / 255 - min / 255) ** 2) / 12 + lost;
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(squares / noise);
}
