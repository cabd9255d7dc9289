import type { BlockExtents } from './block-statistics.ts';
import { LEAST_SCALE } from './integers.ts';
import { elementFormat, type MicroscalingDtype, sharedScale } from './microscaling.ts';
import { NF4, nearestNF4 } from './normal-float.ts';
import { SMALL_FLOATS, type SmallFloat, smallFloatEncoder, smallFloatValues } from './small-floats.ts';

/** Grids whose codes stand for elements of a table, times the scale of their block. */
export type ScaledDtype = 'float8_e4m3fn' | 'float8_e5m2' | 'nf4' | MicroscalingDtype;

/** How elements of a block become codes and values again. */
export interface ScaledFormat {
  scalesOf: (extents: BlockExtents) => Float32Array;
  /** The code of a value over its scale. */
  encode: (x: number) => number;
  /** The element of each code. */
  values: Float32Array;
  /** The largest magnitude over its scale that is not clipped, a float32. */
  most: number;
}

/** The largest magnitude of each block over a number, or 1 where that is 0. */
const scalesBelow =
  (divisor: number) =>
  ({ min, max }: BlockExtents): Float32Array =>
    min.map((low, k) => {
      const largest = Math.max(-low, max[k]!);
      return largest === 0 ? 1 : Math.max(Math.fround(largest / divisor), LEAST_SCALE);
    });

/** The largest float32 that rounds to the last value of a format: half a step beyond it, which goes to an even code alone. */
export function mostOf({ largest, mantissaBits, most }: Pick<SmallFloat, 'largest' | 'mantissaBits' | 'most'>): number {
  const exponent = Math.floor(Math.log2(largest));
  const end = largest + 2 ** (exponent - mantissaBits - 1);
  return most % 2 === 0 ? end : end - 2 ** (exponent - 23);
}

function made(dtype: ScaledDtype): ScaledFormat {
  if (dtype === 'nf4') return { scalesOf: scalesBelow(1), encode: nearestNF4, values: NF4, most: 1 };
  if (dtype === 'float8_e4m3fn' || dtype === 'float8_e5m2') {
    const format = SMALL_FLOATS[dtype === 'float8_e4m3fn' ? 'e4m3' : 'e5m2'];
    return {
      scalesOf: scalesBelow(format.largest),
      encode: smallFloatEncoder(format),
      values: smallFloatValues(format),
      most: mostOf(format),
    };
  }
  const { emax, encode, values } = elementFormat(dtype);
  const name = ({ mxfp8_e4m3: 'e4m3', mxfp8_e5m2: 'e5m2', mxfp4: 'e2m1', mxint8: null } as const)[dtype];
  return {
    scalesOf: ({ min, max }) => min.map((low, k) => sharedScale(Math.max(-low, max[k]!), emax)),
    encode,
    values,
    most: name ? mostOf(SMALL_FLOATS[name]) : 127.5 / 64 - 2 ** -23,
  };
}

const formats = new Map<ScaledDtype, ScaledFormat>();

export function scaledFormat(dtype: ScaledDtype): ScaledFormat {
  const known = formats.get(dtype) ?? made(dtype);
  formats.set(dtype, known);
  return known;
}
