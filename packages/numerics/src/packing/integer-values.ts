import { checkOptions, checkPlainObject, checkRange, checkType } from '../check.ts';
import { type CodeRoom, codeRoom, LEAST_RUN, rowPlacer } from '../wasm/code-kernels.ts';
import { CHUNK } from '../wasm/instance.ts';
import { placeFor } from '../wasm/piece-kernels.ts';
import { axesOf, checkBlocks } from './block-axes.ts';
import { eachRun, hasLongRuns, shortZeros, type VisitRun } from './code-runs.ts';
import { valuesIn } from './decode-codes.ts';
import { checkGrid } from './integer-codes.ts';
import { type Codes, isCodes } from './pack-codes.ts';

/** The grid of {@link integerValues}. */
export interface IntegerValuesGrid {
  /** Lengths of the axes. */
  shape: readonly number[];
  /** Edges of the blocks that share a scale, one for an axis; the last block of an axis may be smaller. */
  block: readonly number[];
  /** One for a block, row-major. */
  scales: Float32Array;
  /** The code of 0 in each block. @defaultValue null: 0 in all */
  zeroPoints?: Int32Array | null | undefined;
  /** Where the values go: of the length of the codes, apart from them. @defaultValue a new array */
  out?: Float32Array | undefined;
}

const FN = 'integerValues';

function decodeByKernel(
  code: CodeRoom,
  codes: Codes,
  out: Float32Array,
  axes: [number, number][],
  [scales, zeros]: readonly [Float32Array, Float32Array | null],
  decode: VisitRun,
): void {
  const { room, kernels } = code;
  const bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.length);
  const flip = codes instanceof Int8Array ? 128 : 0;
  const place = rowPlacer(code, scales, zeros, flip);
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const n = Math.min(CHUNK, bytes.length - start);
    const isHere = bytes.buffer === room.out.buffer;
    if (!isHere) room.out.set(bytes.subarray(start, start + n));
    const p = isHere ? bytes.byteOffset + start : room.out.byteOffset;
    const there = placeFor(room, out, bytes, start, n);
    const made = there === null ? room.data : out.subarray(start, start + n);
    const few: [number, number, number, boolean][] = [];
    eachRun(axes, start, n, (i, end, k, each) => {
      const count = end - i;
      const to = made.byteOffset + 4 * i;
      if (count < LEAST_RUN) few.push([i, end, k, each]);
      else if (!each) kernels.decode(p + i, count, flip, scales[k]!, (zeros ? zeros[k]! : 0) + flip, to);
      else {
        place(k, count);
        kernels.decodeEach(p + i, count, flip, code.scales.byteOffset, code.zeros.byteOffset, to);
      }
    });
    if (there === null) out.set(made.subarray(0, n), start);
    for (const [i, end, k, each] of few) decode(start + i, start + end, k, each);
  }
}

/**
 * The values of codes that `integerCodes` made: (code − zero point) · scale of the block of each, in float32 with one rounding.
 * `decodeCodes` gives the same, also by a codebook and for parts, without WebAssembly.
 *
 * @example
 * ```js
 * import { integerValues } from '@weightkit/numerics';
 * const grid = { shape: [2, 2], block: [1, 2], scales: Float32Array.of(0.5, 2) };
 * console.log(integerValues(Int8Array.of(-8, 7, -1, 3), grid)); // -> Float32Array(4) [ -4, 3.5, -2, 6 ]
 * ```
 *
 * @param codes - in row-major order, not packed; not changed
 * @param grid - see {@link IntegerValuesGrid}
 * @returns `out`, or a new array
 * @throws TypeError or RangeError for arrays of other kinds or lengths
 */
export function integerValues(codes: Codes, grid: IntegerValuesGrid): Float32Array {
  checkType(isCodes(codes), `${FN}: codes must be a Uint8Array, Uint16Array, Int8Array or Int16Array`, codes);
  checkPlainObject(`${FN}: grid must be a plain object`, grid);
  checkOptions(FN, grid, ['shape', 'block', 'scales', 'zeroPoints', 'out'], 'grid');
  const { shape, block, scales, zeroPoints = null, out = new Float32Array(codes.length) } = grid;
  checkBlocks(FN, shape, block);
  checkGrid(FN, codes.length, shape, block, scales, zeroPoints);
  checkType(out instanceof Float32Array, `${FN}: out must be a Float32Array`, out);
  checkRange(out.length === codes.length, `${FN}: out must have length ${codes.length}`, out.length);
  if (codes.length === 0) return out;
  const axes = axesOf(shape, block);
  const decode = valuesIn(out, codes, scales, zeroPoints, null);
  const room = codes.BYTES_PER_ELEMENT === 1 && hasLongRuns(axes) ? codeRoom() : null;
  const zeros = shortZeros(zeroPoints);
  if (room && zeros !== undefined) decodeByKernel(room, codes, out, axes, [scales, zeros], decode);
  else eachRun(axes, 0, codes.length, decode);
  return out;
}
