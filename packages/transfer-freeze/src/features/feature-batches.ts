import * as tf from '@tensorflow/tfjs-core';
import { checkModelAndBatch, checkTensor, type ModelLike } from '@weightkit/core';
import { checkOptions, checkRange, checkType, isPlainObject } from '@weightkit/numerics/check';

/** Numbers, by rows. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/** Inputs of a model: a tensor, one for each input in a list, numbers by rows, or numbers one after another. */
export type FeatureInputs = tf.Tensor | tf.Tensor[] | NestedNumbers | Float32Array | Int32Array | Uint8Array;

/** Inputs, with labels or without. */
export type FeatureBatch =
  | FeatureInputs
  | {
      /** Inputs. */
      xs: FeatureInputs;
      /** Labels. */
      ys: tf.Tensor | NestedNumbers | Float32Array | Int32Array;
    };

/** What {@link DatasetIterator} gives. */
export interface NextExamples {
  /** Inputs, with labels or without. */
  value: unknown;
  /** Whether there are no more. */
  done: boolean;
}

/** An iterator of tf.data. */
export interface DatasetIterator {
  /** The next batch. */
  next(): Promise<NextExamples>;
}

/** A dataset of tf.data. */
export interface DatasetLike {
  /** Begins it anew. */
  iterator(): Promise<DatasetIterator>;
}

/** Everything that features can be of; see `cacheFeatures`. */
export type FeatureData =
  | FeatureBatch
  | DatasetLike
  | Iterable<FeatureBatch>
  | AsyncIterable<FeatureBatch>
  | (() => Iterator<FeatureBatch> | AsyncIterator<FeatureBatch> | Iterable<FeatureBatch> | AsyncIterable<FeatureBatch>);

/** A batch on the device. */
export interface Batch {
  xs: tf.Tensor[];
  ys: tf.Tensor | null;
  dispose(): void;
}

const isTyped = (value: unknown): value is Float32Array | Int32Array | Uint8Array =>
  value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array;

const isTensors = (value: unknown): value is tf.Tensor[] =>
  Array.isArray(value) && value.length > 0 && [...value].every((one) => one instanceof tf.Tensor);

/** The sizes of nested lists by their first entries. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let part = value; Array.isArray(part) && shape.length < 8; [part] = part) shape.push(part.length);
  return shape;
}

/** Puts the numbers of nested lists into one, row-major. */
function flatten(fn: string, name: string, value: unknown, shape: readonly number[], into: number[]): void {
  if (shape.length === 0) {
    checkType(typeof value === 'number', `${fn}: ${name} must be tensors, or lists of numbers by rows`, value);
    into.push(value as number);
    return;
  }
  checkType(Array.isArray(value), `${fn}: ${name} must be tensors, or lists of numbers by rows`, value);
  checkRange(value.length === shape[0], `${fn}: ${name} must have rows of one shape, of ${shape[0]}`, value.length);
  // Not `forEach`, which passes over holes.
  for (let i = 0; i < value.length; i++) flatten(fn, name, value[i], shape.slice(1), into);
}

function fromNested(fn: string, name: string, value: unknown): tf.Tensor {
  checkType(Array.isArray(value), `${fn}: ${name} must be tensors, or lists of numbers by rows`, value);
  const shape = shapeOf(value);
  const numbers: number[] = [];
  flatten(fn, name, value, shape, numbers);
  return tf.tensor(numbers, shape, 'float32');
}

function inputShape(model: ModelLike): (number | null)[] {
  const { inputs } = model as unknown as { inputs: { shape: (number | null)[] }[] };
  return inputs[0]!.shape.slice(1);
}

/** Numbers that come one after another, in the shape of the model's input. */
function fromTyped(fn: string, model: ModelLike, values: Float32Array | Int32Array | Uint8Array): tf.Tensor {
  const shape = inputShape(model);
  checkRange(!shape.includes(null), `${fn}: data must be a tensor where the model's input is of any shape`, shape);
  const size = tf.util.sizeFromShape(shape as number[]);
  checkRange(
    values.length > 0 && values.length % size === 0,
    `${fn}: data must have ${size} numbers for each example`,
    values.length,
  );
  return tf.tensor(values, [values.length / size, ...(shape as number[])], 'float32');
}

