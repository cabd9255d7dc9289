import { fromFloat16Bits } from '@weightkit/numerics';

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

const fromBits = (bits: number): number => {
  word[0] = bits;
  return float[0]!;
};

/** The value of a small float: sign, `exponentBits`, `mantissaBits`; by IEEE 754 as far as its special values go. */
function plainValue(code: number, exponentBits: number, mantissaBits: number, bias: number): number {
  const sign = code >>> (exponentBits + mantissaBits) ? -1 : 1;
  const exponent = (code >>> mantissaBits) & ((1 << exponentBits) - 1);
  const mantissa = code & ((1 << mantissaBits) - 1);
  const scale = 2 ** -mantissaBits;
  return exponent === 0
    ? sign * mantissa * scale * 2 ** (1 - bias)
    : sign * (1 + mantissa * scale) * 2 ** (exponent - bias);
}

/** The formats of 8 bits: of what each code is when it is no plain number, and its fields. */
const FLOAT8 = {
  // NaN at S.1111.111 only, no infinity (https://arxiv.org/abs/2209.05433).
  float8_e4m3fn: (code: number) => ((code & 0x7f) === 0x7f ? Number.NaN : plainValue(code, 4, 3, 7)),
  float8_e5m2: (code: number) => {
    const magnitude = code & 0x7f;
    if (magnitude > 0x7c) return Number.NaN;
    if (magnitude === 0x7c) return code & 0x80 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return plainValue(code, 5, 2, 15);
  },
  // One NaN, at the code of -0; no infinity, no negative zero (https://arxiv.org/abs/2206.02915).
  float8_e4m3fnuz: (code: number) => (code === 0x80 ? Number.NaN : plainValue(code, 4, 3, 8)),
  float8_e5m2fnuz: (code: number) => (code === 0x80 ? Number.NaN : plainValue(code, 5, 2, 16)),
  // A power of two, without a sign (OCP Microscaling Formats v1.0).
  float8_e8m0fnu: (code: number) => (code === 0xff ? Number.NaN : 2 ** (code - 127)),
} as const;

const tables = new Map<string, Float32Array>();

/** The values of codes of 8 bits, exact. */
export function float8Values(bytes: Uint8Array, dtype: keyof typeof FLOAT8): Float32Array {
  let table = tables.get(dtype);
  if (!table) {
    table = Float32Array.from({ length: 256 }, (_, code) => FLOAT8[dtype](code));
    tables.set(dtype, table);
  }
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i]!]!;
  return out;
}

let halves: Float32Array | undefined;

/** The value of one float16 code. */
export function halfValue(code: number): number {
  halves ??= fromFloat16Bits(Uint16Array.from({ length: 65_536 }, (_, one) => one));
  return halves[code]!;
}

/** The values of bfloat16 bits, exact: the upper half of a float32. */
export function topHalfValues(codes: Uint16Array): Float32Array {
  const out = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) out[i] = codes[i]! << 16;
  return new Float32Array(out.buffer);
}

/** The value of one bfloat16 code. */
export const topHalfValue = (code: number): number => fromBits(code << 16);
