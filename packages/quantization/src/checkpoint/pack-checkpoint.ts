import {
  type Checkpoint,
  type CheckpointTensor,
  checkCheckpoint,
  checkListening,
  codedTensor,
  mapCheckpoint,
  type TensorFilter,
  tensorMatcher,
} from '@weightkit/checkpoint';
import { pathHash } from '@weightkit/numerics';
import { checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import { checkGrid, type GridOptions } from '../grids/grid-options.ts';
import { quantizeValuesAs } from '../grids/quantize-values.ts';
import type { GridDtype, QuantizedValues } from '../grids/quantized-values.ts';
import { defaultFor } from '../model/default-dtype.ts';
import { fineNames } from '../model/fine-names.ts';
import { encodingOf, partsOf, plainTensor } from './pack-tensor.ts';
import type { SkippedTensor } from './quantize-checkpoint.ts';

/** Options of {@link packCheckpoint}. */
export interface PackCheckpointOptions {
  /**
   * The grid: one for all kernels, or grids by pattern of the name, of which the first that matches counts. Of one for all, biases,
   * weights and statistics of norms, depthwise kernels and recurrent cells stay as they are; patterns take what they match. A pattern
   * that matches nothing is an error.
   */
  grid: GridOptions | Readonly<Record<string, GridOptions>>;
  /**
   * Other grids by pattern of the name, beside one for all kernels; the first that matches counts, and takes what it matches.
   *
   * @defaultValue none
   */
  rules?: Readonly<Record<string, GridOptions>> | undefined;
  /**
   * Which tensors may be packed. One that matches nothing is an error.
   *
   * @defaultValue all; only float32, float16 and bfloat16 are packed in any case
   */
  filter?: TensorFilter;
  /**
   * Whether tensors that are quantized already may be quantized again, which loses more than their first time did.
   *
   * @defaultValue false: they are refused
   */
  requantize?: boolean;
  /** Called after each tensor; a promise is waited for. @defaultValue nothing */
  onProgress?: (progress: PackProgress) => void | Promise<void>;
  /** Stops between tensors. @defaultValue none */
  signal?: AbortSignal;
}

/** How far {@link packCheckpoint} is. */
export interface PackProgress {
  /** The tensor that was looked at. */
  tensor: string;
  /** How many are done. */
  done: number;
  /** Of how many. */
  total: number;
}

/** A tensor that will be stored as packed codes. */
export interface PackedTensorReport {
  /** Its name. */
  name: string;
  /** The grid. */
  dtype: GridDtype;
  /** Number of values. */
  parameters: number;
  /** Bits of a value, scales, zero points and codebook counted. */
  bits: number;
  /** Signal to noise, 10 · log10(Σ x² / Σ (x − x̂)²) in dB; Infinity where all values are exact. */
  sqnr: number;
  /** Largest absolute difference of a value and what its code stands for. */
  maxError: number;
  /** Bytes as they were stored, and as codes. */
  bytes: [before: number, after: number];
}

/** What {@link packCheckpoint} makes of each tensor. */
export interface PackCheckpointReport {
  /** Tensors that will be stored as packed codes. */
  packed: PackedTensorReport[];
  /** Tensors that stay as they are. */
  skipped: SkippedTensor[];
  /** Bytes of all tensors, before and after. */
  bytes: [before: number, after: number];
  /** What the report speaks of: a checkpoint cannot be run, `compareOutputs` runs the model that is loaded of it. */
  measured: 'weights only';
}

/** What {@link packCheckpoint} returns. */
export interface PackedCheckpoint {
  /** The tensors, those that are packed as codes that are made when they are asked for. Closing it closes the source. */
  checkpoint: Checkpoint;
  /** What becomes of each tensor. */
  report: PackCheckpointReport;
}

const FN = 'packCheckpoint';
const FLOATS = ['float32', 'float16', 'bfloat16'];
const GRID = ['dtype', 'granularity', 'scheme', 'narrow', 'ranges', 'range', 'percentile'];

const isGrid = (grid: PackCheckpointOptions['grid']): grid is GridOptions => typeof grid.dtype === 'string';

/** The grid of each tensor, or why it stays as it is. Nothing is read. */
function chooser(
  { tensors, extras }: Checkpoint,
  { grid, rules: beside, filter }: PackCheckpointOptions,
): (tensor: CheckpointTensor) => GridOptions | string {
  checkPlainObject(`${FN}: grid must be a grid, or grids by pattern`, grid);
  if (beside !== undefined) checkPlainObject(`${FN}: rules must be grids by pattern`, beside);
  checkType(beside === undefined || isGrid(grid), `${FN}: rules must be left out where grid has patterns`, beside);
  const allowed = filter === undefined ? () => true : tensorMatcher(FN, filter);
  const names = tensors.slice(0, 3).map(({ name }) => name);
  checkRange(filter === undefined || tensors.some(allowed), `${FN}: filter must match a tensor`, names);
  const which = isGrid(grid) ? 'rules' : 'grid';
  const rules = Object.entries(isGrid(grid) ? (beside ?? {}) : grid);
  checkRange(isGrid(grid) || rules.length > 0, `${FN}: grid must have a dtype, or patterns`, grid);
  const one = isGrid(grid) ? grid : undefined;
  const matchers = rules.map(([pattern, value]) => {
    checkPlainObject(`${FN}: ${which} of ${pattern} must be a plain object`, value);
    checkOptions(FN, value, GRID, `${which} of ${pattern}`);
    const matches = tensorMatcher(FN, pattern);
    checkRange(
      tensors.some((tensor) => allowed(tensor) && matches(tensor)),
      `${FN}: patterns of ${which} must match a tensor that filter lets through`,
      pattern,
    );
    return { matches, value };
  });
  const known = fineNames(tensors, one ? extras : {});
  return (tensor) => {
    if (!allowed(tensor)) return 'left out by filter';
    const rule = matchers.find(({ matches }) => matches(tensor));
    if (!one && !rule) return 'no pattern of grid matches';
    if (!FLOATS.includes(tensor.dtype)) return `${tensor.dtype}: only float32, float16 and bfloat16 are packed`;
    if (rule) return rule.value;
    const kind = defaultFor(tensor.shape, tensor.name, false, known);
    if (kind === 'exact') return 'a logarithm follows, which shows errors far below the largest value';
    return kind === 'default' ? one! : 'no kernel of a dense layer or a convolution (patterns take it)';
  };
}

/** Codes of a tensor, which is read for it; NaN and infinity are named by the tensor. */
async function quantized(tensor: CheckpointTensor, grid: GridOptions): Promise<[Float32Array, QuantizedValues]> {
  const values = (await tensor.values()) as Float32Array;
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new RangeError(
        `${FN}: values must be finite (leave the tensor out by filter) at ${tensor.name}[${i}], got ${values[i]}`,
      );
  return [values, quantizeValuesAs(FN, values, tensor.shape, grid)];
}

async function packed(tensor: CheckpointTensor, grid: GridOptions): Promise<[CheckpointTensor, PackedTensorReport]> {
  const { name, shape } = tensor;
  const [values, found] = await quantized(tensor, grid);
  const decoded = dequantizeValuesAs(FN, found);
  let [maxError, signal, noise] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const error = Math.abs(values[i]! - decoded[i]!);
    maxError = Math.max(maxError, error);
    signal += values[i]! ** 2;
    noise += error ** 2;
  }
  const again = async (): Promise<QuantizedValues> => (await quantized(tensor, grid))[1];
  const encoding = encodingOf(found);
  const made = encoding
    ? codedTensor({ name, shape, encoding, parts: async () => partsOf(await again()) })
    : plainTensor(name, shape, found.dtype, async () => (await again()).codes);
  const parameters = values.length;
  const bits = parameters === 0 ? 0 : (8 * made.byteLength) / parameters;
  const sqnr = noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
  const bytes: [number, number] = [tensor.byteLength, made.byteLength];
  return [made, { name, dtype: found.dtype, parameters, bits, sqnr, maxError, bytes }];
}

