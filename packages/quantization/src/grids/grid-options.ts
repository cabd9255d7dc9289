import {
  checkBoolean,
  checkNumbers,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { checkRangeOptions } from '../ranges/range-options.ts';
import type { RangeMethod } from '../ranges/search-range.ts';
import { blockOf, type Granularity } from './block-plan.ts';
import type { BlockExtents } from './block-statistics.ts';
import { type CodeRange, codeRange, type IntegerScheme, isIntegerDtype } from './integers.ts';
import { GRID_DTYPES, type GridDtype, isGridDtype } from './quantized-values.ts';

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

/** The ranges that a caller gave, one for each block. */
export function checkRanges(fn: string, ranges: unknown, count: number): BlockExtents {
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

/** A grid on blocks of a shape, its options checked. */
export interface CheckedGrid {
  dtype: GridDtype;
  /** How ranges of integers become scales. */
  law: IntegerScheme;
  /** The codes of integers and ternary. */
  limits: CodeRange;
  /** Edges of the blocks; null where nothing is scaled. */
  block: number[] | null;
  ranges: unknown;
  range: RangeMethod | undefined;
  percentile: number;
}

/** Throws unless a grid is one and fits a shape. */
export function checkGrid(fn: string, shape: readonly number[], grid: GridOptions): CheckedGrid {
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
  const limits = isIntegerDtype(dtype) ? codeRange(dtype, narrow ?? false) : { least: -1, most: 1 };
  const law = scheme ?? (dtype.startsWith('u') ? 'affine' : 'noClipping');
  return { dtype, law, limits, block, ranges, range, percentile };
}
