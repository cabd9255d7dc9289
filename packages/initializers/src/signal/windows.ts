import { alongAxis, collapse, type Grid } from './grid.ts';

/** How windows lie along one axis: window o takes the inputs o · stride - before + t · dilation for t < taps, where they are. */
export interface Windows {
  /** Numbers along the axis; null where it has any size, and then edges are left out. */
  inputs: number | null;
  windows: number | null;
  taps: number;
  stride: number;
  dilation: number;
  before: number;
}

/** Windows as TensorFlow lays them out. */
export function windowsOf(
  inputs: number | null,
  taps: number,
  stride: number,
  dilation: number,
  padding: string,
): Windows {
  const reach = (taps - 1) * dilation + 1;
  const own = { inputs, taps, stride, dilation };
  if (inputs === null) return { ...own, windows: null, before: 0 };
  if (padding === 'causal') return { ...own, windows: Math.ceil(inputs / stride), before: reach - 1 };
  if (padding !== 'same') return { ...own, windows: Math.ceil((inputs - reach + 1) / stride), before: 0 };
  const windows = Math.ceil(inputs / stride);
  return { ...own, windows, before: Math.floor(Math.max((windows - 1) * stride + reach - inputs, 0) / 2) };
}

function pairs(
  { inputs, windows, taps, stride, dilation, before }: Windows,
  f: (window: number, input: number) => void,
) {
  for (let o = 0; o < windows!; o++)
    for (let t = 0; t < taps; t++) {
      const i = o * stride - before + t * dilation;
      if (i >= 0 && i < inputs!) f(o, i);
    }
}

/** For each window the sum over its inputs. */
export function gathered(grid: Grid, axis: number, w: Windows): Grid {
  if (w.inputs === null || w.windows === null) return alongAxis(grid, axis, 1, (line) => [line[0]! * w.taps]);
  const even = grid.dims[axis] === 1;
  const out = alongAxis(grid, axis, w.windows, (line) => {
    const sums = new Float64Array(w.windows!);
    pairs(w, (o, i) => {
      sums[o]! += line[even ? 0 : i]!;
    });
    return sums;
  });
  return collapse(out, axis);
}

/** For each input the sum over the windows that take it. */
export function scattered(grid: Grid, axis: number, w: Windows): Grid {
  if (w.inputs === null || w.windows === null)
    return alongAxis(grid, axis, 1, (line) => [(line[0]! * w.taps) / w.stride]);
  const even = grid.dims[axis] === 1;
  const out = alongAxis(grid, axis, w.inputs, (line) => {
    const sums = new Float64Array(w.inputs!);
    pairs(w, (o, i) => {
      sums[i]! += line[even ? 0 : o]!;
    });
    return sums;
  });
  return collapse(out, axis);
}

/** For each window the number of its inputs. */
export const countsOf = (w: Windows): Grid => gathered({ dims: [1], values: Float64Array.of(1) }, 0, w);