/**
 * Quantizes the kernels of a checkpoint to any grid of `quantizeValues` and packs the codes: 2 to 8 bits a value, with scales by axis,
 * group or box, which files of TensorFlow.js cannot hold. `writeCheckpoint` writes them in the format `compact`; stock TensorFlow.js
 * loads such a file through `handlerOf`, and predicts what the model of the decoded values predicts.
 *
 * Each tensor is read twice, for the report and when the result is written; memory is that of the largest one.
 *
 * @example
 * ```js
 * import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
 * import { packCheckpoint } from '@weightkit/quantization/checkpoint';
 *
 * const weightSpecs = [{ name: 'dense/kernel', shape: [2, 2], dtype: 'float32' }];
 * const source = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(-0.8, 0.1, 0.7, 0.3).buffer });
 * const { checkpoint, report } = await packCheckpoint(source, { grid: { dtype: 'int4', granularity: { axis: -1 } } });
 * console.log(report.packed[0].name, report.bytes); // -> dense/kernel [ 16, 10 ]
 * const files = new Map();
 * await writeCheckpoint(checkpoint, files, { format: 'compact' });
 * ```
 *
 * @param checkpoint - of `openCheckpoint`, `mapCheckpoint` or `checkpointOf`; the result reads from it
 * @param options - see {@link PackCheckpointOptions}
 * @returns the lazy checkpoint and the report
 * @throws RangeError that names tensor and index of a NaN or infinity, a value that does not fit, a filter or pattern that
 * matches nothing; Error for a tensor that is quantized already
 */
