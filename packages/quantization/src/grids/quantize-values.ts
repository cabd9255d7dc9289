import { float16Bits } from '@weightkit/numerics';
import {
  checkBoolean,
  checkFinite,
  checkNumbers,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { checkRangeOptions } from '../ranges/range-options.ts';
import type { RangeMethod } from '../ranges/search-range.ts';
import { type BlockPlan, blockOf, checkShape, type Granularity, planOf } from './block-plan.ts';
import { type BlockExtents, blockExtents, blockMeanMagnitudes } from './block-statistics.ts';
import { dequantizeValuesAs } from './dequantize-values.ts';
import {
  codeRange,
  codesFor,
  encodeIntegers,
  type IntegerDtype,
  type IntegerScheme,
  integerParameters,
  isIntegerDtype,
  LEAST_SCALE,
} from './integers.ts';
import { elementFormat, type MicroscalingDtype, sharedScale } from './microscaling.ts';
import { nearestNF4 } from './normal-float.ts';
import { GRID_DTYPES, type GridDtype, isGridDtype, type QuantizedValues } from './quantized-values.ts';
import { encodeScaled } from './scaled-codes.ts';
import { searchedExtents } from './searched-extents.ts';
import { bfloat16Bits, SMALL_FLOATS, smallFloatEncoder } from './small-floats.ts';

/** The least and the greatest value of each block, in the order of the blocks. */
export interface BlockRanges {
  /** One for a block. */
  min: ArrayLike<number>;
  /** One for a block, min or more. */
  max: ArrayLike<number>;
}

/** Options of {@link quantizeValues}. */
export interface GridOptions {
  /** The grid. */
  dtype: GridDtype;
  /**
   * Which values share a scale.
   *
   * @defaultValue `'none'` for float16 and bfloat16, groups of 64 along the last axis for nf4, of 32 for mx, else `'tensor'`
   */
  granularity?: Granularity | undefined;
  /**
   * How a range becomes a scale and a zero point; integers alone. `symmetric` divides the range of the largest magnitude by half of
   * the codes, which may clip it by half a step; `noClipping` takes the least scale at which nothing is clipped and 0 is in the
   * middle; `affine` spreads the codes from the least value to the greatest.
   *
   * @defaultValue `'noClipping'` for integers with a sign, `'affine'` for those without
   */
  scheme?: IntegerScheme | undefined;
  /**
   * Leaves the least code unused: −127 to 127 in int8; integers alone.
   *
   * @defaultValue false
   */
  narrow?: boolean | undefined;
  /**
   * Ranges to take in place of the values' own, from an observer for instance: what lies outside is clipped. For integers,
   * float8 and nf4.
   *
   * @defaultValue the least and the greatest value of each block
   */
  ranges?: BlockRanges | undefined;
  /**
   * Where the codes of each block reach from and to, see {@link clippingRange}: outliers are clipped, and the steps of the others become
   * smaller; integers alone, `entropy` up to 8 bits. Not with `ranges`.
   *
   * @defaultValue `'minmax'`
   */
  range?: RangeMethod | undefined;
  /** With `range: 'percentile'`: how much of a block is not clipped, in percent. @defaultValue `99.99` */
  percentile?: number | undefined;
}

function granularityOf(fn: string, dtype: GridDtype, granularity: Granularity | undefined): Granularity {
  const halves = dtype === 'float16' || dtype === 'bfloat16';
  if (granularity !== undefined) {
    checkRange(!halves || granularity === 'none', `${fn}: granularity of ${dtype} must be none`, granularity);
    const plain = granularity !== 'none' || halves || dtype.startsWith('float8');
    checkRange(plain, `${fn}: granularity of ${dtype} must be tensor, { axis }, { group } or { block }`, granularity);
    return granularity;
  }
  if (halves) return 'none';
  if (dtype === 'nf4') return { group: 64 };
  return dtype.startsWith('mx') ? { group: 32 } : 'tensor';
}

function checkRanges(fn: string, ranges: unknown, count: number): BlockExtents {
  checkPlainObject(`${fn}: ranges must be { min, max }`, ranges);
  checkOptions(fn, ranges, ['min', 'max'], 'ranges');
  const { min, max } = ranges as Record<'min' | 'max', unknown>;
  const finite = (x: number) => Number.isFinite(Math.fround(x));
  checkNumbers(`${fn}: ranges.min must be finite`, min, finite);
  checkNumbers(`${fn}: ranges.max must be finite`, max, finite);
  checkRange(min.length === count, `${fn}: ranges.min must have one number for each of ${count} blocks`, min.length);
  checkRange(max.length === count, `${fn}: ranges.max must have one number for each of ${count} blocks`, max.length);
  for (let k = 0; k < count; k++)
    checkRange(min[k]! <= max[k]!, `${fn}: ranges.max[${k}] must be ${min[k]} or more`, max[k]);
  return { min: Float32Array.from(min), max: Float32Array.from(max) };
}

/** The largest magnitude of each block over a number, or 1 where that is 0. */
function scalesBelow({ min, max }: BlockExtents, divisor: number): Float32Array {
  return min.map((low, k) => {
    const largest = Math.max(-low, max[k]!);
    return largest === 0 ? 1 : Math.max(Math.fround(largest / divisor), LEAST_SCALE);
  });
}

type Coded = Pick<QuantizedValues, 'codes' | 'scales' | 'zeroPoints'>;

function unscaled(values: Float32Array, dtype: GridDtype): Coded {
  if (dtype === 'float16') return { codes: float16Bits(values), scales: null, zeroPoints: null };
  if (dtype === 'bfloat16') return { codes: bfloat16Bits(values), scales: null, zeroPoints: null };
  const format = dtype === 'float8_e4m3fn' ? 'e4m3' : 'e5m2';
  return { codes: Uint8Array.from(values, smallFloatEncoder(SMALL_FLOATS[format])), scales: null, zeroPoints: null };
}

function scaled(
  values: Float32Array,
  dtype: Exclude<GridDtype, IntegerDtype | 'ternary'>,
  extents: BlockExtents,
  plan: BlockPlan,
): Coded {
  const codes = new Uint8Array(values.length);
  let scales: Float32Array;
  let encode: (x: number) => number;
  if (dtype === 'nf4') {
    scales = scalesBelow(extents, 1);
    encode = nearestNF4;
  } else if (dtype === 'float8_e4m3fn' || dtype === 'float8_e5m2') {
    const format = SMALL_FLOATS[dtype === 'float8_e4m3fn' ? 'e4m3' : 'e5m2'];
    scales = scalesBelow(extents, format.largest);
    encode = smallFloatEncoder(format);
  } else {
    const element = elementFormat(dtype as MicroscalingDtype);
    scales = extents.min.map((low, k) => sharedScale(Math.max(-low, extents.max[k]!), element.emax));
    encode = element.encode;
  }
  return { codes: encodeScaled(values, codes, scales, plan, encode), scales, zeroPoints: null };
}

/** Where a scale is so large that a code may stand for more than the largest float32, every value is decoded and looked at. */
function checkDecodable(fn: string, values: Float32Array, quantized: QuantizedValues): void {
  const { scales, dtype } = quantized;
  if (scales === null && !/float/.test(dtype)) return;
  if (scales !== null && !scales.some((scale) => scale > 2 ** 90)) return;
  const decoded = dequantizeValuesAs(fn, quantized);
  for (let i = 0; i < decoded.length; i++)
    if (!Number.isFinite(decoded[i]!))
      throw new RangeError(
        `${fn}: values must stay finite in ${dtype} (use another dtype or smaller values), got ${values[i]} at values[${i}]`,
      );
}

/** float8 without a scale saturates nothing: what would round to more than the largest value is refused. */
function checkFloat8(fn: string, values: Float32Array, dtype: GridDtype): void {
  const { largest, mantissaBits } = SMALL_FLOATS[dtype === 'float8_e4m3fn' ? 'e4m3' : 'e5m2'];
  const half = 2 ** (Math.floor(Math.log2(largest)) - mantissaBits - 1);
  // e4m3 ends in an even code, to which the middle would round; e5m2 in an odd one.
  for (let i = 0; i < values.length; i++)
    if (Math.abs(values[i]!) > largest + (dtype === 'float8_e4m3fn' ? half : half * (1 - 2 ** -20)))
      throw new RangeError(
        `${fn}: values must stay finite in ${dtype} (give a granularity, which scales them), got ${values[i]} at values[${i}]`,
      );
}

/** {@link quantizeValues} with the name that messages give. */
export function quantizeValuesAs(
  fn: string,
  values: Float32Array,
  shape: readonly number[],
  grid: GridOptions,
): QuantizedValues {
  checkType(values instanceof Float32Array, `${fn}: values must be a Float32Array`, values);
  checkShape(fn, shape, values.length);
  checkPlainObject(`${fn}: grid must be a plain object`, grid);
  checkOptions(fn, grid, ['dtype', 'granularity', 'scheme', 'narrow', 'ranges', 'range', 'percentile'], 'grid');
  const { dtype, scheme, narrow, ranges } = grid;
  checkType(isGridDtype(dtype), `${fn}: dtype must be among ${GRID_DTYPES}`, dtype);
  const integer = isIntegerDtype(dtype);
  const schemes: unknown[] = ['symmetric', 'affine', 'noClipping'];
  checkType(
    scheme === undefined || (integer && schemes.includes(scheme)),
    `${fn}: scheme of ${dtype} must be ${integer ? schemes.join(', ') : 'left out'}`,
    scheme,
  );
  if (narrow !== undefined) checkBoolean(fn, 'narrow', narrow);
  checkRange(integer || !narrow, `${fn}: narrow must be left out for ${dtype}`, narrow);
  const granularity = granularityOf(fn, dtype, grid.granularity);
  const block = granularity === 'none' ? null : blockOf(fn, shape, granularity);
  checkRange(
    ranges === undefined || integer || (block !== null && /^(float8|nf4)/.test(dtype)),
    `${fn}: ranges must be left out for ${dtype}`,
    ranges,
  );
  checkRangeOptions(fn, grid);
  const { range, percentile = 99.99 } = grid;
  checkRange(range === undefined || integer, `${fn}: range must be left out for ${dtype}`, range);
  checkRange(range === undefined || ranges === undefined, `${fn}: range must be left out beside ranges`, range);
  checkRange(range !== 'entropy' || dtype !== 'uint16', `${fn}: range of uint16 must not be entropy`, range);
  checkFinite(fn, 'values', 'values', values);
  const made = (coded: Coded): QuantizedValues => ({ dtype, shape: [...shape], block, ...coded });
  if (block === null) {
    if (dtype.startsWith('float8')) checkFloat8(fn, values, dtype);
    const quantized = made(unscaled(values, dtype));
    checkDecodable(fn, values, quantized);
    return quantized;
  }
  const plan = planOf(shape, block);
  if (dtype === 'ternary') {
    const scales = Float32Array.from(blockMeanMagnitudes(values, plan), (mean) =>
      mean === 0 ? 1 : Math.max(Math.fround(mean), LEAST_SCALE),
    );
    const limits = { least: -1, most: 1 };
    const codes = encodeIntegers(values, new Int8Array(values.length), limits, { scales, zeroPoints: null }, plan);
    return made({ codes, scales, zeroPoints: null });
  }
  const extentsOf = () => (ranges === undefined ? blockExtents(values, plan) : checkRanges(fn, ranges, plan.count));
  let quantized: QuantizedValues;
  if (isIntegerDtype(dtype)) {
    const limits = codeRange(dtype, narrow ?? false);
    const law = scheme ?? (dtype.startsWith('u') ? 'affine' : 'noClipping');
    const extents =
      range === undefined || range === 'minmax'
        ? extentsOf()
        : searchedExtents(values, plan, { method: range, percentile, scheme: law, limits });
    const parameters = integerParameters(extents.min, extents.max, law, limits);
    quantized = made({
      codes: encodeIntegers(values, codesFor(dtype, values.length), limits, parameters, plan),
      ...parameters,
    });
  } else quantized = made(scaled(values, dtype, extentsOf(), plan));
  checkDecodable(fn, values, quantized);
  return quantized;
}

/**
 * Codes of 2 to 16 bits for float32 values on any grid that people use for weights, with one scale for all values, for an axis,
 * for groups or for boxes. 0 is exact on every grid.
 *
 * - int2 to int8, uint2 to uint8, uint16: evenly spaced. Laws and float32 arithmetic are those of torch and torchao, to the bit,
 *   where a scale is above their floor of 1.2e-7; ours is 2⁻¹²⁶. An error is at most half a scale inside the range.
 * - float8_e4m3fn, float8_e5m2 (https://arxiv.org/abs/2209.05433): the largest magnitude goes to the largest value;
 *   granularity `'none'` is torch's plain cast.
 * - float16, bfloat16: nearest, halves to even.
 * - nf4: the nearest of 16 normal quantiles (https://arxiv.org/abs/2305.14314), values of the largest magnitude exact.
 * - mxfp8_e4m3, mxfp8_e5m2, mxfp4, mxint8: OCP Microscaling v1.0; a scale is 2^(⌊log2 max |x|⌋ − emax), and elements above the
 *   largest saturate, as the standard has it.
 * - ternary: −1, 0, 1 times the mean magnitude (https://arxiv.org/abs/2402.17764).
 *
 * @example
 * import { packCodes } from '@weightkit/numerics';
 * import { quantizeValues } from '@weightkit/quantization';
 * const kernel = Float32Array.of(-0.8, 0.1, 0.7, 0.3, 10, -20, 0, 5);
 * const { codes, scales } = quantizeValues(kernel, [2, 4], { dtype: 'int4', granularity: { axis: 0 } });
 * console.log(codes.join(' ')); // -> -8 1 7 3 4 -8 0 2
 * console.log(scales[1]); // -> 2.5
 * console.log([...packCodes(codes, 4)]); // -> [ 24, 55, 132, 32 ]
 *
 * @param values - finite, row-major; not changed
 * @param shape - lengths of the axes
 * @param grid - see {@link GridOptions}
 * @returns new arrays that belong to the caller
 * @throws RangeError that names the first value which is not finite, or would decode to infinity; TypeError or RangeError for
 * other arguments, a shape of another size, an axis, a group or a box that the shape does not have
 */
export function quantizeValues(values: Float32Array, shape: readonly number[], grid: GridOptions): QuantizedValues {
  return quantizeValuesAs('quantizeValues', values, shape, grid);
}
