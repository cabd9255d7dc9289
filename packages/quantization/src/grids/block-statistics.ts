import type { BlockPlan } from './block-plan.ts';

/** The least and the greatest value of each block. */
export interface BlockExtents {
  min: Float32Array;
  max: Float32Array;
}

/** The mean magnitude of each block, in float64. */
export function blockMeanMagnitudes(values: Float32Array, { count, base, column }: BlockPlan): Float64Array {
  const sum = new Float64Array(count);
  const entries = new Float64Array(count);
  let i = 0;
  for (let r = 0; r < base.length; r++)
    for (let j = 0; j < column.length; j++, i++) {
      const k = base[r]! + column[j]!;
      sum[k]! += Math.abs(values[i]!);
      entries[k]!++;
    }
  return sum.map((total, k) => total / entries[k]!);
}
