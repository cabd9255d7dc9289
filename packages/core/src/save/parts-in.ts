import type * as tf from '@tensorflow/tfjs-core';
import { type CheckpointTensor, computedTensor, type Dtype, plainCodec } from '@weightkit/checkpoint';
import { bytesWithStrings } from './stored-bytes.ts';

/** The bytes of each weight of a plain file, as views. */
export function* partsIn(specs: readonly tf.io.WeightsManifestEntry[], data: ArrayBuffer): Generator<Uint8Array> {
  let rest = new Uint8Array(data);
  for (const spec of specs) {
    const length = bytesWithStrings([spec], rest);
    yield rest.subarray(0, length);
    rest = rest.subarray(length);
  }
}

/** A weight that is not quantized as a tensor of a checkpoint. */
export const tensorOf = ({ name, shape, dtype }: tf.io.WeightsManifestEntry, bytes: Uint8Array): CheckpointTensor =>
  computedTensor({
    name,
    shape,
    dtype: dtype as Dtype,
    codec: plainCodec(dtype as Dtype),
    byteLength: bytes.length,
    async *stream() {
      yield bytes;
    },
  });
