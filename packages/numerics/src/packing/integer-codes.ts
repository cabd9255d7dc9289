import { checkInteger, checkNumbers, checkOptions, checkPlainObject, checkRange, checkType } from '../check.ts';
import { type CodeRoom, codeRoom, LEAST_RUN, rowPlacer } from '../wasm/code-kernels.ts';
import { placeFor, readRoom } from '../wasm/piece-kernels.ts';
import { axesOf, checkBlocks, countOf } from './block-axes.ts';
import { eachRun, hasLongRuns, shortZeros } from './code-runs.ts';
import { type Codes, isCodes } from './pack-codes.ts';

/** The grid of {@link integerCodes}. */
export interface IntegerGrid {
  /** Lengths of the axes. */
  shape: readonly number[];
  /** Edges of the blocks that share a scale, one for an axis; the last block of an axis may be smaller. */
  block: readonly number[];
  /** One for a block, row-major; above 0. */
  scales: Float32Array;
  /** The code of 0 in each block. @defaultValue null: 0 in all */
  zeroPoints?: Int32Array | null | undefined;
  /** The least code. */
  least: number;
  /** The last code. */
  most: number;
}

const FN = 'integerCodes';
const { fround } = Math;
/** Adding it and taking it away rounds to a whole number, halves to even, where less than 2^51 is given. */
const ROUND = 1.5 * 2 ** 52;

/** Throws unless the parts of a grid on blocks belong together. */
export function checkGrid(
  fn: string,
  length: number,
  shape: readonly number[],
  block: readonly number[],
  scales: Float32Array,
  zeroPoints: Int32Array | null,
): void {
  const size = shape.reduce((product, n) => product * n, 1);
  checkRange(size === length, `${fn}: shape must have ${length} entries`, size);
  const count = countOf(shape, block);
  checkType(scales instanceof Float32Array, `${fn}: scales must be a Float32Array`, scales);
  checkRange(scales.length === count, `${fn}: scales must have length ${count}`, scales.length);
  checkType(
    zeroPoints === null || zeroPoints instanceof Int32Array,
    `${fn}: zeroPoints must be an Int32Array`,
    zeroPoints,
  );
  if (zeroPoints)
    checkRange(zeroPoints.length === count, `${fn}: zeroPoints must have length ${count}`, zeroPoints.length);
}

/** The codes of entries `from` to `to`, from place `at` on. */
type Encode = (from: number, to: number, codes: Codes, at: number, k: number, each: boolean) => void;

function reference(
  x: Float32Array,
  inverses: Float32Array,
  zeroPoints: Int32Array | null,
  least: number,
  most: number,
): Encode {
  return (from, to, codes, at, k, each) => {
    let [inverse, zero, block] = [inverses[k]!, zeroPoints ? zeroPoints[k]! : 0, k];
    for (let i = from; i < to; i++) {
      const code = fround(x[i]! * inverse) + ROUND - ROUND + zero;
      codes[at + i - from] = Math.max(least, Math.min(code, most));
      if (!each) continue;
      inverse = inverses[++block]!;
      if (zeroPoints) zero = zeroPoints[block]!;
    }
  };
}

function encodeByKernel(
  { room, kernels, scales, zeros: rowZeros }: CodeRoom,
  x: Float32Array,
  codes: Uint8Array,
  axes: [number, number][],
  [inverses, zeros, least, most]: readonly [Float32Array, Float32Array | null, number, number],
  place: (first: number, n: number) => void,
  encode: Encode,
): void {
  readRoom(room, x, (start, n, p) => {
    const there = placeFor(room, codes, x, start, n);
    const made = there === null ? room.out : codes.subarray(start, start + n);
    eachRun(axes, start, n, (i, end, k, each) => {
      const count = end - i;
      if (count < LEAST_RUN) return encode(start + i, start + end, made, i, k, each);
      const [from, to] = [p + 4 * i, made.byteOffset + i];
      if (!each) return kernels.encode(from, count, inverses[k]!, zeros ? zeros[k]! : 0, least, most, to);
      place(k, count);
      kernels.encodeEach(from, count, scales.byteOffset, rowZeros.byteOffset, least, most, to);
    });
    if (there === null) codes.set(made.subarray(0, n), start);
  });
}

/**
 * Codes of values on grids of integers, one for each block: round(x · (1 / scale)) + zero point, clipped; in float32, halves to even, as
 * torch's `quantize_per_tensor` and torchao's `quantize_affine` compute it. `integerValues` goes back.
 *
 * @example
 * ```js
 * import { integerCodes } from '@weightkit/numerics';
 * const grid = { shape: [2, 2], block: [1, 2], scales: Float32Array.of(0.5, 2), least: -8, most: 7 };
 * console.log(integerCodes(Float32Array.of(-4, 3.5, -2, 6), new Int8Array(4), grid).join(' ')); // -> -8 7 -1 3
 * ```
 *
 * @param x - finite values in row-major order; not changed
 * @param codes - where the codes go: of the length of x
 * @param grid - see {@link IntegerGrid}
 * @returns codes
 * @throws TypeError or RangeError for arrays of other kinds or lengths, and for least and most that the codes' array does not hold
 */
export function integerCodes<C extends Codes>(x: Float32Array, codes: C, grid: IntegerGrid): C {
  checkType(x instanceof Float32Array, `${FN}: x must be a Float32Array`, x);
  checkType(isCodes(codes), `${FN}: codes must be a Uint8Array, Uint16Array, Int8Array or Int16Array`, codes);
  checkRange(codes.length === x.length, `${FN}: codes must have length ${x.length}`, codes.length);
  checkPlainObject(`${FN}: grid must be a plain object`, grid);
  checkOptions(FN, grid, ['shape', 'block', 'scales', 'zeroPoints', 'least', 'most'], 'grid');
  const { shape, block, scales, zeroPoints = null, least, most } = grid;
  checkBlocks(FN, shape, block);
  checkGrid(FN, x.length, shape, block, scales, zeroPoints);
  checkNumbers(`${FN}: scales must be finite and above 0`, scales, (scale) => scale > 0 && scale < Infinity);
  const codesEnd = 256 ** codes.BYTES_PER_ELEMENT;
  const lowest = codes instanceof Int8Array || codes instanceof Int16Array ? -codesEnd / 2 : 0;
  checkInteger(FN, 'least', least, lowest, lowest + codesEnd - 1);
  checkInteger(FN, 'most', most, least, lowest + codesEnd - 1);
  if (x.length === 0) return codes;
  const axes = axesOf(shape, block);
  const inverses = scales.map((scale) => 1 / scale);
  const encode = reference(x, inverses, zeroPoints, least, most);
  const room = codesEnd === 256 && hasLongRuns(axes) ? codeRoom() : null;
  const zeros = shortZeros(zeroPoints);
  if (!room || zeros === undefined) {
    eachRun(axes, 0, x.length, (i, end, k, each) => encode(i, end, codes, i, k, each));
    return codes;
  }
  const bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.length);
  const place = rowPlacer(room, inverses, zeros, 0);
  encodeByKernel(room, x, bytes, axes, [inverses, zeros, least, most], place, encode);
  return codes;
}
