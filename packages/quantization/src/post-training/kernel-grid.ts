import { decodeCodes, integerCodes, integerValues, matrixProduct } from '@weightkit/numerics';
import { checkFinite, checkInteger, checkNumbers, checkRange, checkType } from '@weightkit/numerics/check';
import { planOf } from '../grids/block-plan.ts';
import type { IntegerScheme } from '../grids/integers.ts';
import { codeRange, codesFor, isIntegerDtype } from '../grids/integers.ts';
import { elementFormat, type MicroscalingDtype } from '../grids/microscaling.ts';
import { NF4, nearestNF4 } from '../grids/normal-float.ts';
import { quantizeValuesAs } from '../grids/quantize-values.ts';
import { GRID_DTYPES, type GridDtype, isGridDtype, type QuantizedValues } from '../grids/quantized-values.ts';
import { encodeScaled } from '../grids/scaled-codes.ts';
import { SMALL_FLOATS, smallFloatEncoder, smallFloatValues } from '../grids/small-floats.ts';

/** The grids of a kernel: a scale for each output, or for groups of its inputs. */
export interface KernelGrid {
  /**
   * A grid that has scales.
   *
   * @defaultValue `'int4'`
   */
  dtype?: Exclude<GridDtype, 'float16' | 'bfloat16'> | undefined;
  /**
   * How many inputs in a row share a scale of each output: an integer of 1 or more. The last group may be smaller.
   *
   * @defaultValue all; 64 for nf4 and 32 for mx
   */
  group?: number | undefined;
  /** As of {@link quantizeValues}; integers alone. */
  scheme?: IntegerScheme | undefined;
  /** As of {@link quantizeValues}; integers alone. */
  narrow?: boolean | undefined;
}

/** The names of the options of a {@link KernelGrid}. */
export const KERNEL_GRID = ['dtype', 'group', 'scheme', 'narrow'];

/** A grid with its defaults, checked as far as no values are needed. */
export interface CheckedGrid {
  dtype: GridDtype;
  /** Infinity for all. */
  group: number;
  scheme: IntegerScheme | undefined;
  narrow: boolean | undefined;
}

export function checkKernelGrid(fn: string, { dtype = 'int4', group, scheme, narrow }: KernelGrid): CheckedGrid {
  checkType(isGridDtype(dtype), `${fn}: dtype must be among ${GRID_DTYPES}`, dtype);
  checkRange(!/^b?float16$/.test(dtype), `${fn}: dtype must have scales`, dtype);
  if (group !== undefined) checkInteger(fn, 'group', group, 1);
  const usual = dtype === 'nf4' ? 64 : dtype.startsWith('mx') ? 32 : Number.POSITIVE_INFINITY;
  const grid = { dtype, group: group ?? usual, scheme, narrow };
  quantizeKernel(fn, new Float32Array(1), 1, 1, grid);
  return grid;
}

/** Throws unless a kernel is [inputs, outputs] with finite values. */
export function checkKernel(fn: string, values: Float32Array, shape: readonly [inputs: number, outputs: number]): void {
  checkType(values instanceof Float32Array, `${fn}: values must be a Float32Array`, values);
  checkNumbers(`${fn}: shape must be [inputs, outputs]`, shape, (n) => Number.isSafeInteger(n) && n >= 0);
  checkRange(shape.length === 2, `${fn}: shape must be [inputs, outputs]`, shape);
  const size = shape[0] * shape[1];
  checkRange(values.length === size, `${fn}: values must have ${size} entries`, values.length);
  checkFinite(fn, 'values', 'values', values);
}

/** The same with a matrix for its inputs. */
export function checkCalibratedKernel(
  fn: string,
  values: Float32Array,
  shape: readonly [inputs: number, outputs: number],
  hessian: Float64Array,
): void {
  checkKernel(fn, values, shape);
  const [inputs] = shape;
  checkType(hessian instanceof Float64Array, `${fn}: hessian must be a Float64Array`, hessian);
  checkRange(hessian.length === inputs ** 2, `${fn}: hessian must have ${inputs ** 2} entries`, hessian.length);
  checkFinite(fn, 'entries', 'hessian', hessian);
  for (let j = 0; j < inputs; j++)
    checkRange(
      hessian[j * inputs + j]! >= 0,
      `${fn}: hessian must have 0 or more at row ${j}`,
      hessian[j * inputs + j],
    );
}

