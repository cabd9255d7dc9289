import type { Weight } from '@weightkit/core';

/** Downloads a weight's effective value as it is, NaN and infinity too. */
export async function readValues(weight: Weight): Promise<Float32Array> {
  const tensor = weight.read();
  try {
    return Float32Array.from((await tensor.data()) as ArrayLike<number>);
  } finally {
    tensor.dispose();
  }
}
