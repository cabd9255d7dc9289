import type * as tf from '@tensorflow/tfjs-core';
import type { Weight } from '@weightkit/core';

/** What a weight's entries are on the host: complex ones as real and imaginary parts in turn, strings as their bytes. */
export type Entries = Float32Array | Int32Array | Uint8Array | readonly Uint8Array[];

/** Numbers in a type that holds each of them exactly. */
export type Values = Float32Array | Float64Array;

/** Whether entries of this type are real numbers. */
export const isReal = (dtype: tf.DataType): boolean => dtype !== 'complex64' && dtype !== 'string';

/** Why a weight has no statistics, or null where it has. */
export const whyNoNumbers = ({ dtype }: Pick<Weight, 'dtype'>): string | null =>
  isReal(dtype) ? null : `${dtype} entries are no real numbers`;

/** The number of entries. */
export const sizeOf = ({ shape }: Pick<Weight, 'shape'>): number => shape.reduce((product, size) => product * size, 1);

/** Downloads a weight's effective value as it is stored, NaN and infinity too; a copy. Kernels would round int32 on WebGPU. */
export async function readEntries(weight: Weight): Promise<Entries> {
  const tensor = weight.read();
  try {
    if (tensor.dtype === 'string') return ((await tensor.bytes()) as Uint8Array[]).map((bytes) => bytes.slice());
    return ((await tensor.data()) as Float32Array | Int32Array | Uint8Array).slice();
  } finally {
    tensor.dispose();
  }
}

/** The numbers that entries of a real type stand for: int32 needs float64. */
export function numbersOf(entries: Exclude<Entries, readonly Uint8Array[]> | Float64Array): Values {
  if (entries instanceof Float32Array || entries instanceof Float64Array) return entries;
  return entries instanceof Int32Array ? Float64Array.from(entries) : Float32Array.from(entries);
}

/** Downloads a weight's effective value in numbers; none where its entries are not real. */
export async function readValues(weight: Weight): Promise<Values> {
  if (!isReal(weight.dtype)) return new Float32Array(0);
  return numbersOf((await readEntries(weight)) as Float32Array | Int32Array | Uint8Array);
}
