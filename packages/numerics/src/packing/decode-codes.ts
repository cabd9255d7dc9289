import { checkInteger, checkOptions, checkPlainObject, checkRange, checkType } from '../check.ts';
import { axesOf, checkBlocks, countOf } from './block-axes.ts';
import { eachRun, type VisitRun } from './code-runs.ts';
import { type Codes, isCodes } from './pack-codes.ts';

/** What codes stand for. */
export interface CodeBlocks {
  /** Lengths of the axes of the whole. */
  shape: readonly number[];
  /** Edges of the blocks that share a scale, one for an axis; the last block of an axis may be smaller. */
  block: readonly number[];
  /** One for a block, row-major. */
  scales: Float32Array;
  /** The code of 0 in each block, or the place of 0 between codes. @defaultValue null: 0 in all */
  zeroPoints?: Int32Array | Float32Array | null | undefined;
  /** What each code stands for before it is scaled; not beside zero points. @defaultValue null: itself */
  codebook?: Float32Array | null | undefined;
  /** The row-major place of the first code, for a part of the whole. @defaultValue 0 */
  from?: number | undefined;
}

const FN = 'decodeCodes';

function checkCodebook(codes: Codes, codebook: Float32Array): void {
  for (let i = 0; i < codes.length; i++)
    if (codes[i]! < 0 || codes[i]! >= codebook.length)
      throw new RangeError(`${FN}: codes must be 0 to ${codebook.length - 1}, got ${codes[i]} at codes[${i}]`);
}

/**
 * The values of codes whose blocks have a scale each, in float32 with one rounding: (code − zero point) · scale, or
 * codebook[code] · scale.
 *
 * @example
 * ```js
 * import { decodeCodes } from '@weightkit/numerics';
 * const scales = Float32Array.of(0.5, 2);
 * console.log(decodeCodes(Int8Array.of(-8, 7, -1, 3), { shape: [2, 2], block: [1, 2], scales })); // -> Float32Array(4) [ -4, 3.5, -2, 6 ]
 * ```
 *
 * @param codes - of the whole or of a part of it, in row-major order, not packed; not changed
 * @param blocks - see {@link CodeBlocks}
 * @returns one float32 for a code
 * @throws TypeError or RangeError for arrays of other kinds or lengths, a part that reaches beyond the shape, and a code that the codebook
 * does not have
 */
export function decodeCodes(codes: Codes, blocks: CodeBlocks): Float32Array {
  checkType(isCodes(codes), `${FN}: codes must be a Uint8Array, Uint16Array, Int8Array or Int16Array`, codes);
  checkPlainObject(`${FN}: blocks must be a plain object`, blocks);
  checkOptions(FN, blocks, ['shape', 'block', 'scales', 'zeroPoints', 'codebook', 'from'], 'blocks');
  const { shape, block, scales, zeroPoints = null, codebook = null, from = 0 } = blocks;
  checkBlocks(FN, shape, block);
  const size = shape.reduce((product, n) => product * n, 1);
  const count = countOf(shape, block);
  checkInteger(FN, 'from', from);
  checkRange(
    from + codes.length <= size,
    `${FN}: codes must end at ${size}, where the shape does`,
    from + codes.length,
  );
  checkType(scales instanceof Float32Array, `${FN}: scales must be a Float32Array`, scales);
  checkRange(scales.length === count, `${FN}: scales must have length ${count}`, scales.length);
  checkType(
    zeroPoints === null || zeroPoints instanceof Int32Array || zeroPoints instanceof Float32Array,
    `${FN}: zeroPoints must be an Int32Array or a Float32Array`,
    zeroPoints,
  );
  if (zeroPoints)
    checkRange(zeroPoints.length === count, `${FN}: zeroPoints must have length ${count}`, zeroPoints.length);
  checkType(codebook === null || codebook instanceof Float32Array, `${FN}: codebook must be a Float32Array`, codebook);
  checkType(codebook === null || zeroPoints === null, `${FN}: zeroPoints must be null beside a codebook`, zeroPoints);
  if (codebook) checkCodebook(codes, codebook);
  const out = new Float32Array(codes.length);
  if (codes.length > 0)
    eachRun(axesOf(shape, block), from, codes.length, valuesIn(out, codes, scales, zeroPoints, codebook));
  return out;
}

/** The values of entries, in the place of each. */
export function valuesIn(
  out: Float32Array,
  codes: Codes,
  scales: Float32Array,
  zeroPoints: Int32Array | Float32Array | null,
  codebook: Float32Array | null,
): VisitRun {
  return (start, end, k, each) => {
    const begin = k - start;
    if (each && codebook) for (let i = start; i < end; i++) out[i] = codebook[codes[i]!]! * scales[begin + i]!;
    else if (each && zeroPoints)
      for (let i = start; i < end; i++) out[i] = (codes[i]! - zeroPoints[begin + i]!) * scales[begin + i]!;
    else if (each) for (let i = start; i < end; i++) out[i] = codes[i]! * scales[begin + i]!;
    else {
      const scale = scales[k]!;
      const zero = zeroPoints ? zeroPoints[k]! : 0;
      if (codebook) for (let i = start; i < end; i++) out[i] = codebook[codes[i]!]! * scale;
      else for (let i = start; i < end; i++) out[i] = (codes[i]! - zero) * scale;
    }
  };
}
