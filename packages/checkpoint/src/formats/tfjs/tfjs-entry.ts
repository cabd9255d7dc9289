import { fromFloat16Bits } from '@weightkit/numerics';
import type { Encoding } from '../../checkpoint.ts';
import { type CheckpointFault, checkFile } from '../../checkpoint-error.ts';
import { sizeOf, type Values, viewAs } from '../../dtypes.ts';
import { plainCodec } from '../../plain-codec.ts';
import type { Codec } from '../../stored-tensor.ts';
import { NO_REST, PLAIN, type Rest, TFJS_DTYPES, type TfjsDtype, type TfjsEntry } from './plain-entry.ts';

const KNOWN = ['name', 'shape', 'dtype', 'quantization'];

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
    const decode = (bytes: Uint8Array): Values => fromFloat16Bits(viewAs(Uint16Array, bytes));
    return { encoding: { kind: 'float16' }, codec: { blockValues: 1, blockBytes: 2, decode } };
  }
  checkFile(
    typeof scale === 'number' && Number.isFinite(scale) && typeof min === 'number' && Number.isFinite(min),
    'quantization must have scale and min, one finite number each',
    [scale, min],
    fault,
  );
  const codesIn = (bytes: Uint8Array) => (storage === 'uint8' ? bytes : viewAs(Uint16Array, bytes));
  const decode = (bytes: Uint8Array): Values => affineValues(codesIn(bytes), scale, min, dtype);
  return {
    encoding: { kind: 'affine', storage, scale, min },
    codec: { blockValues: 1, blockBytes: storage === 'uint8' ? 1 : 2, decode },
  };
}

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
