import * as tf from '@tensorflow/tfjs-core';
import { allDone } from '@weightkit/core';
import { sizeOf } from '../values/read-values.ts';

/** So many entries go into one download, 16 MB; a larger tensor goes alone. */
const MOST = 1 << 22;

/** Reading from the device on the way. */
export interface Taken<T> {
  /** What is to be read, float32. */
  readonly tensors: readonly tf.Tensor[];
  /** What the values say, in the order of the tensors. */
  finish(values: readonly Float32Array[]): T;
}

/** A list cut into pieces of these lengths. */
export function cut<T extends { slice(from: number, to: number): T }>(list: T, lengths: readonly number[]): T[] {
  let to = 0;
  return lengths.map((length) => {
    to += length;
    return list.slice(to - length, to);
  });
}

/**
 * The values of float32 tensors in one download, as long as they are few: each download waits for the device. Where a backend takes
 * numbers below 2^-126 for 0 (WebGPU does), so does this.
 *
 * @param tensors - borrowed until this has ended
 */
export async function readTogether(tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
  const groups: tf.Tensor[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    if (groups.length === 0 || tensor.size > room) {
      groups.push([]);
      room = MOST;
    }
    groups[groups.length - 1]!.push(tensor);
    room -= tensor.size;
  }
  return (await allDone(groups.map(readGroup))).flat();
}

async function readGroup(group: readonly tf.Tensor[]): Promise<Float32Array[]> {
  const all = tf.tidy(() => tf.concat(group.map((tensor) => tf.reshape(tensor, [tensor.size]))));
  try {
    const values = (await all.data()) as Float32Array;
    return cut(values, group.map(sizeOf));
  } finally {
    all.dispose();
  }
}
