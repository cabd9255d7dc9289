import type { CheckpointTensor } from '../checkpoint.ts';
import { computedTensor } from '../computed-tensor.ts';
import { sizeOf } from '../dtypes.ts';
import { plainCodec } from '../plain-codec.ts';

const PIECE = 1 << 18;

/** The decoded numbers as float32 or int32, exact for every dtype it is asked for. */
export function decoded(tensor: CheckpointTensor, dtype: 'float32' | 'int32'): CheckpointTensor {
  const { name, shape } = tensor;
  const Type = dtype === 'float32' ? Float32Array : Int32Array;
  return computedTensor({
    name,
    shape,
    dtype,
    codec: plainCodec(dtype),
    byteLength: 4 * sizeOf(shape),
    async *stream() {
      for await (const values of tensor.chunks(PIECE)) {
        const out = values instanceof Type ? values : Type.from(values as Uint8Array);
        yield new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
      }
    },
  });
}