export async function packCheckpoint(
  checkpoint: Checkpoint,
  options: PackCheckpointOptions,
): Promise<PackedCheckpoint> {
  checkCheckpoint(FN, 'checkpoint', checkpoint);
  checkPlainObject(`${FN}: options must be a plain object with a grid`, options);
  checkOptions(FN, options, ['grid', 'rules', 'filter', 'requantize', 'onProgress', 'signal']);
  const { requantize = false, onProgress, signal } = options;
  checkType(typeof requantize === 'boolean', `${FN}: requantize must be true or false`, requantize);
  checkListening(FN, { onProgress, signal });
  const { tensors } = checkpoint;
  const choose = chooser(checkpoint, options);
  const choices = tensors.map(choose);
  for (const [i, { name, shape, encoding }] of tensors.entries()) {
    const choice = choices[i]!;
    if (typeof choice === 'string') continue;
    if (encoding.kind !== 'plain' && !requantize)
      throw new Error(
        `${FN}: tensors must not be quantized already (requantize: true quantizes them again), got ${name} as ${encoding.kind}`,
      );
    checkGrid(FN, shape, choice);
  }
  const report: PackCheckpointReport = { packed: [], skipped: [], bytes: [0, 0], measured: 'weights only' };
  const made = new Map<CheckpointTensor, CheckpointTensor>();
  for (const [i, tensor] of tensors.entries()) {
    signal?.throwIfAborted();
    const choice = choices[i]!;
    if (typeof choice === 'string') {
      report.skipped.push({ name: tensor.name, reason: choice });
      made.set(tensor, tensor);
    } else {
      const [coded, entry] = await packed(tensor, choice);
      made.set(tensor, coded);
      report.packed.push(entry);
    }
    report.bytes[0] += tensor.byteLength;
    report.bytes[1] += made.get(tensor)!.byteLength;
    await onProgress?.({ tensor: tensor.name, done: i + 1, total: tensors.length });
  }
  const identity = `${FN} ${pathHash(JSON.stringify(choices, (_, value) => (ArrayBuffer.isView(value) ? [...(value as Float32Array)] : value)))}`;
  return { checkpoint: mapCheckpoint(checkpoint, (tensor) => made.get(tensor)!, { identity }), report };
}
