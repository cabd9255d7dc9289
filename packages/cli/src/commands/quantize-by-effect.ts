import type { Checkpoint, CheckpointTensor } from '@weightkit/checkpoint';
import type { QuantizedCheckpoint, QuantizedDtype } from '@weightkit/quantization/checkpoint';
import { UsageError } from '../output/usage-error.ts';
import { comparing, type Effect, type WeightSensitivity } from '../running/comparing.ts';
import { checkRuns, modelOf } from '../running/model-of.ts';
import { partOf } from '../running/part-of.ts';
import { probesOf } from '../running/probes-of.ts';
import { BACKENDS, type BackendName, type Importer, loadTensorflow } from '../running/tensorflow.ts';
import { quantize } from './quantize.ts';

/** What must hold: a share of top classes, or the bytes of all files. */
export type Goal = { readonly agree: number } | { readonly targetSize: number };

/** Options of {@link quantizeByEffect}. */
export interface ByEffectOptions {
  readonly goal: Goal;
  readonly backend: BackendName;
  /** Examples in a file, or how many are to be made. */
  readonly probes: Checkpoint | number;
  /** What the files take beside the weights when so many of these have codes. */
  readonly beside: (made: Checkpoint) => Promise<number>;
  readonly requantize: boolean;
  /** The data type that weights may have beside float32; all three when undefined. */
  readonly dtype?: QuantizedDtype | undefined;
  /** Which tensors may be quantized; all when undefined. */
  readonly filter?: ((tensor: CheckpointTensor) => boolean) | undefined;
  readonly onProgress?: (what: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
  readonly importer?: Importer | undefined;
}

/** What {@link quantizeByEffect} made. */
export interface QuantizedByEffect extends QuantizedCheckpoint {
  /** What was measured with the codes that will be written. */
  readonly effect: Effect;
  /** What each weight's codes do alone. */
  readonly sensitivity: readonly WeightSensitivity[];
  /** Whether the goal is reached. */
  readonly holds: boolean;
}

/** Digits of a scale and a least value that one tensor has in model.json more than another. */
const DIGITS = 48;

const isFloat = ({ dtype }: { dtype: string }): boolean => ['float32', 'float16', 'bfloat16'].includes(dtype);

/** The tensors that may be quantized. */
const chosen = ({ tensors }: Checkpoint, { filter }: ByEffectOptions): CheckpointTensor[] =>
  tensors.filter((tensor) => isFloat(tensor) && (filter?.(tensor) ?? true));

/** The most that a model.json may take: every tensor that may be quantized has a scale and a least value in it. */
async function mostBeside(checkpoint: Checkpoint, options: ByEffectOptions): Promise<number> {
  const { beside, requantize, signal } = options;
  const floats = chosen(checkpoint, options);
  const names = new Set(floats.map(({ name }) => name));
  if (names.size === 0) return beside(checkpoint);
  const filter = ({ name }: { name: string }): boolean => names.has(name);
  const { checkpoint: made } = await quantize(checkpoint, {
    dtype: 'uint16',
    filter,
    rounding: 'float64',
    requantize,
    format: 'tfjs',
    signal,
  });
  return (await beside(made)) + DIGITS * floats.length;
}

function holds({ agree, relative }: Effect, goal: Goal): boolean {
  if ('targetSize' in goal) return true;
  return agree === null ? relative <= 1 - goal.agree : agree >= goal.agree;
}

/**
 * Quantizes a model to what its outputs bear: data types are chosen by `quantizeModel` with `dtype: 'auto'`, and what will be written is
 * run once more and measured.
 *
 * @throws UsageError where TensorFlow.js is not installed, for a file that is no model, and for a size that it cannot have
 */
export async function quantizeByEffect(checkpoint: Checkpoint, options: ByEffectOptions): Promise<QuantizedByEffect> {
  const { goal, backend, requantize, dtype, filter, onProgress, signal, importer } = options;
  checkRuns('the input', checkpoint);
  const coded = checkpoint.tensors.find(({ encoding }) => encoding.kind !== 'plain');
  if (coded && !requantize)
    throw new UsageError(
      `the model is quantized already, got ${coded.name}`,
      'quantize the original, or --allow-requantize, which loses more',
    );
  const tf = await loadTensorflow([backend], importer);
  if (!(await tf.setBackend(BACKENDS[backend][1])))
    throw new UsageError(`the backend ${backend} does not start here`, 'another --backend');
  const { compareOutputs, quantizeModel } = await comparing();
  const beside = 'targetSize' in goal ? await mostBeside(checkpoint, options) : 0;
  const each = dtype === undefined || dtype === 'uint8' ? 'one byte' : 'two bytes';
  const of = filter === undefined ? 'each value' : 'each value that may be quantized';
  const tooSmall = (least: number): UsageError =>
    new UsageError(`the files take ${least} bytes at least with ${each} for ${of}`, `--target-size ${least}`);
  const bytes = 'targetSize' in goal ? goal.targetSize - beside : 0;
  if ('targetSize' in goal && bytes < 1) throw tooSmall(beside + leastOf(checkpoint, options));
  const before = await modelOf(tf, checkpoint);
  try {
    const probes = typeof options.probes === 'number' ? options.probes : await probesOf(options.probes, before);
    const part = filter && (await partOf(before, filter));
    const { report } = await quantizeModel(before, {
      dtype: 'auto',
      ...('agree' in goal ? goal : { bytes }),
      ...(dtype === undefined ? {} : { among: [dtype] }),
      ...(part === undefined ? {} : { filter: part }),
      probes,
      onProgress: ({ path, done, total }) => onProgress?.(path, done, total),
      signal,
    }).catch((error: unknown) => {
      const { least } = error as { least?: number };
      throw least === undefined ? error : tooSmall(least + beside);
    });
    const rules = report.weights.map(({ name, dtype }): [string, QuantizedDtype] => [name, dtype]);
    const made =
      rules.length === 0
        ? untouched(checkpoint, options)
        : await quantize(checkpoint, { rules, filter, rounding: 'float64', requantize, format: 'tfjs', signal });
    const after = await modelOf(tf, made.checkpoint);
    try {
      const effect = await compareOutputs(before, after, { probes, signal });
      return { ...made, effect, sensitivity: report.sensitivity ?? [], holds: holds(effect, goal) };
    } finally {
      after.dispose();
    }
  } finally {
    before.dispose();
  }
}

/** Bytes of the weights when all that may be quantized is. */
function leastOf(checkpoint: Checkpoint, options: ByEffectOptions): number {
  const coded = new Set(chosen(checkpoint, options));
  const each = options.dtype === undefined || options.dtype === 'uint8' ? 1 : 2;
  return checkpoint.tensors.reduce(
    (sum, tensor) => sum + (coded.has(tensor) ? each * tensor.shape.reduce((a, b) => a * b, 1) : tensor.byteLength),
    0,
  );
}

/** A checkpoint of which nothing is quantized, as its outputs need every digit. */
function untouched(checkpoint: Checkpoint, options: ByEffectOptions): QuantizedCheckpoint {
  const bytes = checkpoint.tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const coded = new Set(chosen(checkpoint, options));
  const skipped = checkpoint.tensors.map((tensor) => ({
    name: tensor.name,
    reason: coded.has(tensor) ? 'float32 is what the outputs need' : 'left out by filter',
  }));
  return { checkpoint, report: { quantized: [], skipped, bytes: [bytes, bytes], measured: 'weights only' } };
}
