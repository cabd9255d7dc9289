import { type CheckpointTensor, computedTensor, plainCodec } from '@weightkit/checkpoint';
import { affineCodes, float16Bits, fromFloat16Bits, type RoundingLaw } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import { halfUlp16 } from '../grids/quantization-error.ts';
import type { QuantizedDtype } from '../grids/quantized.ts';
import { affineRange } from '../ranges/affine-range.ts';
import type { ClipRange } from '../ranges/range-sample.ts';
import { PIECE, type Range } from './range-of.ts';
import { giveWritten, takeWritten, WRITTEN } from './read-in-place.ts';

/** A tensor that will be stored as codes. */
export interface QuantizedTensorReport {
  /** Its name. */
  name: string;
  /** What its codes are. */
  dtype: QuantizedDtype;
  /** Number of values. */
  parameters: number;
  /** The smallest and the largest value. */
  range: [min: number, max: number];
  /** Distance of neighboring values; null for float16. */
  scale: number | null;
  /** What no value's error exceeds. */
  bound: number;
  /** Bytes as they were stored, and as codes. */
  bytes: [before: number, after: number];
}

const HALF_MAX = 65520;

const bytesOf = (codes: Uint8Array | Uint16Array): Uint8Array =>
  new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);

/** Codes of a tensor's values, made in a buffer of some pieces. */
async function* coded<C extends Uint8Array | Uint16Array>(
  tensor: CheckpointTensor,
  Codes: { new (buffer: ArrayBufferLike, offset: number, length: number): C; readonly BYTES_PER_ELEMENT: number },
  code: (values: Float32Array, codes: C) => void,
): AsyncGenerator<Uint8Array> {
  const count = tensor.shape.reduce((a, b) => a * b, 1);
  const bytes = takeWritten(Math.min(WRITTEN, count * Codes.BYTES_PER_ELEMENT));
  const room = new Codes(bytes.buffer, bytes.byteOffset, bytes.length / Codes.BYTES_PER_ELEMENT);
  let filled = 0;
  for await (const values of tensor.chunks(PIECE)) {
    if (filled + values.length > room.length) {
      yield bytesOf(room.subarray(0, filled));
      filled = 0;
    }
    code(values as Float32Array, room.subarray(filled, filled + values.length) as C);
    filled += values.length;
  }
  if (filled > 0) yield bytesOf(room.subarray(0, filled));
  // Only at the end: who leaves earlier may still read the last piece.
  giveWritten(bytes);
}

/** The tensor in float16, and its report. */
export function asFloat16(tensor: CheckpointTensor, { low, high }: Range): [CheckpointTensor, QuantizedTensorReport] {
  const { name, shape } = tensor;
  const parameters = shape.reduce((a, b) => a * b, 1);
  const largest = Math.max(-low, high);
  checkRange(
    parameters === 0 || largest < HALF_MAX,
    `quantizeCheckpoint: values of ${name} must stay finite in float16 (use another dtype or leave the tensor out)`,
    largest,
  );
  const decode = (bytes: Uint8Array): Float32Array =>
    fromFloat16Bits(plainCodec('uint16').decode(bytes) as Uint16Array);
  const made = computedTensor({
    name,
    shape,
    dtype: 'float32',
    encoding: { kind: 'float16' },
    codec: { blockValues: 1, blockBytes: 2, decode },
    byteLength: 2 * parameters,
    stream: () => coded(tensor, Uint16Array, (values, out) => float16Bits(values, { out })),
  });
  const bound = parameters === 0 ? 0 : halfUlp16(largest);
  const bytes: [number, number] = [tensor.byteLength, made.byteLength];
  return [made, { name, dtype: 'float16', parameters, range: [low, high], scale: null, bound, bytes }];
}

/** The tensor as affine codes, and its report. */
export function asAffine(
  tensor: CheckpointTensor,
  { low, high }: Range,
  storage: 'uint8' | 'uint16',
  law: RoundingLaw,
  clip?: ClipRange,
): [CheckpointTensor, QuantizedTensorReport] {
  const { name, shape } = tensor;
  const parameters = shape.reduce((a, b) => a * b, 1);
  const levels = storage === 'uint8' ? 255 : 65535;
  const constant = !(low < high);
  const [from, to] = clip ? [clip.min, clip.max] : [low, high];
  const grid = constant ? { scale: 1, min: parameters === 0 ? 0 : low, max: high } : affineRange(from, to, levels);
  checkRange(
    Number.isFinite(Math.fround(grid.min)) && Number.isFinite(Math.fround(constant ? 0 : grid.max)),
    `quantizeCheckpoint: values of ${name} must stay finite in ${storage} (use another dtype or leave the tensor out)`,
    [low, high],
  );
  const { scale, min } = grid;
  const Codes = storage === 'uint8' ? Uint8Array : Uint16Array;
  const decode = (bytes: Uint8Array): Float32Array => {
    const codes = plainCodec(storage).decode(bytes) as Uint8Array;
    return Float32Array.from(codes, (code) => code * scale + min);
  };
  const made = computedTensor({
    name,
    shape,
    dtype: 'float32',
    encoding: { kind: 'affine', storage, scale, min },
    codec: { blockValues: 1, blockBytes: Codes.BYTES_PER_ELEMENT, decode },
    byteLength: Codes.BYTES_PER_ELEMENT * parameters,
    stream: () =>
      coded<Uint8Array | Uint16Array>(tensor, Codes, (values, codes) => {
        if (!constant) affineCodes(values, codes, { ...grid, law });
      }),
  });
  // Half a step, the roundings of the value, the grid and, by the float32 law, of each step on the way (fewer than eight).
  const largest = Math.max(Math.abs(min), Math.abs(grid.max));
  const roundings = law === 'float32' ? 8 : 1;
  const half = clip ? Math.max(scale / 2, grid.min - low, high - grid.max) : scale / 2;
  const bound = constant ? 0 : half + roundings * (2 ** -24 + 2 ** -48) * 2 * largest + 2 ** -150;
  const bytes: [number, number] = [tensor.byteLength, made.byteLength];
  return [made, { name, dtype: storage, parameters, range: [low, high], scale, bound, bytes }];
}
