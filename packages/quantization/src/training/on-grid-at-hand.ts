import { blockExtents, extent, float16Bits, fromFloat16Bits } from '@weightkit/numerics';
import { type BlockPlan, planOf } from '../grids/block-plan.ts';
import type { BlockExtents } from '../grids/block-statistics.ts';
import { type CheckedGrid, checkRanges } from '../grids/grid-options.ts';
import { type AffineParameters, type CodeRange, integerParameters, isIntegerDtype } from '../grids/integers.ts';
import type { GridDtype } from '../grids/quantized-values.ts';
import { mostOf, type ScaledDtype, scaledFormat } from '../grids/scaled-format.ts';
import {
  bfloat16Bits,
  fromBfloat16Bits,
  SMALL_FLOATS,
  smallFloatEncoder,
  smallFloatValues,
} from '../grids/small-floats.ts';
import { ternaryScales } from '../grids/ternary.ts';

const { abs, fround } = Math;
/** Adding it and taking it away rounds to a whole number, halves to even. */
const ROUND = 1.5 * 2 ** 52;

/** What rounding leaves of values, and which entries were not clipped; null where none was. */
export interface OnGrid {
  values: Float32Array;
  inside: Float32Array | null;
}

/** The largest value of a float without scales, and the largest float32 that rounds to it. */
export const FLOAT_LIMITS = {
  float16: { largest: 65504, most: 65520 - 2 ** -8 },
  bfloat16: { largest: 2 ** 127 * (2 - 2 ** -7), most: 2 ** 127 * (2 - 2 ** -8 - 2 ** -23) },
  float8_e4m3fn: { largest: SMALL_FLOATS.e4m3.largest, most: mostOf(SMALL_FLOATS.e4m3) },
  float8_e5m2: { largest: SMALL_FLOATS.e5m2.largest, most: mostOf(SMALL_FLOATS.e5m2) },
} as const;

/** A float that is not scaled. */
export type PlainFloat = keyof typeof FLOAT_LIMITS;

/** What {@link dequantizeValues} makes of codes, and where codes were clipped, in one run. */
export function integersOnGrid(
  values: Float32Array,
  { least, most }: CodeRange,
  { scales, zeroPoints }: AffineParameters,
  { base, column }: BlockPlan,
): OnGrid {
  const inverse = scales.map((scale) => 1 / scale);
  const zero = zeroPoints ?? new Int32Array(scales.length);
  const out = new Float32Array(values.length);
  let inside: Float32Array | null = null;
  let i = 0;
  for (let r = 0; r < base.length; r++) {
    const first = base[r]!;
    for (let j = 0; j < column.length; j++, i++) {
      const k = first + column[j]!;
      let code = fround(values[i]! * inverse[k]!) + ROUND - ROUND + zero[k]!;
      if (code < least || code > most) {
        inside ??= new Float32Array(values.length).fill(1);
        inside[i] = 0;
        code = code < least ? least : most;
      }
      out[i] = (code - zero[k]!) * scales[k]!;
    }
  }
  return { values: out, inside };
}

function elementsOnGrid(
  values: Float32Array,
  dtype: ScaledDtype,
  scales: Float32Array,
  { base, column }: BlockPlan,
): OnGrid {
  const { encode, values: elements, most } = scaledFormat(dtype);
  const out = new Float32Array(values.length);
  let inside: Float32Array | null = null;
  let i = 0;
  for (let r = 0; r < base.length; r++) {
    const first = base[r]!;
    for (let j = 0; j < column.length; j++, i++) {
      const scale = scales[first + column[j]!]!;
      const x = fround(values[i]! / scale);
      if (abs(x) > most) {
        inside ??= new Float32Array(values.length).fill(1);
        inside[i] = 0;
      }
      out[i] = Number.isNaN(x) ? x : elements[encode(x)]! * scale;
    }
  }
  return { values: out, inside };
}

function floatsOnGrid(values: Float32Array, dtype: PlainFloat): OnGrid {
  const { largest, most } = FLOAT_LIMITS[dtype];
  let out: Float32Array;
  if (dtype === 'float16') out = fromFloat16Bits(float16Bits(values));
  else if (dtype === 'bfloat16') out = fromBfloat16Bits(bfloat16Bits(values));
  else {
    const format = SMALL_FLOATS[dtype === 'float8_e4m3fn' ? 'e4m3' : 'e5m2'];
    const encode = smallFloatEncoder(format);
    const elements = smallFloatValues(format);
    out = values.map((x) => (Number.isNaN(x) ? x : elements[encode(x)]!));
  }
  let inside: Float32Array | null = null;
  for (let i = 0; i < values.length; i++)
    if (abs(values[i]!) > most) {
      inside ??= new Float32Array(values.length).fill(1);
      inside[i] = 0;
      out[i] = values[i]! < 0 ? -largest : largest;
    }
  return { values: out, inside };
}

/** The ranges of blocks that a caller gave, or the values' own. */
function extentsOf(
  fn: string,
  values: Float32Array,
  { shape, block, count }: BlockPlan,
  { ranges }: CheckedGrid,
): BlockExtents {
  if (ranges !== undefined) return checkRanges(fn, ranges, count);
  if (count !== 1) return blockExtents(values, { shape, block });
  const { min, max } = extent(values);
  return { min: Float32Array.of(min), max: Float32Array.of(max) };
}

/** Scales and zero points of a grid on the blocks of some values, as {@link quantizeValues} has them. */
export function parametersOf(fn: string, values: Float32Array, plan: BlockPlan, grid: CheckedGrid): AffineParameters {
  const { dtype, law, limits } = grid;
  if (dtype === 'ternary') return { scales: ternaryScales(values, plan), zeroPoints: null };
  const extents = extentsOf(fn, values, plan, grid);
  if (isIntegerDtype(dtype)) return integerParameters(extents.min, extents.max, law, limits);
  return { scales: scaledFormat(dtype as ScaledDtype).scalesOf(extents), zeroPoints: null };
}

/** Whether codes of a grid are evenly spaced. */
export const isEven = (dtype: GridDtype): boolean => isIntegerDtype(dtype) || dtype === 'ternary';

/** What {@link dequantizeValues} makes of what {@link quantizeValues} gives, bit for bit; NaN stays NaN. */
export function onGridAtHand(fn: string, values: Float32Array, shape: readonly number[], grid: CheckedGrid): OnGrid {
  const { dtype, limits, block } = grid;
  if (block === null) return floatsOnGrid(values, dtype as PlainFloat);
  const plan = planOf(shape, block);
  const parameters = parametersOf(fn, values, plan, grid);
  return isEven(dtype)
    ? integersOnGrid(values, limits, parameters, plan)
    : elementsOnGrid(values, dtype as ScaledDtype, parameters.scales, plan);
}
