import { halfValue } from '../../half-values.ts';

const { fround } = Math;

/** `q * d` for 32 signed bytes and one scale. */
function q8_0(block: DataView, at: number, out: Float32Array, to: number): void {
  const d = halfValue(block.getUint16(at, true));
  for (let i = 0; i < 32; i++) out[to + i] = d * block.getInt8(at + 2 + i);
}

/** `(q - 8) * d` for 32 codes of 4 bits: the low halves of 16 bytes first. */
function q4_0(block: DataView, at: number, out: Float32Array, to: number): void {
  const d = halfValue(block.getUint16(at, true));
  for (let i = 0; i < 16; i++) {
    const codes = block.getUint8(at + 2 + i);
    out[to + i] = d * ((codes & 15) - 8);
    out[to + 16 + i] = d * ((codes >> 4) - 8);
  }
}

/** Scale and minimum j of eight, 6 bits each, in 12 bytes. */
function scaleAndMin(block: DataView, at: number, j: number): [scale: number, min: number] {
  const byte = (i: number): number => block.getUint8(at + i);
  return j < 4
    ? [byte(j) & 63, byte(j + 4) & 63]
    : [(byte(j + 4) & 15) | ((byte(j - 4) >> 6) << 4), (byte(j + 4) >> 4) | ((byte(j) >> 6) << 4)];
}

/** `q * (d * scale) - dmin * min` for 256 codes of 4 bits, a scale and a minimum for 32; each step rounded to float32. */
function q4_k(block: DataView, at: number, out: Float32Array, to: number): void {
  const d = halfValue(block.getUint16(at, true));
  const dmin = halfValue(block.getUint16(at + 2, true));
  for (let j = 0; j < 8; j++) {
    const [scale, min] = scaleAndMin(block, at + 4, j);
    const step = fround(d * scale);
    const base = fround(dmin * min);
    const from = at + 16 + (j >> 1) * 32;
    const shift = (j & 1) * 4;
    for (let i = 0; i < 32; i++)
      out[to + 32 * j + i] = fround(step * ((block.getUint8(from + i) >> shift) & 15)) - base;
  }
}

const BLOCKS = {
  Q8_0: [32, 34, q8_0],
  Q4_0: [32, 18, q4_0],
  Q4_K: [256, 144, q4_k],
} as const;

/** The types that are decoded. */
export type DecodedType = keyof typeof BLOCKS;

/** Whether a type of blocks is decoded. */
export const isDecoded = (type: string): type is DecodedType => type in BLOCKS;

/** The numbers of blocks, bit for bit those of ggml's reference in Python. */
export function dequantizeBlocks(bytes: Uint8Array, type: DecodedType): Float32Array {
  const [values, size, decode] = BLOCKS[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.length / size);
  const out = new Float32Array(count * values);
  for (let i = 0; i < count; i++) decode(view, i * size, out, i * values);
  return out;
}
