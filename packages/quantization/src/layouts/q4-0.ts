import { readHalf, writeHalf } from './half-scale.ts';

const { fround } = Math;

/**
 * float16 d = (the value of largest magnitude, the first of equal ones) / −8, then codes min(15, trunc(x / d + 8.5)), of which
 * the second 16 are the high nibbles. The inverse is that of d before it is rounded.
 */
export function encodeQ40(x: Float32Array, bytes: Uint8Array): void {
  let largest = 0;
  for (const value of x) if (Math.abs(value) > Math.abs(largest)) largest = value;
  const d = fround(largest / -8);
  const inverse = d === 0 ? 0 : fround(1 / d);
  writeHalf(bytes, 0, d);
  const code = (value: number) => Math.min(15, Math.trunc(fround(value * inverse + 8.5)));
  for (let j = 0; j < 16; j++) bytes[2 + j] = code(x[j]!) | (code(x[j + 16]!) << 4);
}

export function decodeQ40(bytes: Uint8Array, out: Float32Array): void {
  const d = readHalf(bytes, 0);
  for (let j = 0; j < 16; j++) {
    out[j] = ((bytes[2 + j]! & 15) - 8) * d;
    out[j + 16] = ((bytes[2 + j]! >> 4) - 8) * d;
  }
}
