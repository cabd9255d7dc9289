import { readHalf, writeHalf } from './half-scale.ts';

const { fround } = Math;

/** float16 d = max |x| / 127, then 32 codes round(x / d), halves away from zero. */
export function encodeQ80(x: Float32Array, bytes: Uint8Array): void {
  let largest = 0;
  for (const value of x) largest = Math.max(largest, Math.abs(value));
  const d = fround(largest / 127);
  const inverse = d === 0 ? 0 : fround(1 / d);
  writeHalf(bytes, 0, d);
  for (let i = 0; i < 32; i++) {
    const scaled = fround(x[i]! * inverse);
    bytes[2 + i] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
  }
}

export function decodeQ80(bytes: Uint8Array, out: Float32Array): void {
  const d = readHalf(bytes, 0);
  for (let i = 0; i < 32; i++) out[i] = ((bytes[2 + i]! << 24) >> 24) * d;
}
