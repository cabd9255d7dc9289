import { float16Bits, fromFloat16Bits } from '@weightkit/numerics';

/** Writes a scale as float16, lowest byte first, and gives the value that it has then. */
export function writeHalf(bytes: Uint8Array, at: number, scale: number): number {
  const bits = float16Bits(Float32Array.of(scale));
  bytes[at] = bits[0]! & 255;
  bytes[at + 1] = bits[0]! >> 8;
  return fromFloat16Bits(bits)[0]!;
}

export function readHalf(bytes: Uint8Array, at: number): number {
  return fromFloat16Bits(Uint16Array.of(bytes[at]! | (bytes[at + 1]! << 8)))[0]!;
}
