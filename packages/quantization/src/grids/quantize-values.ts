import { blockCount, blockExtents, extent, float16Bits, integerCodes } from '@weightkit/numerics';
import { checkFinite, checkType } from '@weightkit/numerics/check';
import { type BlockPlan, checkShape, planOf } from './block-plan.ts';
import type { BlockExtents } from './block-statistics.ts';
import { dequantizeValuesAs } from './dequantize-values.ts';
import { checkGrid, checkRanges, type GridOptions } from './grid-options.ts';
import { codesFor, integerParameters, isIntegerDtype } from './integers.ts';
import type { GridDtype, QuantizedValues } from './quantized-values.ts';
import { encodeScaled } from './scaled-codes.ts';
import { type ScaledDtype, scaledFormat } from './scaled-format.ts';
import { searchedExtents } from './searched-extents.ts';
import { bfloat16Bits, SMALL_FLOATS, smallFloatEncoder } from './small-floats.ts';
import { ternaryScales } from './ternary.ts';

type Coded = Pick<QuantizedValues, 'codes' | 'scales' | 'zeroPoints'>;

function unscaled(values: Float32Array, dtype: GridDtype): Coded {
  if (dtype === 'float16') return { codes: float16Bits(values), scales: null, zeroPoints: null };
  if (dtype === 'bfloat16') return { codes: bfloat16Bits(values), scales: null, zeroPoints: null };
  const format = dtype === 'float8_e4m3fn' ? 'e4m3' : 'e5m2';
  return { codes: Uint8Array.from(values, smallFloatEncoder(SMALL_FLOATS[format])), scales: null, zeroPoints: null };
}

function scaled(values: Float32Array, dtype: ScaledDtype, extents: BlockExtents, plan: BlockPlan): Coded {
  const { scalesOf, encode } = scaledFormat(dtype);
  const scales = scalesOf(extents);
  return { codes: encodeScaled(values, new Uint8Array(values.length), scales, plan, encode), scales, zeroPoints: null };
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
  const { dtype, law, limits, block, ranges, range, percentile } = checkGrid(fn, shape, grid);
  const firstBad = () => checkFinite(fn, 'values', 'values', values);
  // The blocks' own ranges say it too.
  const own = block !== null && dtype !== 'ternary' && ranges === undefined && (range ?? 'minmax') === 'minmax';
  if (!own && extent(values).nonFinite > 0) firstBad();
  const made = (coded: Coded): QuantizedValues => ({ dtype, shape: [...shape], block, ...coded });
  if (block === null) {
    if (dtype.startsWith('float8')) checkFloat8(fn, values, dtype);
    const quantized = made(unscaled(values, dtype));
    checkDecodable(fn, values, quantized);
    return quantized;
  }
  if (dtype === 'ternary') {
    const plan = planOf(shape, block);
    const scales = ternaryScales(values, plan);
    const codes = integerCodes(values, new Int8Array(values.length), { ...limits, shape, block, scales });
    return made({ codes, scales, zeroPoints: null });
  }
  const extentsOf = (): BlockExtents => {
    if (!own) return checkRanges(fn, ranges, blockCount(shape, block));
    const found = blockExtents(values, { shape, block });
    if (!found.finite) firstBad();
    return found;
  };
  let quantized: QuantizedValues;
  if (isIntegerDtype(dtype)) {
    const extents =
      range === undefined || range === 'minmax'
        ? extentsOf()
        : searchedExtents(values, planOf(shape, block), { method: range, percentile, scheme: law, limits });
    const parameters = integerParameters(extents.min, extents.max, law, limits);
    quantized = made({
      codes: integerCodes(values, codesFor(dtype, values.length), { ...limits, shape, block, ...parameters }),
      ...parameters,
    });
  } else quantized = made(scaled(values, dtype as ScaledDtype, extentsOf(), planOf(shape, block)));
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
