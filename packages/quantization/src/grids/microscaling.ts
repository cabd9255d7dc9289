import { SMALL_FLOATS, smallFloatEncoder, smallFloatValues } from './small-floats.ts';

/** Elements of OCP Microscaling v1.0, 32 of which share a power of two. */
export type MicroscalingDtype = 'mxfp8_e4m3' | 'mxfp8_e5m2' | 'mxfp4' | 'mxint8';

/** How elements become codes and codes values. */
export interface ElementFormat {
  /** The exponent of the largest value. */
  emax: number;
  encode: (x: number) => number;
  values: Float32Array;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const ROUND = 1.5 * 2 ** 52;

/** Sixty-fourths, two's complement, −128 unused so that the grid is symmetric. */
const int8: ElementFormat = {
  emax: 0,
  encode: (x) => Math.min(Math.max(x * 64 + ROUND - ROUND, -127), 127) & 255,
  values: Float32Array.from({ length: 256 }, (_, code) => ((code << 24) >> 24) / 64),
};

const floats = (name: keyof typeof SMALL_FLOATS): ElementFormat => ({
  emax: Math.floor(Math.log2(SMALL_FLOATS[name].largest)),
  encode: smallFloatEncoder(SMALL_FLOATS[name]),
  values: smallFloatValues(SMALL_FLOATS[name]),
});

let formats: Record<MicroscalingDtype, ElementFormat> | undefined;

export function elementFormat(dtype: MicroscalingDtype): ElementFormat {
  formats ??= { mxfp8_e4m3: floats('e4m3'), mxfp8_e5m2: floats('e5m2'), mxfp4: floats('e2m1'), mxint8: int8 };
  return formats[dtype];
}

/** 2^(⌊log2 max |x|⌋ − emax), at least 2^−127, the least that E8M0 has and a float32 too; that one for zeros. */
export function sharedScale(largest: number, emax: number): number {
  float[0] = largest;
  // Below the normal float32 values the exponent is -127 or less, which E8M0 does not reach either.
  const exponent = Math.max((bits[0]! >>> 23) - 127 - emax, -127);
  return 2 ** exponent;
}
