import type { Checkpoint, TensorFilter, WritableFormat } from '@weightkit/checkpoint';
import {
  type QuantizedCheckpoint,
  type QuantizedDtype,
  quantizeCheckpoint,
  type RoundingLaw,
} from '@weightkit/quantization/checkpoint';
import { UsageError } from '../output/usage-error.ts';

/** Options of {@link quantize}. */
export interface QuantizeOptions {
  /** The data type of tensors that no rule names. */
  readonly dtype?: QuantizedDtype | undefined;
  /** Data types by pattern; the first that matches counts. */
  readonly rules?: readonly (readonly [pattern: string, dtype: QuantizedDtype])[];
  readonly filter?: TensorFilter | undefined;
  readonly rounding?: RoundingLaw | undefined;
  readonly requantize: boolean;
  /** What will be written: only TensorFlow.js's files have codes. */
  readonly format: WritableFormat;
  readonly onProgress?: (tensor: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** What the codes are: by pattern where there are rules, and then the dtype for the rest. */
function dtypesOf({
  dtype,
  rules = [],
  format,
}: QuantizeOptions): QuantizedDtype | Record<string, QuantizedDtype> | undefined {
  if (dtype === undefined && rules.length === 0 && format !== 'tfjs')
    throw new UsageError(
      `${format} files have no uint8 codes`,
      '--dtype float16, or an output that ends in .json (a model of TensorFlow.js)',
    );
  if (rules.length === 0) return dtype;
  return Object.fromEntries([...rules, ...(dtype === undefined ? [] : [['**', dtype] as const])]);
}

/** Names the option of the command where tensors are quantized already. */
export async function refusedAgain<T>(made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (error) {
    const [, got] = /requantize: true.*, got (.*) as \w+$/.exec((error as Error).message) ?? [];
    if (got === undefined) throw error;
    throw new UsageError(
      `the model is quantized already, got ${got}`,
      'quantize the original, or --allow-requantize, which loses more',
    );
  }
}

/**
 * Quantizes a checkpoint as `quantizeCheckpoint` does, where the format that will be written can hold it.
 *
 * @throws UsageError for codes in a format that has none, and for tensors that are quantized already
 */
export async function quantize(checkpoint: Checkpoint, options: QuantizeOptions): Promise<QuantizedCheckpoint> {
  const { filter, rounding, requantize, format, onProgress, signal } = options;
  const dtype = dtypesOf(options);
  const asked = typeof dtype === 'object' ? Object.values(dtype) : [dtype ?? 'uint8'];
  const codes = asked.find((one) => one !== 'float16');
  if (codes !== undefined && format !== 'tfjs')
    throw new UsageError(
      `${format} files have no ${codes} codes: the values would be written as float32 again`,
      'float16, or an output that ends in .json (a model of TensorFlow.js)',
    );
  return refusedAgain(
    quantizeCheckpoint(checkpoint, {
      ...(dtype === undefined ? {} : { dtype }),
      requantize,
      ...(filter === undefined ? {} : { filter }),
      ...(rounding === undefined ? {} : { rounding }),
      onProgress: ({ tensor, done, total }) => onProgress?.(tensor, done, total),
      signal,
    }),
  );
}
