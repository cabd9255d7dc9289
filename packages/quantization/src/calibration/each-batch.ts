import * as tf from '@tensorflow/tfjs-core';
import { type CalibrationData, checkModelAndBatch, type ModelLike } from '@weightkit/core';
import { checkRange, checkType, isPlainObject } from '@weightkit/numerics/check';

/** A batch as `fitDataset` takes it. */
export interface LabelledBatch {
  /** The inputs: a tensor, one for each in a list, or a record by name of the input. */
  xs: tf.Tensor | readonly tf.Tensor[] | Readonly<Record<string, tf.Tensor>>;
  /** Labels, which are not looked at. */
  ys?: unknown;
}

/** A batch of examples: a tensor or a list of one for each input, alone, as `{ x }`, or as `{ xs, ys }`. */
export type CalibrationBatch = tf.Tensor | readonly tf.Tensor[] | CalibrationData | LabelledBatch;

/** What a pass over a dataset of tf.data gives at a time. */
export interface NextBatch {
  /** The batch, a {@link CalibrationBatch}. */
  value: unknown;
  /** Whether there is none. */
  done?: boolean | undefined;
}

/** One pass over the batches of a dataset of tf.data. */
export interface BatchIterator {
  /** The next batch. */
  next(): Promise<NextBatch>;
}

/** What tf.data makes of anything; each element is a batch. */
export interface BatchedDataset {
  /** A new pass over the batches. */
  iterator(): Promise<BatchIterator>;
}

/**
 * Examples to calibrate with: `{ x }` or a tensor, of which 32 examples are run at a time, or batches: a list, whose tensors are borrowed, or
 * a dataset of tf.data, a generator or an async generator, whose tensors are disposed after use, as `fitDataset` does it.
 */
export type CalibrationBatches =
  | CalibrationData
  | tf.Tensor
  | readonly CalibrationBatch[]
  | Iterable<CalibrationBatch>
  | AsyncIterable<CalibrationBatch>
  | BatchedDataset;

interface Pass {
  next(): unknown;
  return?(): unknown;
}

/** So many examples are run at a time where all come at once. */
const EXAMPLES = 32;

interface Input {
  name: string;
  shape: readonly (number | null)[];
}

const inputsOf = (model: ModelLike): Input[] => (model as unknown as { inputs: Input[] }).inputs;

/** What goes over batches; null for what does not. */
async function passOver(data: unknown): Promise<Pass | null> {
  if (
    typeof data !== 'object' ||
    data === null ||
    data instanceof Map ||
    data instanceof Set ||
    ArrayBuffer.isView(data)
  )
    return null;
  const source = data as Partial<AsyncIterable<unknown> & Iterable<unknown> & BatchedDataset>;
  if (typeof source[Symbol.asyncIterator] === 'function') return source[Symbol.asyncIterator]!();
  if (typeof source[Symbol.iterator] === 'function') return source[Symbol.iterator]!();
  return typeof source.iterator === 'function' ? ((await source.iterator()) as Pass) : null;
}

/** The inputs in a batch, not yet checked. */
function tensorsOf(model: ModelLike, batch: unknown): unknown {
  if (!isPlainObject(batch)) return batch;
  const given = 'xs' in batch ? batch.xs : batch.x;
  if (!isPlainObject(given)) return given;
  return inputsOf(model).map(({ name }) => given[name]);
}

/** Runs something on examples that come at once, some at a time. */
async function eachPart(
  fn: string,
  model: ModelLike,
  given: unknown,
  most: number,
  visit: (batch: tf.Tensor[]) => Promise<void>,
): Promise<void> {
  checkModelAndBatch(fn, model, given, 'data');
  const all = [given as tf.Tensor | tf.Tensor[]].flat();
  const rows = all[0]!.shape[0]!;
  const same = all.every(({ shape }) => shape[0] === rows);
  checkRange(
    same,
    `${fn}: data must have as many examples for each input`,
    all.map(({ shape }) => shape[0]),
  );
  const whole = inputsOf(model).some(({ shape }) => shape[0] !== null);
  const step = whole ? rows : EXAMPLES;
  for (let from = 0, done = 0; from < rows && done < most; from += step, done++) {
    const count = Math.min(step, rows - from);
    const part = all.map((tensor) => tf.slice(tensor, from, count));
    try {
      await visit(part);
    } finally {
      tf.dispose(part);
    }
  }
}

/**
 * Runs something on each batch of examples, one after another, and disposes those that nobody else has.
 *
 * @param most - how many batches at most
 * @param visit - gets the inputs of a batch, checked, and its number from 0
 * @throws TypeError for what holds no batches; RangeError for a batch that does not fit, by its number, and where there is none
 */
export async function eachBatch(
  fn: string,
  model: ModelLike,
  data: CalibrationBatches,
  most: number,
  visit: (batch: tf.Tensor[], index: number) => Promise<void>,
): Promise<void> {
  let index = 0;
  if (data instanceof tf.Tensor) return eachPart(fn, model, data, most, (batch) => visit(batch, index++));
  if (isPlainObject(data) && 'x' in data) return eachPart(fn, model, data.x, most, (batch) => visit(batch, index++));
  const pass = await passOver(data);
  const rule = `${fn}: data must be { x }, a tensor, a list of batches, a dataset or a generator`;
  checkType(pass !== null, rule, data);
  const borrowed = Array.isArray(data);
  let ended = false;
  try {
    while (index < most) {
      const { value, done } = (await pass.next()) as { value: unknown; done?: boolean };
      ended = done === true;
      if (ended) break;
      try {
        const tensors = tensorsOf(model, value);
        checkModelAndBatch(fn, model, tensors, `batch ${index}`);
        await visit([tensors as tf.Tensor | tf.Tensor[]].flat(), index++);
      } finally {
        if (!borrowed) tf.dispose(value as tf.TensorContainer);
      }
    }
  } finally {
    if (!ended) await pass.return?.();
  }
  checkRange(index > 0, `${fn}: data must have one batch or more`, index);
}
