/** A float of up to 8 bits. */
export interface SmallFloat {
  exponentBits: number;
  mantissaBits: number;
  bias: number;
  /** The last finite code without its sign. */
  most: number;
  /** The largest finite value. */
  largest: number;
  /** Whether codes above the last finite one are infinity and NaN, as in IEEE 754; else NaN. */
  infinite: boolean;
}

/** OCP 8-bit and Microscaling formats: https://arxiv.org/abs/2209.05433, OCP MX v1.0. */
export const SMALL_FLOATS = {
  e4m3: { exponentBits: 4, mantissaBits: 3, bias: 7, most: 0x7e, largest: 448, infinite: false },
  e5m2: { exponentBits: 5, mantissaBits: 2, bias: 15, most: 0x7b, largest: 57344, infinite: true },
  e2m1: { exponentBits: 2, mantissaBits: 1, bias: 1, most: 7, largest: 6, infinite: false },
} satisfies Record<string, SmallFloat>;

const ROUND = 2 ** 52;
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * The code of the nearest value, halves to even, saturated at the largest; the sign is the highest bit. For each exponent of a
 * float32 two numbers say all: the inverse of the distance of neighbors there, and the code where they begin.
 */
export function smallFloatEncoder({ exponentBits, mantissaBits, bias, most }: SmallFloat): (x: number) => number {
  const inverse = new Float64Array(256);
  const start = new Int32Array(256);
  for (let field = 0; field < 256; field++) {
    const exponent = Math.max(field - 127, 1 - bias);
    inverse[field] = 2 ** (mantissaBits - exponent);
    start[field] = (exponent + bias - 1) * 2 ** mantissaBits;
  }
  const sign = 1 << (exponentBits + mantissaBits);
  return (x) => {
    float[0] = x;
    const pattern = bits[0]!;
    const field = (pattern >>> 23) & 255;
    const code = Math.abs(float[0]) * inverse[field]! + ROUND - ROUND + start[field]!;
    return (pattern >>> 31 ? sign : 0) | (code < most ? code : most);
  };
}

/** The value of every code. */
export function smallFloatValues({ exponentBits, mantissaBits, bias, most, infinite }: SmallFloat): Float32Array {
  const half = 2 ** (exponentBits + mantissaBits);
  return Float32Array.from({ length: 2 * half }, (_, code) => {
    const magnitude = code % half;
    const sign = code < half ? 1 : -1;
    if (magnitude > most) return infinite && magnitude === most + 1 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    const field = magnitude >> mantissaBits;
    const fraction = (magnitude % 2 ** mantissaBits) + (field > 0 ? 2 ** mantissaBits : 0);
    return sign * fraction * 2 ** (Math.max(field, 1) - bias - mantissaBits);
  });
}

/** The upper halves of float32 values, rounded, halves to even; for finite values. */
export function bfloat16Bits(values: Float32Array): Uint16Array {
  const patterns = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const pattern = patterns[i]!;
    out[i] = (pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16;
  }
  return out;
}

/** The values of bfloat16 bits, exact. */
export function fromBfloat16Bits(codes: Uint16Array): Float32Array {
  const patterns = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) patterns[i] = codes[i]! << 16;
  return new Float32Array(patterns.buffer);
}