/** Codes of a kernel to the nearest, with the scales that its groups have. */
export function quantizeKernel(
  fn: string,
  values: Float32Array,
  inputs: number,
  outputs: number,
  { group, ...grid }: CheckedGrid,
): QuantizedValues {
  const block = [Math.min(group, Math.max(inputs, 1)), 1];
  return quantizeValuesAs(fn, values, [inputs, outputs], { ...grid, granularity: { block } });
}

/** a − b, entry by entry. */
export function differences(a: Float32Array, b: Float32Array): Float64Array {
  const errors = new Float64Array(a.length);
  for (let i = 0; i < errors.length; i++) errors[i] = a[i]! - b[i]!;
  return errors;
}

/** What a matrix for inputs says of errors of each output, eᵀ H e. */
export function lossesOf(hessian: Float64Array, errors: Float64Array, inputs: number, outputs: number): Float64Array {
  const he = matrixProduct(hessian, errors, { rows: inputs, inner: inputs, cols: outputs });
  const losses = new Float64Array(outputs);
  for (let row = 0; row < errors.length; row += outputs)
    for (let o = 0; o < outputs; o++) losses[o] = losses[o]! + errors[row + o]! * he[row + o]!;
  return losses;
}

type Codes = QuantizedValues['codes'];

/** Codes and values of one row of a kernel, given the scale and the zero point of each of its entries. */
export interface RowCoder {
  encode(values: Float32Array, scales: Float32Array, zeroPoints: Int32Array | null): Codes;
  decode(codes: Codes, scales: Float32Array, zeroPoints: Int32Array | null): Float32Array;
}

/** The law of a grid for rows of a kernel, the same as that of {@link quantizeValues} and {@link dequantizeValues}. */
export function rowCoder({ dtype, narrow }: CheckedGrid, outputs: number): RowCoder {
  const row = { shape: [outputs], block: [1] };
  const plan = planOf(row.shape, row.block);
  if (isIntegerDtype(dtype) || dtype === 'ternary') {
    const limits = isIntegerDtype(dtype) ? codeRange(dtype, narrow ?? false) : { least: -1, most: 1 };
    const empty = () => (isIntegerDtype(dtype) ? codesFor(dtype, outputs) : new Int8Array(outputs));
    return {
      encode: (values, scales, zeroPoints) => integerCodes(values, empty(), { ...row, ...limits, scales, zeroPoints }),
      decode: (codes, scales, zeroPoints) => integerValues(codes, { ...row, scales, zeroPoints }),
    };
  }
  const { encode, values: codebook } = elementsOf(dtype);
  return {
    encode: (values, scales) => encodeScaled(values, new Uint8Array(outputs), scales, plan, encode),
    decode: (codes, scales) => decodeCodes(codes, { ...row, scales, codebook }),
  };
}

function elementsOf(dtype: GridDtype): { encode: (x: number) => number; values: Float32Array } {
  if (dtype === 'nf4') return { encode: nearestNF4, values: NF4 };
  if (!dtype.startsWith('float8')) return elementFormat(dtype as MicroscalingDtype);
  const format = SMALL_FLOATS[dtype === 'float8_e4m3fn' ? 'e4m3' : 'e5m2'];
  return { encode: smallFloatEncoder(format), values: smallFloatValues(format) };
}

/** Bits of a code. */
export function bitsOf(dtype: GridDtype): number {
  if (isIntegerDtype(dtype)) return Number(dtype.replace(/\D/g, ''));
  if (dtype === 'ternary') return 2;
  return dtype === 'nf4' || dtype === 'mxfp4' ? 4 : 8;
}