/** One part of data on the device. What is made here is disposed with it; what was given only where it was handed over. */
function batchOf(fn: string, model: ModelLike, data: unknown, owned: boolean): Batch {
  const own: tf.Tensor[] = [];
  const dispose = (): void => tf.dispose(own);
  const hold = (tensors: tf.Tensor[], made: boolean): tf.Tensor[] => {
    if (made) own.push(...tensors);
    return tensors;
  };
  const labelled = isPlainObject(data) && !isTyped(data);
  if (labelled) checkOptions(fn, data, ['xs', 'ys'], 'data');
  const { xs: x, ys: y } = (labelled ? data : { xs: data }) as { xs: unknown; ys?: unknown };
  try {
    if (owned) for (const one of [x, y].flat()) if (one instanceof tf.Tensor) own.push(one);
    const tensors =
      x instanceof tf.Tensor
        ? [x]
        : isTensors(x)
          ? [...x]
          : hold([isTyped(x) ? fromTyped(fn, model, x) : fromNested(fn, 'data', x)], true);
    checkModelAndBatch(fn, model, tensors, 'data');
    const examples = tensors[0]!.shape[0]!;
    checkRange(
      tensors.every(({ shape }) => shape[0] === examples),
      `${fn}: data must have as many examples for each input`,
      tensors.map(({ shape }) => shape[0]),
    );
    if (y === undefined) return { xs: tensors, ys: null, dispose };
    const labels =
      y instanceof tf.Tensor
        ? y
        : isTyped(y)
          ? hold([tf.tensor(y)], true)[0]!
          : hold([fromNested(fn, 'ys', y)], true)[0]!;
    checkTensor(fn, 'ys', labels, 'float32', 'int32', 'bool');
    checkRange(
      labels.rank > 0 && labels.shape[0] === examples,
      `${fn}: ys must be of ${examples} examples`,
      labels.shape,
    );
    return { xs: tensors, ys: labels, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** The examples of one part in batches. */
function* slices({ xs, ys, dispose }: Batch, batchSize: number): Generator<Batch> {
  const examples = xs[0]!.shape[0]!;
  const part = (tensor: tf.Tensor, begin: number): tf.Tensor =>
    tf.slice(tensor, begin, Math.min(batchSize, examples - begin));
  try {
    for (let begin = 0; begin < examples; begin += batchSize) {
      const inputs = xs.map((one) => part(one, begin));
      const labels = ys && part(ys, begin);
      yield { xs: inputs, ys: labels, dispose: () => tf.dispose([...inputs, ...(labels ? [labels] : [])]) };
    }
  } finally {
    dispose();
  }
}

const has = (value: unknown, method: string | symbol): boolean =>
  typeof value === 'object' && value !== null && typeof (value as Record<PropertyKey, unknown>)[method] === 'function';

interface AnyIterator {
  next(): unknown;
  return?(): unknown;
}

/** What gives batches one by one, or undefined where data are one part. */
async function iteratorOf(fn: string, data: unknown): Promise<AnyIterator | undefined> {
  if (data instanceof tf.Tensor || isTyped(data)) return undefined;
  if (Array.isArray(data)) {
    const parts = data.length > 0 && [...data].every((one) => isPlainObject(one));
    return parts ? data.values() : undefined;
  }
  let source = data;
  if (typeof data === 'function') {
    source = await (data as () => unknown)();
    checkType(
      has(source, 'next') || has(source, Symbol.asyncIterator) || has(source, Symbol.iterator),
      `${fn}: data must give batches where it is a function, as a generator does`,
      source,
    );
  }
  for (const key of [Symbol.asyncIterator, Symbol.iterator, 'iterator'])
    if (has(source, key)) return (source as Record<PropertyKey, () => AnyIterator>)[key]!();
  return has(source, 'next') ? (source as AnyIterator) : undefined;
}

/**
 * Data in batches: whole inputs in parts of `batchSize`, others as they come. Those that come are disposed with their batch. A batch is
 * to be disposed before the next is asked for.
 */
export async function* batchesOf(
  fn: string,
  model: ModelLike,
  data: unknown,
  batchSize: number,
): AsyncGenerator<Batch, void> {
  const iterator = await iteratorOf(fn, data);
  if (!iterator) {
    yield* slices(batchOf(fn, model, data, false), batchSize);
    return;
  }
  let done = false;
  try {
    for (;;) {
      const next = (await iterator.next()) as { value: unknown; done?: boolean };
      if (next.done) {
        done = true;
        return;
      }
      yield batchOf(fn, model, next.value, true);
    }
  } finally {
    if (!done) await iterator.return?.();
  }
}
