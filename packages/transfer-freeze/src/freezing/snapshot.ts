import type * as tf from '@tensorflow/tfjs-core';
import { allDone, type Weight } from '@weightkit/core';
import { checkFinite } from '@weightkit/numerics/check';

/** A frozen weight that is not what it was. */
export interface Moved {
  /** Path of the weight. */
  path: string;
  /** Flat row-major index of the first entry whose bits changed. */
  index: number;
  /** That entry when it was frozen. */
  was: number;
  /** That entry now. */
  is: number;
  /** How many entries changed. */
  entries: number;
  /** Largest |is − was|; 0 when only the sign of a zero changed, NaN when an entry became NaN. */
  maxDelta: number;
}

type Values = Float32Array | Int32Array | Uint8Array;

/** The values at the moment of the call, as a copy: on the cpu backend `data()` hands out the live array. */
export async function valuesNow(
  weights: readonly Weight[],
  read = (weight: Weight): tf.Tensor => weight.read(),
): Promise<Values[]> {
  const tensors = weights.map((weight) => read(weight));
  try {
    return await allDone(tensors.map(async (tensor) => ((await tensor.data()) as Values).slice()));
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** The values, refused by path and index unless all are finite. */
export async function finiteNow(fn: string, weights: readonly Weight[]): Promise<Values[]> {
  const all = await valuesNow(weights);
  for (const [i, values] of all.entries()) checkFinite(fn, 'weights', weights[i]!.path, values);
  return all;
}

const bitsOf = (values: Values): Uint32Array | Uint8Array =>
  values instanceof Uint8Array ? values : new Uint32Array(values.buffer, values.byteOffset, values.length);

/** Where two copies of a weight differ, bit by bit; undefined where they do not. */
export function movedBetween(path: string, before: Values, after: Values): Moved | undefined {
  const [a, b] = [bitsOf(before), bitsOf(after)];
  let moved: Moved | undefined;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    moved ??= { path, index: i, was: before[i]!, is: after[i]!, entries: 0, maxDelta: 0 };
    moved.entries++;
    const delta = Math.abs(after[i]! - before[i]!);
    if (!(delta <= moved.maxDelta) && !Number.isNaN(moved.maxDelta)) moved.maxDelta = delta;
  }
  return moved;
}
