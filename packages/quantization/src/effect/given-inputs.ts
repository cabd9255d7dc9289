import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkOptions, checkRange, checkType, isPlainObject } from '@weightkit/numerics/check';
import type { InputLike } from './runnable.ts';

/** Numbers in lists in lists. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/** Numbers and their shape, row-major. */
export interface ShapedNumbers {
  /** As many as the shape says. */
  values: Float32Array | Int32Array | Uint8Array;
  /** Lengths of the axes; the first is that of the examples. */
  shape: readonly number[];
}

/** Examples of one input. */
export type ProbeInput = tf.Tensor | ShapedNumbers | NestedNumbers;

/** Examples of one input, of which a part can be taken. */
export interface GivenInput {
  shape: readonly number[];
  size: number;
  /** Some examples, as a tensor of the caller's. */
  rows(from: number, count: number): tf.Tensor;
}

const isShaped = (value: unknown): value is ShapedNumbers =>
  isPlainObject(value) && 'values' in value && 'shape' in value;

/** One for each input, in order. */
function listed(inputs: number, probes: unknown): readonly unknown[] {
  if (!Array.isArray(probes)) return [probes];
  const [first] = probes as unknown[];
  // Numbers in lists are the examples of the only input; for several inputs they are those of one of them.
  if (inputs === 1 && (typeof first === 'number' || Array.isArray(first))) return [probes];
  return [...(probes as unknown[])];
}

function flattened(fn: string, nested: readonly unknown[]): ShapedNumbers {
  const shape: number[] = [];
  for (let part: unknown = nested; Array.isArray(part); part = part[0]) shape.push(part.length);
  const values: number[] = [];
  const walk = (part: unknown, depth: number, place: string): void => {
    if (depth === shape.length) {
      checkType(typeof part === 'number', `${fn}: probes${place} must be a number`, part);
      values.push(part as number);
      return;
    }
    checkType(Array.isArray(part), `${fn}: probes${place} must be a list, as its neighbors are`, part);
    const list = part as readonly unknown[];
    checkRange(list.length === shape[depth], `${fn}: probes${place} must have length ${shape[depth]}`, list.length);
    for (let i = 0; i < list.length; i++) walk(list[i], depth + 1, `${place}[${i}]`);
  };
  walk(nested, 0, '');
  return { values: Float32Array.from(values), shape };
}

function ofNumbers(fn: string, { values, shape }: ShapedNumbers, dtype: string | undefined): GivenInput {
  const size = shape.reduce((a, b) => a * b, 1);
  const type = dtype === 'int32' || dtype === 'bool' ? dtype : 'float32';
  if (type !== 'float32')
    for (const [i, value] of values.entries())
      checkRange(Number.isInteger(value), `${fn}: probes must be whole numbers for this input at ${i}`, value);
  const each = size / shape[0]!;
  return {
    shape,
    size,
    rows: (from, count) =>
      tf.tensor(values.slice(from * each, (from + count) * each), [count, ...shape.slice(1)], type),
  };
}

const ofTensor = (tensor: tf.Tensor): GivenInput => ({
  shape: tensor.shape,
  size: tensor.size,
  rows: (from, count) => tf.slice(tensor, from, count),
});

function shaped(fn: string, given: ShapedNumbers): ShapedNumbers {
  checkOptions(fn, given, ['values', 'shape'], 'probes');
  const { values, shape } = given as { values: unknown; shape: unknown };
  const typed = values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array;
  checkType(typed, `${fn}: probes.values must be a Float32Array, Int32Array or Uint8Array`, values);
  const sizes = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  checkType(sizes, `${fn}: probes.shape must be a list of whole numbers`, shape);
  const size = (shape as number[]).reduce((a, b) => a * b, 1);
  checkRange(size === (values as Float32Array).length, `${fn}: probes.shape must have as many entries as values`, size);
  return given;
}

/** Throws unless examples fit the inputs of a model, with one example or more. */
export function givenInputs(fn: string, inputs: readonly InputLike[], probes: unknown): GivenInput[] {
  const list = listed(inputs.length, probes);
  checkRange(list.length === inputs.length, `${fn}: probes must have ${inputs.length} tensors`, list.length);
  const examples: number[] = [];
  return list.map((one, i) => {
    const { shape: wanted, dtype } = inputs[i]!;
    const isTensor = one instanceof tf.Tensor;
    if (!isTensor && !isShaped(one) && !Array.isArray(one)) checkTensor(fn, 'probes', one, 'float32', 'int32', 'bool');
    if (isTensor) checkTensor(fn, 'probes', one, 'float32', 'int32', 'bool');
    const numbers = isTensor ? null : isShaped(one) ? shaped(fn, one) : flattened(fn, one as readonly unknown[]);
    const shape = isTensor ? one.shape : numbers!.shape;
    const fits =
      wanted === undefined ||
      (wanted.length === shape.length &&
        wanted.every((size, axis) => axis === 0 || size === null || size < 0 || size === shape[axis]));
    checkRange(fits, `${fn}: probes must have shape [${wanted?.map(String)}]`, shape);
    const size = shape.reduce((a, b) => a * b, 1);
    checkRange(shape.length > 0 && size > 0, `${fn}: probes must have one example or more`, shape);
    examples.push(shape[0]!);
    checkRange(shape[0] === examples[0], `${fn}: probes must have as many examples for each input`, shape);
    return isTensor ? ofTensor(one) : ofNumbers(fn, numbers!, dtype);
  });
}
