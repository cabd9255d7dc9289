import { blockCount, decodeCodes, fromFloat16Bits, integerValues } from '@weightkit/numerics';
import { checkNumbers, checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { checkShape } from './block-plan.ts';
import { codeRange, codesFor, isIntegerDtype } from './integers.ts';
import { GRID_DTYPES, type GridDtype, isGridDtype, type QuantizedValues } from './quantized-values.ts';
import { type ScaledDtype, scaledFormat } from './scaled-format.ts';
import { fromBfloat16Bits, SMALL_FLOATS, smallFloatValues } from './small-floats.ts';

function checkCodes(fn: string, dtype: GridDtype, codes: unknown): asserts codes is QuantizedValues['codes'] {
  const halves = dtype === 'float16' || dtype === 'bfloat16';
  const wanted = halves
    ? Uint16Array
    : dtype === 'ternary'
      ? Int8Array
      : isIntegerDtype(dtype)
        ? (codesFor(dtype, 0).constructor as Uint8ArrayConstructor)
        : Uint8Array;
  checkType(codes instanceof wanted, `${fn}: codes of ${dtype} must be a ${wanted.name}`, codes);
  let [least, most] = [0, 2 ** 16];
  if (isIntegerDtype(dtype)) ({ least, most } = codeRange(dtype, false));
  else if (dtype === 'nf4' || dtype === 'mxfp4') most = 15;
  else if (dtype === 'ternary') [least, most] = [-1, 1];
  // Nothing else is in the array, but for codes of fewer bits. All at once first: a difference below 0 is a code out of range.
  if (most - least >= 256 ** codes.BYTES_PER_ELEMENT - 1) return;
  let below = 0;
  for (let i = 0; i < codes.length; i++) below |= (codes[i]! - least) | (most - codes[i]!);
  if (below >= 0) return;
  const inRange = (code: number) => code >= least && code <= most;
  checkNumbers(`${fn}: codes of ${dtype} must be ${least} to ${most}`, codes, inRange);
}

function checkZeroPoints(
  fn: string,
  zeroPoints: unknown,
  dtype: GridDtype,
  count: number,
): asserts zeroPoints is Int32Array | null {
  if (zeroPoints === null) return;
  checkType(
    isIntegerDtype(dtype) && zeroPoints instanceof Int32Array,
    `${fn}: zeroPoints of ${dtype} must be ${isIntegerDtype(dtype) ? 'an Int32Array or ' : ''}null`,
    zeroPoints,
  );
  const { least, most } = codeRange(dtype, false);
  checkNumbers(`${fn}: zeroPoints must be ${least} to ${most}`, zeroPoints, (zero) => zero >= least && zero <= most);
  checkRange(zeroPoints.length === count, `${fn}: zeroPoints must have length ${count}`, zeroPoints.length);
}

/** {@link dequantizeValues} with the name that messages give. */
export function dequantizeValuesAs(fn: string, quantized: QuantizedValues): Float32Array {
  checkPlainObject(`${fn}: quantized must be what quantizeValues returned`, quantized);
  checkOptions(fn, quantized, ['dtype', 'shape', 'block', 'codes', 'scales', 'zeroPoints'], 'quantized');
  const { dtype, shape, block, codes, scales, zeroPoints } = quantized;
  checkType(isGridDtype(dtype), `${fn}: dtype must be among ${GRID_DTYPES}`, dtype);
  checkCodes(fn, dtype, codes);
  checkShape(fn, shape, codes.length);
  if (block === null || scales === null) {
    checkType(/^b?float/.test(dtype), `${fn}: block and scales of ${dtype} must not be null`, null);
    checkType(block === null, `${fn}: block must be null where scales are`, block);
    checkType(scales === null, `${fn}: scales must be null where block is`, scales);
    checkType(zeroPoints === null, `${fn}: zeroPoints of ${dtype} must be null`, zeroPoints);
    if (dtype === 'float16') return fromFloat16Bits(codes as Uint16Array);
    if (dtype === 'bfloat16') return fromBfloat16Bits(codes as Uint16Array);
    const values = smallFloatValues(SMALL_FLOATS[dtype === 'float8_e4m3fn' ? 'e4m3' : 'e5m2']);
    return Float32Array.from(codes, (code) => values[code]!);
  }
  checkType(dtype !== 'float16' && dtype !== 'bfloat16', `${fn}: block of ${dtype} must be null`, block);
  checkNumbers(`${fn}: block must be a list of whole numbers above 0`, block, (n) => Number.isSafeInteger(n) && n > 0);
  checkRange(block.length === shape.length, `${fn}: block must have an edge for each of ${shape.length} axes`, block);
  const count = blockCount(shape, block);
  checkType(scales instanceof Float32Array, `${fn}: scales must be a Float32Array`, scales);
  checkNumbers(`${fn}: scales must be finite and above 0`, scales, (scale) => scale > 0 && Number.isFinite(scale));
  checkRange(scales.length === count, `${fn}: scales must have length ${count}`, scales.length);
  checkZeroPoints(fn, zeroPoints, dtype, count);
  if (isIntegerDtype(dtype) || dtype === 'ternary') return integerValues(codes, { shape, block, scales, zeroPoints });
  return decodeCodes(codes, { shape, block, scales, codebook: scaledFormat(dtype as ScaledDtype).values });
}

/**
 * The values of codes, in float32 with one rounding each: (code − zero point) · scale for integers, element · scale for the others.
 *
 * @example
 * const quantized = quantizeValues(Float32Array.of(-1, 0, 0.25, 3), [4], { dtype: 'uint4' });
 * console.log([...dequantizeValues(quantized)].map((x) => x.toFixed(3)).join(' ')); // -> -1.067 0.000 0.267 2.933
 *
 * @param quantized - from {@link quantizeValues}, or made of what a file holds; not changed
 * @returns one float32 for a code
 * @throws TypeError or RangeError for codes, scales and zero points that do not belong to the shape, the blocks and the grid
 */
export function dequantizeValues(quantized: QuantizedValues): Float32Array {
  return dequantizeValuesAs('dequantizeValues', quantized);
}
