import type { CheckpointTensor, Values as StoredValues } from '@weightkit/checkpoint';
import type { Values } from '../values/read-values.ts';

/** Entries in a piece: 1 MB of float32. */
export const PIECE = 1 << 18;

/** The number of entries. */
export const sizeOf = ({ shape }: CheckpointTensor): number => shape.reduce((product, size) => product * size, 1);

/** Numbers in a type that holds them exactly, int64 and uint64 beyond 2^53 rounded to float64. */
export function numbersOf(values: StoredValues): Values {
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const numbers = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) numbers[i] = Number(values[i]);
    return numbers;
  }
  const wide = values instanceof Int32Array || values instanceof Uint32Array;
  return wide ? Float64Array.from(values) : Float32Array.from(values as Uint8Array);
}

/** The numbers of a tensor, piece by piece. */
export async function* numbersIn(tensor: CheckpointTensor, signal: AbortSignal | undefined): AsyncGenerator<Values> {
  for await (const values of tensor.chunks(PIECE)) {
    signal?.throwIfAborted();
    yield numbersOf(values);
  }
}

/** The pieces of two streams of the same total length, cut alike. */
export async function* inStep<T extends { length: number; subarray(from: number, to: number): T }>(
  first: AsyncIterator<T>,
  second: AsyncIterator<T>,
): AsyncGenerator<[T, T]> {
  const streams = [first, second] as const;
  const next = async (stream: AsyncIterator<T>): Promise<T | null> => {
    for (;;) {
      const { value, done } = await stream.next();
      if (done) return null;
      if (value.length > 0) return value;
    }
  };
  try {
    let [a, b] = [await next(first), await next(second)];
    while (a && b) {
      const length = Math.min(a.length, b.length);
      yield [a.subarray(0, length), b.subarray(0, length)];
      a = length < a.length ? a.subarray(length, a.length) : await next(first);
      b = length < b.length ? b.subarray(length, b.length) : await next(second);
    }
  } finally {
    for (const stream of streams) await stream.return?.();
  }
}
