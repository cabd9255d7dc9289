import type { GridOptions, IntegerDtype } from '@weightkit/quantization';

/** Which weights share a scale. */
export const SHARED = ['a layer', 'an output', '28 inputs'] as const;
export type Shared = (typeof SHARED)[number];

/** Inputs in a row that share a scale: two lines of an image. */
const GROUP = 28;
/** The bits that are tried. */
export const BITS = [8, 7, 6, 5, 4, 3, 2] as const;

/** Where codes reach: as far as the weights they stand for, or less far, where that has the least square error. */
export const RANGES = ['all weights', 'least error'] as const;
export type Range = (typeof RANGES)[number];

// #region grid
/** The grid of a kernel [inputs, units]. */
export function gridOf(bits: number, shared: Shared, range: Range): GridOptions {
  const granularity = {
    'a layer': 'tensor' as const,
    'an output': { axis: 1 },
    '28 inputs': { group: GROUP, axis: 0 },
  }[shared];
  const grid = { dtype: `int${bits}` as IntegerDtype, granularity };
  return range === 'least error' ? { ...grid, range: 'mse' } : grid;
}
// #endregion
