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

/** The names of those formats. */
export type Float8 = keyof typeof FLOAT8;

const tables = new Map<string, Float32Array>();

/** The values of codes of 8 bits, exact. */
export function float8Values(bytes: Uint8Array, dtype: Float8): Float32Array {
  let table = tables.get(dtype);
  if (!table) {
    table = Float32Array.from({ length: 256 }, (_, code) => FLOAT8[dtype](code));
    tables.set(dtype, table);
  }
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i]!]!;
  return out;
}
