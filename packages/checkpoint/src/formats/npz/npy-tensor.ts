import type { CheckpointTensor } from '../../checkpoint.ts';
import { computedTensor } from '../../computed-tensor.ts';
import { DTYPES } from '../../dtypes.ts';
import { plainCodec } from '../../plain-codec.ts';
import type { NpyHeader } from './npy-header.ts';

/** Turns the bytes of each number round. */
function swap(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** From the first axis fastest to the last axis fastest. */
function rowMajor(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const strides: number[] = [];
  let stride = 1;
  for (const dim of shape) {
    strides.push(stride);
    stride *= dim;
  }
  const index = new Array<number>(shape.length).fill(0);
  for (let to = 0, from = 0; to < out.length; to += size) {
    for (let b = 0; b < size; b++) out[to + b] = bytes[from * size + b]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/** An array in another order than little-endian and row-major, put into it when it is read; that takes it whole. */
export function reordered(name: string, header: NpyHeader, raw: () => Promise<Uint8Array>): CheckpointTensor {
  const { dtype, shape, fortran, bigEndian, bytes } = header;
  const size = DTYPES[dtype].bits / 8;
  return computedTensor({
    name,
    shape,
    dtype,
    codec: plainCodec(dtype),
    byteLength: bytes,
    async *stream() {
      const read = await raw();
      if (bigEndian) swap(read, dtype === 'complex64' ? 4 : size);
      yield fortran && shape.length > 1 ? rowMajor(read, shape, size) : read;
    },
  });
}

/** Whether an array's bytes lie as they are wanted. */
export const isOrdered = ({ fortran, bigEndian, shape, dtype }: NpyHeader): boolean =>
  !(fortran && shape.length > 1) && !(bigEndian && DTYPES[dtype].bits > 8);
