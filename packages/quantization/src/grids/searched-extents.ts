import { sampleOf } from '../ranges/range-sample.ts';
import { type RangeMethod, searchRange } from '../ranges/search-range.ts';
import type { BlockPlan } from './block-plan.ts';
import type { BlockExtents } from './block-statistics.ts';
import { type CodeRange, type IntegerScheme, integerParameters } from './integers.ts';

/** How the ranges of blocks are searched for. */
export interface ExtentSearch {
  method: RangeMethod;
  percentile: number;
  scheme: IntegerScheme;
  limits: CodeRange;
}

/** The range of each block by a method that clips, for the grid that its codes will lie on. */
export function searchedExtents(
  values: Float32Array,
  { count, base, column }: BlockPlan,
  { method, percentile, scheme, limits }: ExtentSearch,
): BlockExtents {
  const sizes = new Uint32Array(count);
  for (const first of base) for (const more of column) sizes[first + more]!++;
  const blocks = Array.from(sizes, (size) => new Float32Array(size));
  const filled = new Uint32Array(count);
  let i = 0;
  for (const first of base)
    for (const more of column) {
      const k = first + more;
      blocks[k]![filled[k]!++] = values[i++]!;
    }
  const stepsOf = (low: number, high: number) => {
    const { scales, zeroPoints } = integerParameters(Float32Array.of(low), Float32Array.of(high), scheme, limits);
    const scale = scales[0]!;
    const zero = zeroPoints?.[0] ?? 0;
    return { scale, min: (limits.least - zero) * scale, max: (limits.most - zero) * scale };
  };
  const search = {
    method,
    codes: limits.most - limits.least + 1,
    symmetric: scheme !== 'affine',
    percentile,
    stepsOf,
  };
  const ranges = blocks.map((block) => searchRange(sampleOf(block), search));
  return { min: Float32Array.from(ranges, ({ min }) => min), max: Float32Array.from(ranges, ({ max }) => max) };
}
