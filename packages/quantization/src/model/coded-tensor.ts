import { type CheckpointTensor, computedTensor } from '@weightkit/checkpoint';
import { dequantize } from '../grids/dequantize.ts';
import { quantizationError } from '../grids/quantization-error.ts';
import type { Quantized } from '../grids/quantized.ts';
import type { QuantizedWeight } from './quantized-model.ts';

/** The codes of a weight as its tensor in the file. */
export function codedTensor({ name, shape }: CheckpointTensor, quantized: Quantized): CheckpointTensor {
  const { dtype, codes } = quantized;
  const bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);
  const decode = (some: Uint8Array): Float32Array => {
    const part = dtype === 'uint8' ? some : new Uint16Array(some.slice().buffer);
    return dequantize({ ...quantized, codes: part } as Quantized);
  };
  return computedTensor({
    name,
    shape,
    dtype: 'float32',
    encoding:
      dtype === 'float16'
        ? { kind: 'float16' }
        : { kind: 'affine', storage: dtype, min: quantized.min, scale: quantized.scale },
    codec: { blockValues: 1, blockBytes: codes.BYTES_PER_ELEMENT, decode },
    byteLength: bytes.length,
    async *stream() {
      yield bytes;
    },
  });
}

/** What the report says of a weight's codes. */
export function measured(path: string, name: string, values: Float32Array, quantized: Quantized): QuantizedWeight {
  const { dtype, codes } = quantized;
  const sizes = { parameters: values.length, bytesBefore: values.byteLength, bytesAfter: codes.byteLength };
  return { path, name, dtype, ...sizes, ...quantizationError(values, quantized, dequantize(quantized)) };
}
