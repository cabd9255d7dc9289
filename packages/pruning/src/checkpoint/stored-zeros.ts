import { type CheckpointTensor, type Codec, plainCodec } from '@weightkit/checkpoint';

/** Numbers whose magnitudes are compared. */
export type Floats = Float32Array | Float64Array;

/** A codec whose numbers are floats. */
export interface FloatCodec extends Codec {
  readonly decode: (bytes: Uint8Array) => Floats;
}

/** How a tensor's stored bytes are read, and what is stored for 0. */
export interface StoredZeros {
  tensor: CheckpointTensor;
  /** Number of entries. */
  parameters: number;
  codec: FloatCodec;
  /** What is stored for an entry that is exactly 0: a code, or 0 itself. */
  zero: number;
}

const FLOATS = ['float16', 'bfloat16', 'float32', 'float64'] as const;

/** Why a tensor holds nothing to prune, whatever a filter says; undefined where it does. */
export const whyNoFloats = ({ dtype }: CheckpointTensor): string | undefined =>
  (FLOATS as readonly string[]).includes(dtype) ? undefined : `${dtype}: only float tensors are pruned`;

/** Values of TensorFlow.js's codes, as its loader decodes them: in float64, rounded once. */
function affineValues(codes: Uint8Array | Uint16Array, scale: number, min: number): Float32Array {
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = codes[i]! * scale + min;
  return values;
}

/** How a tensor's stored entries are read, of one that stores each by itself. */
export function entryCodec({ dtype, encoding }: CheckpointTensor): Codec {
  if (encoding.kind !== 'affine') return plainCodec(encoding.kind === 'float16' ? 'float16' : dtype);
  const { storage, scale, min } = encoding;
  const { blockBytes, decode } = plainCodec(storage);
  const values = (bytes: Uint8Array) => affineValues(decode(bytes) as Uint8Array | Uint16Array, scale, min);
  const isWhole = dtype === 'int32';
  return {
    blockValues: 1,
    blockBytes,
    decode: (bytes) => (isWhole ? Int32Array.from(values(bytes), Math.round) : values(bytes)),
  };
}

/** How a float tensor stores an exact 0; a text that says why it cannot. */
export function storedZeros(tensor: CheckpointTensor): StoredZeros | string {
  const { encoding, shape } = tensor;
  const parameters = shape.reduce((product, size) => product * size, 1);
  if (encoding.kind === 'ggml') return `blocks of ${encoding.type}`;
  if (encoding.kind === 'codes') return `codes of ${encoding.grid}`;
  const codec = entryCodec(tensor) as FloatCodec;
  if (encoding.kind !== 'affine') return { tensor, parameters, codec, zero: 0 };
  const { storage, scale, min } = encoding;
  const code = min === 0 ? 0 : Math.round(-min / scale);
  const highest = storage === 'uint8' ? 255 : 65535;
  const exact = code >= 0 && code <= highest && Math.fround(code * scale + min) === 0;
  if (!exact) return `${storage} without a code for 0`;
  return { tensor, parameters, codec, zero: code };
}
