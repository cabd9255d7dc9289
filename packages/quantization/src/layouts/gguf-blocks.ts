import { checkFinite, checkRange, checkType } from '@weightkit/numerics/check';
import { readHalf } from './half-scale.ts';
import { decodeQ40, encodeQ40 } from './q4-0.ts';
import { decodeQ4K, encodeQ4K } from './q4-k.ts';
import { decodeQ80, encodeQ80 } from './q8-0.ts';

/** Blocks of GGUF files: 32 values in 18 bytes, 32 in 34, 256 in 144. */
export type GgufType = 'Q4_0' | 'Q8_0' | 'Q4_K';

interface Law {
  values: number;
  bytes: number;
  /** Where the float16 scales lie. */
  halves: number[];
  encode: (x: Float32Array, bytes: Uint8Array) => void;
  decode: (bytes: Uint8Array, out: Float32Array) => void;
}

const LAWS: Record<GgufType, Law> = {
  Q4_0: { values: 32, bytes: 18, halves: [0], encode: encodeQ40, decode: decodeQ40 },
  Q8_0: { values: 32, bytes: 34, halves: [0], encode: encodeQ80, decode: decodeQ80 },
  Q4_K: { values: 256, bytes: 144, halves: [0, 2], encode: encodeQ4K, decode: decodeQ4K },
};

function lawOf(fn: string, type: unknown): Law {
  checkType(typeof type === 'string' && Object.hasOwn(LAWS, type), `${fn}: type must be Q4_0, Q8_0 or Q4_K`, type);
  return LAWS[type as GgufType];
}

/**
 * Values in the blocks of GGUF files, the bytes of ggml's reference quantizers (`quantize_row_q4_0_ref`, `..._q8_0_ref`,
 * `..._q4_K_ref`, each operation in float32). GGUF stores matrices by output unit: transpose a kernel of TensorFlow.js first.
 *
 * @example
 * const x = Float32Array.from({ length: 32 }, (_, i) => i - 16);
 * const bytes = ggufBlocks(x, 'Q8_0');
 * console.log(bytes.length, fromGgufBlocks(bytes, 'Q8_0')[0].toFixed(2)); // -> 34 -16.00
 *
 * @param values - finite, a multiple of 32, or of 256 for Q4_K; not changed
 * @param type - see {@link GgufType}
 * @returns new bytes
 * @throws RangeError for another length, NaN or infinity by index, a block whose scale float16 does not hold; TypeError for
 * other arguments
 */
export function ggufBlocks(values: Float32Array, type: GgufType): Uint8Array {
  const fn = 'ggufBlocks';
  checkType(values instanceof Float32Array, `${fn}: values must be a Float32Array`, values);
  const law = lawOf(fn, type);
  checkRange(values.length % law.values === 0, `${fn}: length must be a multiple of ${law.values}`, values.length);
  checkFinite(fn, 'values', 'values', values);
  const blocks = values.length / law.values;
  const out = new Uint8Array(blocks * law.bytes);
  for (let b = 0; b < blocks; b++) {
    const bytes = out.subarray(b * law.bytes, (b + 1) * law.bytes);
    law.encode(values.subarray(b * law.values, (b + 1) * law.values), bytes);
    for (const at of law.halves)
      checkRange(
        Number.isFinite(readHalf(bytes, at)),
        `${fn}: scale of values[${b * law.values}] and what follows must be a finite float16`,
        readHalf(bytes, at),
      );
  }
  return out;
}

/**
 * The values of GGUF blocks, float32 as ggml decodes them.
 *
 * @param bytes - whole blocks
 * @param type - see {@link GgufType}
 * @returns new values
 * @throws RangeError for bytes that are not whole blocks, or a scale that is not finite; TypeError for other arguments
 */
export function fromGgufBlocks(bytes: Uint8Array, type: GgufType): Float32Array {
  const fn = 'fromGgufBlocks';
  checkType(bytes instanceof Uint8Array, `${fn}: bytes must be a Uint8Array`, bytes);
  const law = lawOf(fn, type);
  checkRange(bytes.length % law.bytes === 0, `${fn}: length must be a multiple of ${law.bytes}`, bytes.length);
  const blocks = bytes.length / law.bytes;
  const out = new Float32Array(blocks * law.values);
  for (let b = 0; b < blocks; b++) {
    const block = bytes.subarray(b * law.bytes, (b + 1) * law.bytes);
    for (const at of law.halves)
      checkRange(
        Number.isFinite(readHalf(block, at)),
        `${fn}: scale of block ${b} must be finite`,
        readHalf(block, at),
      );
    law.decode(block, out.subarray(b * law.values, (b + 1) * law.values));
  }
  return out;
}
