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
type Float = (typeof FLOATS)[number];

/** Why a tensor holds nothing to prune, whatever a filter says; undefined where it does. */
export const whyNoFloats = ({ dtype }: CheckpointTensor): string | undefined =>
  (FLOATS as readonly string[]).includes(dtype) ? undefined : `${dtype}: only float tensors are pruned`;

/** Values of TensorFlow.js's codes, as its loader decodes them: in float64, rounded once. */
function affineValues(codes: Uint8Array | Uint16Array, scale: number, min: number): Float32Array {
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = codes[i]! * scale + min;
  return values;
}

/** How a float tensor stores an exact 0; a text that says why it cannot. */
export function storedZeros(tensor: CheckpointTensor): StoredZeros | string {
  const { dtype, encoding, shape } = tensor;
  const parameters = shape.reduce((product, size) => product * size, 1);
  if (encoding.kind === 'ggml') return `blocks of ${encoding.type}`;
  if (encoding.kind !== 'affine') {
    const codec = plainCodec(encoding.kind === 'float16' ? 'float16' : (dtype as Float)) as FloatCodec;
    return { tensor, parameters, codec, zero: 0 };
  }
  const { storage, scale, min } = encoding;
  const { blockBytes, decode } = plainCodec(storage);
  const decodeCodes = (bytes: Uint8Array) => affineValues(decode(bytes) as Uint8Array | Uint16Array, scale, min);
  const code = min === 0 ? 0 : Math.round(-min / scale);
  const highest = storage === 'uint8' ? 255 : 65535;
  const exact = code >= 0 && code <= highest && Math.fround(code * scale + min) === 0;
  if (!exact) return `${storage} without a code for 0`;
  return { tensor, parameters, codec: { blockValues: 1, blockBytes, decode: decodeCodes }, zero: code };
}
