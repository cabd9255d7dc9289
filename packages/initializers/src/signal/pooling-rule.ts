import type { LayerLike } from '@weightkit/core';
import { combine, type Grid } from './grid.ts';
import { numbersOf } from './linear-rule.ts';
import { configOf } from './signal-activation.ts';
import { countsOf, gathered, scattered, type Windows, windowsOf } from './windows.ts';

type Shape = readonly (number | null)[];

/** How a pooling layer's windows lie. */
export interface Pooling {
  isMaximum: boolean;
  /** Of each axis that it pools. */
  windows: { axis: number; windows: Windows }[];
  /** The axes that are gone after it. */
  isGlobal: boolean;
  /** Whether an input is in several windows. */
  overlaps: boolean;
}

/** The layout of a pooling layer, or null for any other. */
export function poolingOf(layer: LayerLike, from: Shape): Pooling | null {
  const found = /^(Global)?(Average|Max)Pooling([123])D$/.exec(layer.getClassName());
  if (!found) return null;
  const config = configOf(layer);
  const count = Number(found[3]);
  const first = config.dataFormat === 'channelsFirst' ? 1 : 0;
  const axes = Array.from({ length: count }, (_, i) => first + i);
  const isMaximum = found[2] === 'Max';
  if (found[1])
    return {
      isMaximum,
      isGlobal: true,
      overlaps: false,
      windows: axes.map((axis) => ({ axis, windows: windowsOf(from[axis]!, from[axis] ?? 1, 1, 1, 'valid') })),
    };
  const sizes = numbersOf(config.poolSize, count);
  const strides = numbersOf(config.strides ?? config.poolSize, count);
  return {
    isMaximum,
    isGlobal: false,
    overlaps: sizes.some((size, i) => size > strides[i]!),
    windows: axes.map((axis, i) => ({
      axis,
      windows: windowsOf(from[axis]!, sizes[i]!, strides[i]!, 1, String(config.padding)),
    })),
  };
}

/** Axes of size 1 where a global pooling has taken them away, and back. */
const withAxes = (grid: Grid, { isGlobal, windows }: Pooling): Grid => {
  if (!isGlobal) return grid;
  const dims = [...grid.dims];
  for (const { axis } of windows) dims.splice(axis, 0, 1);
  return { dims, values: grid.values };
};
const withoutAxes = (grid: Grid, { isGlobal, windows }: Pooling): Grid =>
  isGlobal
    ? { dims: grid.dims.filter((_, axis) => windows.every((one) => one.axis !== axis)), values: grid.values }
    : grid;

/** For each window the number of its inputs to a power, in the layout of the output. */
function sizesOf({ windows }: Pooling, rank: number): Grid {
  return windows.reduce(
    (result: Grid, { axis, windows: own }) => {
      const counts = own.inputs === null ? { dims: [1], values: Float64Array.of(own.taps) } : countsOf(own);
      const dims = Array<number>(rank).fill(1);
      dims[axis] = counts.dims[0]!;
      return combine([result, { dims, values: counts.values }], (a, b) => a * b);
    },
    { dims: Array<number>(rank).fill(1), values: Float64Array.of(1) },
  );
}

/** By how much an average, or a largest of equally likely ones, hands on squares of changes that do not depend on each other. */
export function poolForward(x: Grid, pooling: Pooling): Grid {
  const sums = pooling.windows.reduce((grid, { axis, windows }) => gathered(grid, axis, windows), x);
  const sizes = sizesOf(pooling, sums.dims.length);
  const out = combine([sums, sizes], (sum, n) => sum / (pooling.isMaximum ? n : n * n));
  return withoutAxes(out, pooling);
}

/** The same for squares of gradients, on the way back. */
export function poolBackward(y: Grid, pooling: Pooling): Grid {
  const full = withAxes(y, pooling);
  const sizes = sizesOf(pooling, full.dims.length);
  const shares = combine([full, sizes], (g, n) => g / (pooling.isMaximum ? n : n * n));
  return pooling.windows.reduce((grid, { axis, windows }) => scattered(grid, axis, windows), shares);
}

/** Whether a global pooling knows how much it pools. */
export const isSized = ({ isGlobal, windows }: Pooling): boolean =>
  !isGlobal || windows.every(({ windows: own }) => own.inputs !== null);
