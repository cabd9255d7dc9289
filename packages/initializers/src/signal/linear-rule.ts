import type { LayerLike } from '@weightkit/core';
import { averaged, combine, type Grid, uniform } from './grid.ts';
import { configOf } from './signal-activation.ts';
import type { WeightSquares } from './signal-weights.ts';
import { gathered, scattered, type Windows, windowsOf } from './windows.ts';

/** How a linear layer's windows lie over its input. */
interface Layout {
  channel: number;
  /** Of each spatial axis; of a transposed convolution they are those of its output over its input. */
  windows: { axis: number; windows: Windows }[];
  transposed: boolean;
}

type Shape = readonly (number | null)[];

export const numbersOf = (value: unknown, count: number): number[] => {
  const list = [value ?? 1].flat().map(Number);
  return list.length === count ? list : Array<number>(count).fill(list[0]!);
};

/** How far apart a layer's taps are: the depthwise one of TensorFlow.js 4.22 takes a rate and leaves it out, as transposed ones do. */
export function dilationsOf(layer: LayerLike, count: number): number[] {
  const ignores = /^DepthwiseConv2D$|Transpose$/.test(layer.getClassName());
  return numbersOf(ignores ? 1 : configOf(layer).dilationRate, count);
}

function layoutOf(layer: LayerLike, { kernels }: WeightSquares, from: Shape, to: Shape): Layout {
  const config = configOf(layer);
  const transposed = layer.getClassName().endsWith('Transpose');
  const { window } = kernels[0]!;
  const first = config.dataFormat === 'channelsFirst' ? 1 : 0;
  const strides = numbersOf(config.strides, window.length);
  const dilations = dilationsOf(layer, window.length);
  const wide = transposed ? to : from;
  return {
    transposed,
    channel: first === 1 && window.length > 0 ? 0 : from.length - 1,
    windows: window.map((taps, i) => ({
      axis: first + i,
      windows: windowsOf(wide[first + i]!, taps, strides[i]!, dilations[i]!, String(config.padding ?? 'valid')),
    })),
  };
}

function throughWindows(grid: Grid, { channel, windows }: Layout, gather: boolean): Grid {
  return windows.reduce(
    (result, { axis, windows: own }) => (gather ? gathered(result, axis, own) : scattered(result, axis, own)),
    averaged(grid, channel),
  );
}

const scaled = (grid: Grid, factor: number): Grid => ({ dims: grid.dims, values: grid.values.map((v) => v * factor) });

/** From mean squares at the input of a linear layer those of the sums over it: E w² times what each window takes. */
export function linearForward(layer: LayerLike, squares: WeightSquares, x: Grid, from: Shape, to: Shape): Grid {
  const layout = layoutOf(layer, squares, from, to);
  const growth = squares.kernels.reduce((product, { square, channelsIn }) => product * square * channelsIn, 1);
  return scaled(throughWindows(x, layout, !layout.transposed), growth);
}

/** From mean squares of gradients at the sums those at the input: E w² times what each input goes to. */
export function linearBackward(layer: LayerLike, squares: WeightSquares, z: Grid, from: Shape, to: Shape): Grid {
  const layout = layoutOf(layer, squares, from, to);
  const growth = squares.kernels.reduce((product, { square, channelsOut }) => product * square * channelsOut, 1);
  return scaled(throughWindows(z, layout, layout.transposed), growth);
}

/** Mean squares with a bias's. */
export const withBias = (z: Grid, { bias }: WeightSquares): Grid =>
  combine([z, uniform(z.dims.length, bias.square)], (a, b) => a + b);
