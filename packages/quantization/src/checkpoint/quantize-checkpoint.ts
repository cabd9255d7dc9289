import {
  type Checkpoint,
  type CheckpointTensor,
  checkCheckpoint,
  checkListening,
  computedTensor,
  mapCheckpoint,
  plainCodec,
  type TensorFilter,
  tensorMatcher,
} from '@weightkit/checkpoint';
import { affineCodes, extent, float16Bits, type RoundingLaw } from '@weightkit/numerics';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { affineRange } from '../affine-range.ts';
import { fromFloat16Bits } from '../float16.ts';
import { halfUlp16 } from '../quantization-error.ts';
import { isDtype, type QuantizedDtype } from '../quantized.ts';

/** Options of {@link quantizeCheckpoint}. */
export interface QuantizeCheckpointOptions {
  /**
   * What the codes are: one data type, or data types by pattern of the name, of which the first that matches counts. A pattern
   * that matches nothing is an error.
   *
   * @defaultValue `'uint8'`
   */
  dtype?: QuantizedDtype | Readonly<Record<string, QuantizedDtype>>;
  /**
   * Which tensors may be quantized. One that matches nothing is an error.
   *
   * @defaultValue all; only float tensors are quantized in any case
   */
  filter?: TensorFilter;
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

/** A tensor that will be stored as codes. */
export interface QuantizedTensorReport {
  /** Its name. */
  name: string;
  /** What its codes are. */
  dtype: QuantizedDtype;
  /** Number of values. */
  parameters: number;
  /** The smallest and the largest value. */
  range: [min: number, max: number];
  /** Distance of neighboring values; null for float16. */
  scale: number | null;
  /** What no value's error exceeds. */
  bound: number;
  /** Bytes as they were stored, and as codes. */
  bytes: [before: number, after: number];
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

/** Values in a piece: 1 MB of float32. */
const PIECE = 1 << 18;
const HALF_MAX = 65520;

interface Range {
  low: number;
  high: number;
}

/** The smallest and the largest value, piece by piece. */
async function rangeOf(tensor: CheckpointTensor, signal: AbortSignal | undefined): Promise<Range> {
  let [low, high, at] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for await (const piece of tensor.chunks(PIECE)) {
    signal?.throwIfAborted();
    const values = piece as Float32Array;
    const { min, max, nonFinite } = extent(values);
    if (min < low) low = min;
    if (max > high) high = max;
    if (nonFinite > 0)
      for (let i = 0; i < values.length; i++)
        checkRange(
          Number.isFinite(values[i]),
          `quantizeCheckpoint: values must be finite (leave the tensor out by filter) at ${tensor.name}[${at + i}]`,
          values[i],
        );
    at += values.length;
  }
  return { low, high };
}

const bytesOf = (codes: Uint8Array | Uint16Array): Uint8Array =>
  new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);

/** The tensor in float16, and its report. */
function asFloat16(tensor: CheckpointTensor, { low, high }: Range): [CheckpointTensor, QuantizedTensorReport] {
  const { name, shape } = tensor;
  const parameters = shape.reduce((a, b) => a * b, 1);
  const largest = Math.max(-low, high);
  checkRange(
    parameters === 0 || largest < HALF_MAX,
    `quantizeCheckpoint: values of ${name} must stay finite in float16 (use another dtype or leave the tensor out)`,
    largest,
  );
  const decode = (bytes: Uint8Array): Float32Array =>
    fromFloat16Bits(plainCodec('uint16').decode(bytes) as Uint16Array);
  const made = computedTensor({
    name,
    shape,
    dtype: 'float32',
    encoding: { kind: 'float16' },
    codec: { blockValues: 1, blockBytes: 2, decode },
    byteLength: 2 * parameters,
    async *stream() {
      const room = new Uint16Array(Math.min(PIECE, parameters));
      for await (const values of tensor.chunks(PIECE))
        yield bytesOf(float16Bits(values as Float32Array, { out: room.subarray(0, values.length) }));
    },
  });
  const bound = parameters === 0 ? 0 : halfUlp16(largest);
  const bytes: [number, number] = [tensor.byteLength, made.byteLength];
  return [made, { name, dtype: 'float16', parameters, range: [low, high], scale: null, bound, bytes }];
}

/** The tensor as affine codes, and its report. */
function asAffine(
  tensor: CheckpointTensor,
  { low, high }: Range,
  storage: 'uint8' | 'uint16',
  law: RoundingLaw,
): [CheckpointTensor, QuantizedTensorReport] {
  const { name, shape } = tensor;
  const parameters = shape.reduce((a, b) => a * b, 1);
  const levels = storage === 'uint8' ? 255 : 65535;
  const constant = !(low < high);
  const grid = constant ? { scale: 1, min: parameters === 0 ? 0 : low, max: high } : affineRange(low, high, levels);
  checkRange(
    Number.isFinite(Math.fround(grid.min)) && Number.isFinite(Math.fround(constant ? 0 : grid.max)),
    `quantizeCheckpoint: values of ${name} must stay finite in ${storage} (use another dtype or leave the tensor out)`,
    [low, high],
  );
  const { scale, min } = grid;
  const Codes = storage === 'uint8' ? Uint8Array : Uint16Array;
  const decode = (bytes: Uint8Array): Float32Array => {
    const codes = plainCodec(storage).decode(bytes) as Uint8Array;
    return Float32Array.from(codes, (code) => code * scale + min);
  };
  const made = computedTensor({
    name,
    shape,
    dtype: 'float32',
    encoding: { kind: 'affine', storage, scale, min },
    codec: { blockValues: 1, blockBytes: Codes.BYTES_PER_ELEMENT, decode },
    byteLength: Codes.BYTES_PER_ELEMENT * parameters,
    async *stream() {
      const room = new Codes(Math.min(PIECE, parameters));
      for await (const values of tensor.chunks(PIECE)) {
        const codes = room.subarray(0, values.length) as Uint8Array | Uint16Array;
        if (!constant) affineCodes(values as Float32Array, codes, { ...grid, law });
        yield bytesOf(codes);
      }
    },
  });
  // Half a step, the roundings of the value, the grid and, by the float32 law, of each step on the way (fewer than eight).
  const largest = Math.max(Math.abs(min), Math.abs(grid.max));
  const roundings = law === 'float32' ? 8 : 1;
  const bound = constant ? 0 : scale / 2 + roundings * (2 ** -24 + 2 ** -48) * 2 * largest + 2 ** -150;
  const bytes: [number, number] = [tensor.byteLength, made.byteLength];
  return [made, { name, dtype: storage, parameters, range: [low, high], scale, bound, bytes }];
}

const FLOATS = ['float32', 'float16', 'bfloat16'];

function chooser(
  tensors: readonly CheckpointTensor[],
  dtype: QuantizeCheckpointOptions['dtype'] & {},
  filter: TensorFilter | undefined,
): (tensor: CheckpointTensor) => QuantizedDtype | { reason: string } {
  const fn = 'quantizeCheckpoint';
  checkType(
    isDtype(dtype) || (typeof dtype === 'object' && dtype !== null && Object.keys(dtype).length > 0),
    `${fn}: dtype must be uint8, uint16, float16 or a record of these by pattern`,
    dtype,
  );
  const rules = isDtype(dtype) ? [['**', dtype] as const] : Object.entries(dtype);
  for (const [pattern, value] of rules)
    checkType(isDtype(value), `${fn}: dtype of ${pattern} must be uint8, uint16 or float16`, value);
  const allowed = filter === undefined ? () => true : tensorMatcher(fn, filter);
  checkRange(
    filter === undefined || tensors.some(allowed),
    `${fn}: filter must match a tensor`,
    tensors.slice(0, 3).map(({ name }) => name),
  );
  const matchers = rules.map(([pattern, value]) => {
    const matches = tensorMatcher(fn, pattern);
    checkRange(
      isDtype(dtype) || tensors.some((tensor) => allowed(tensor) && matches(tensor)),
      `${fn}: patterns of dtype must match a tensor that filter lets through`,
      pattern,
    );
    return { matches, value };
  });
  return (tensor) => {
    if (!allowed(tensor)) return { reason: 'left out by filter' };
    const rule = matchers.find(({ matches }) => matches(tensor));
    if (!rule) return { reason: 'no pattern of dtype matches' };
    if (FLOATS.includes(tensor.dtype)) return rule.value;
    return { reason: `${tensor.dtype}: only float tensors are quantized` };
  };
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
 * const { checkpoint, report } = await quantizeCheckpoint(source);
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
  checkOptions(fn, options, ['dtype', 'filter', 'rounding', 'requantize', 'onProgress', 'signal']);
  const { dtype = 'uint8', filter, rounding = 'float32', requantize = false, onProgress, signal } = options;
  checkRange(rounding === 'float32' || rounding === 'float64', `${fn}: rounding must be float32 or float64`, rounding);
  checkType(typeof requantize === 'boolean', `${fn}: requantize must be true or false`, requantize);
  checkListening(fn, options);
  const { tensors } = checkpoint;
  const choose = chooser(tensors, dtype, filter);
  for (const tensor of tensors) {
    const coded = tensor.encoding.kind !== 'plain' && typeof choose(tensor) === 'string';
    if (coded && !requantize)
      throw new Error(
        `${fn}: tensors must not be quantized already (requantize: true quantizes them again), got ${tensor.name} as ${tensor.encoding.kind}`,
      );
  }
  const report: QuantizeCheckpointReport = { quantized: [], skipped: [], bytes: [0, 0] };
  const made = new Map<CheckpointTensor, CheckpointTensor>();
  for (const [i, tensor] of tensors.entries()) {
    const choice = choose(tensor);
    if (typeof choice !== 'string') {
      report.skipped.push({ name: tensor.name, reason: choice.reason });
      made.set(tensor, tensor);
    } else {
      const range = await rangeOf(tensor, signal);
      const [coded, entry] =
        choice === 'float16' ? asFloat16(tensor, range) : asAffine(tensor, range, choice, rounding);
      made.set(tensor, coded);
      report.quantized.push(entry);
    }
    report.bytes[0] += tensor.byteLength;
    report.bytes[1] += made.get(tensor)!.byteLength;
    await onProgress?.({ tensor: tensor.name, done: i + 1, total: tensors.length });
  }
  return { checkpoint: mapCheckpoint(checkpoint, (tensor) => made.get(tensor)!), report };
}
