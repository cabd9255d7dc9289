import type { Patches } from './patches.ts';

/** Which of its input a filter of a convolution sees, by the axes of the window. */
export interface Windows {
  kernelSize: readonly number[];
  strides: readonly number[];
  dilationRate: readonly number[];
  padding: string;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Three numbers of a convolution over up to three dimensions. */
const three = (values: readonly number[], missing: number): number[] => [
  ...Array<number>(3 - values.length).fill(missing),
  ...values,
];

/** The windows on one axis: how many places there are, and what each entry of the window sees there. */
interface Axis {
  size: number;
  window: number;
  places: number;
  /** The index of the input, -1 where there is none. */
  at(place: number, k: number): number;
}

interface AxisOptions {
  size: number;
  window: number;
  stride: number;
  dilation: number;
  same: boolean;
}

/** How many places a convolution has on an axis, and how many zeros stand before its first input. */
function placesOf({ size, window, stride, dilation, same }: AxisOptions): { places: number; before: number } {
  const reach = (window - 1) * dilation + 1;
  const places = same ? Math.ceil(size / stride) : Math.max(0, Math.ceil((size - reach + 1) / stride));
  return { places, before: same ? Math.floor(Math.max(0, (places - 1) * stride + reach - size) / 2) : 0 };
}

function forwardAxis(options: AxisOptions): Axis {
  const { size, window, stride, dilation } = options;
  const { places, before } = placesOf(options);
  const at = (place: number, k: number): number => {
    const i = place * stride + k * dilation - before;
    return i >= 0 && i < size ? i : -1;
  };
  return { size, window, places, at };
}

/** The axis of a convolution whose outputs are these inputs, read from its inputs: where no output's window begins there is a 0. */
function transposedAxis({ size, window, stride, same }: AxisOptions): Axis {
  const places = size * stride + (same ? 0 : Math.max(window - stride, 0));
  const { before } = placesOf({ size: places, window, stride, dilation: 1, same });
  const at = (place: number, k: number): number => {
    const i = (place + before - k) / stride;
    return Number.isInteger(i) && i >= 0 && i < size ? i : -1;
  };
  return { size, window, places, at };
}

interface Grid {
  axes: [Axis, Axis, Axis];
  examples: number;
  channels: number;
}

function gridOf(windows: Windows, shape: readonly number[], axisOf: (options: AxisOptions) => Axis): Grid {
  const [kernels, strides, dilations] = [windows.kernelSize, windows.strides, windows.dilationRate].map((values) =>
    three(values, 1),
  );
  const same = windows.padding === 'same';
  const axes = three(shape.slice(1, -1), 1).map((size, i) =>
    axisOf({ size, window: kernels![i]!, stride: strides![i]!, dilation: dilations![i]!, same }),
  ) as [Axis, Axis, Axis];
  return { axes, examples: shape[0]!, channels: shape[shape.length - 1]! };
}

/** The windows of the channels from `first` to before `end`. */
function patchesOf({ axes, examples, channels }: Grid, x: Float32Array, first: number, end: number): Patches {
  const [deep, high, wide] = axes;
  const own = end - first;
  const length = product(axes.map(({ window }) => window)) * own;
  const places = product(axes.map((axis) => axis.places));
  const example = product(axes.map(({ size }) => size)) * channels;
  function fillRow(out: Float64Array, start: number, row: number): void {
    const place = row % places;
    const base = Math.floor(row / places) * example;
    const [d, h, w] = [
      Math.floor(place / (high.places * wide.places)),
      Math.floor(place / wide.places) % high.places,
      place % wide.places,
    ];
    let to = start;
    for (let i = 0; i < deep.window; i++) {
      const z = deep.at(d, i);
      for (let j = 0; j < high.window; j++) {
        const y = high.at(h, j);
        for (let k = 0; k < wide.window; k++, to += own) {
          const v = wide.at(w, k);
          if (z < 0 || y < 0 || v < 0) continue;
          const source = base + ((z * high.size + y) * wide.size + v) * channels + first;
          for (let c = 0; c < own; c++) out[to + c] = x[source + c]!;
        }
      }
    }
  }
  return {
    count: examples * places,
    length,
    fill(out, from, to) {
      for (let row = from; row < to; row++) fillRow(out, (row - from) * length, row);
    },
  };
}

/**
 * What the filters of a convolution see.
 *
 * @param x - examples with their channels last
 * @param shape - `[examples, ...sizes, channels]`
 */
export function convolutionPatches(windows: Windows, x: Float32Array, shape: readonly number[]): Patches[] {
  const grid = gridOf(windows, shape, forwardAxis);
  return [patchesOf(grid, x, 0, grid.channels)];
}

/** What the filters of each channel of a depthwise convolution see. */
export function depthwisePatches(windows: Windows, x: Float32Array, shape: readonly number[]): Patches[] {
  const grid = gridOf(windows, shape, forwardAxis);
  return Array.from({ length: grid.channels }, (_, c) => patchesOf(grid, x, c, c + 1));
}

/** What is added up to each output of a transposed convolution, by the entries of its window. */
export function transposedPatches(windows: Windows, x: Float32Array, shape: readonly number[]): Patches[] {
  const grid = gridOf(windows, shape, transposedAxis);
  return [patchesOf(grid, x, 0, grid.channels)];
}
