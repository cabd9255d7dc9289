import { fromFloat16Bits } from '@weightkit/numerics';
import type { Encoding } from '../../checkpoint.ts';
import { type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { DTYPES, type Dtype, sizeOf, type Values } from '../../dtypes.ts';
import { type Codec, plainCodec } from '../../stored-tensor.ts';

/** The dtypes of a weights manifest. */
export type TfjsDtype = 'float32' | 'int32' | 'bool' | 'string' | 'complex64';

/** An entry of a weights manifest that has been checked. */
export interface TfjsEntry {
  name: string;
  shape: number[];
  dtype: TfjsDtype;
  encoding: Encoding;
  codec: Codec;
  /** Bytes as stored; for strings, whose length the file says, the least that they take. */
  bytes: number;
  /** What else the entry says, each as JSON text. */
  rest: readonly (readonly [key: string, json: string])[];
}

const KNOWN = ['name', 'shape', 'dtype', 'quantization'];

const TFJS_DTYPES: readonly Dtype[] = ['float32', 'int32', 'bool', 'string', 'complex64'];

/** Stock decodes `code * scale + min` in float64 and rounds once: to float32, or to an integer for int32. */
function affineValues(codes: Uint8Array | Uint16Array, scale: number, min: number, dtype: TfjsDtype): Values {
  const out = dtype === 'int32' ? new Int32Array(codes.length) : new Float32Array(codes.length);
  if (dtype === 'int32') for (let i = 0; i < codes.length; i++) out[i] = Math.round(codes[i]! * scale + min);
  else for (let i = 0; i < codes.length; i++) out[i] = codes[i]! * scale + min;
  return out;
}

/** What codes of TensorFlow.js's files are, and how they are decoded. */
export function quantizedEncoding(
  dtype: TfjsDtype,
  quantization: Record<string, unknown>,
  fault: CheckpointFault,
): { encoding: Encoding; codec: Codec } {
  const { dtype: storage, scale, min } = quantization;
  checkFile(
    storage === 'uint8' || storage === 'uint16' || storage === 'float16',
    'quantization.dtype must be uint8, uint16 or float16',
    storage,
    fault,
  );
  const [allowed, named]: [TfjsDtype[], string] =
    storage === 'float16' ? [['float32'], 'float32'] : [['float32', 'int32'], 'float32 or int32'];
  checkFile(allowed.includes(dtype), `a tensor stored as ${storage} must be ${named}`, dtype, fault);
  if (storage === 'float16') {
    const decode = (bytes: Uint8Array): Values => fromFloat16Bits(DTYPES.uint16.decode(bytes) as Uint16Array);
    return { encoding: { kind: 'float16' }, codec: { blockValues: 1, blockBytes: 2, decode } };
  }
  checkFile(
    typeof scale === 'number' && Number.isFinite(scale) && typeof min === 'number' && Number.isFinite(min),
    'quantization must have scale and min, one finite number each',
    [scale, min],
    fault,
  );
  const decode = (bytes: Uint8Array): Values =>
    affineValues(DTYPES[storage].decode(bytes) as Uint8Array | Uint16Array, scale, min, dtype);
  return {
    encoding: { kind: 'affine', storage, scale, min },
    codec: { blockValues: 1, blockBytes: storage === 'uint8' ? 1 : 2, decode },
  };
}

type Rest = TfjsEntry['rest'];

const NO_REST: Rest = [];
const PLAIN: Encoding = { kind: 'plain' };

/** What an entry says beside what is known. */
function restOf(entry: object): Rest {
  let rest = NO_REST;
  const keys = Object.keys(entry);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (KNOWN.includes(key)) continue;
    const value = (entry as Record<string, unknown>)[key];
    if (value !== undefined) rest = [...rest, [key, JSON.stringify(value)]];
  }
  return rest;
}

function isShape(shape: unknown): shape is number[] {
  if (!Array.isArray(shape)) return false;
  for (let i = 0; i < shape.length; i++) if (!(Number.isSafeInteger(shape[i]) && shape[i] >= 0)) return false;
  return true;
}

/** Checks one entry of a weights manifest. */
export function tfjsEntry(entry: unknown, file: string): TfjsEntry {
  checkFile(typeof entry === 'object' && entry !== null, 'a weight must have name, shape and dtype', entry, {
    check: 'weight',
    file,
  });
  const { name, shape, dtype, quantization } = entry as Record<string, unknown>;
  const rest = restOf(entry);
  if (typeof name !== 'string') checkFile(false, 'a weight must have a name', name, { check: 'weight-name', file });
  // Faults are made only where one is needed: there may be many thousands of weights.
  if (!isShape(shape)) checkFile(false, 'shape must be a list of sizes', shape, { check: 'shape', file, tensor: name });
  if (typeof dtype !== 'string' || !(TFJS_DTYPES as string[]).includes(dtype))
    checkFile(false, `dtype must be one of ${TFJS_DTYPES.join(', ')}`, dtype, { check: 'dtype', file, tensor: name });
  const type = dtype as TfjsDtype;
  const { encoding, codec } =
    quantization === undefined
      ? { encoding: PLAIN, codec: plainCodec(type) }
      : quantizedEncoding(type, (quantization ?? {}) as Record<string, unknown>, {
          check: 'quantization',
          file,
          tensor: name,
        });
  const bytes = sizeOf(shape) * (type === 'string' ? 4 : codec.blockBytes);
  if (!Number.isSafeInteger(bytes))
    checkFile(false, 'shape must be one whose size can be counted', shape, {
      check: 'overflow',
      file,
      tensor: name,
    });
  return { name, shape, dtype: type, encoding, codec, bytes, rest };
}

/** The entry of a weight that is not quantized; null where it is not a good one. */
export function plainEntry(name: string, shape: number[], dtype: string): TfjsEntry | null {
  if (!(TFJS_DTYPES as string[]).includes(dtype)) return null;
  const type = dtype as TfjsDtype;
  const codec = plainCodec(type);
  const bytes = sizeOf(shape) * (type === 'string' ? 4 : codec.blockBytes);
  return Number.isSafeInteger(bytes)
    ? { name, shape, dtype: type, encoding: PLAIN, codec, bytes, rest: NO_REST }
    : null;
}
