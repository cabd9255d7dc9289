import { type CheckpointTensor, computedTensor, plainCodec } from '@weightkit/checkpoint';

/** A tensor of a checkpoint with these values, which it borrows. */
export function floatTensor(name: string, shape: readonly number[], values: Float32Array): CheckpointTensor {
  const { buffer, byteOffset, byteLength } = values;
  return computedTensor({
    name,
    shape,
    dtype: 'float32',
    codec: plainCodec('float32'),
    byteLength,
    async *stream() {
      yield new Uint8Array(buffer, byteOffset, byteLength);
    },
  });
}
