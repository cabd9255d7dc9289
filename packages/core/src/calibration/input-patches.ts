import * as tf from '@tensorflow/tfjs-core';
import { checkFinite, checkFunction, checkRange, checkType, isPlainObject } from '@weightkit/numerics/check';
import { checkModelAndBatch } from '../model/check-batch.ts';
import { checkWeight } from '../model/check-weight.ts';
import { chosenLayers } from '../model/chosen-layers.ts';
import type { LayerLike, ModelLike } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { capture } from '../training/capture.ts';

/** The fields of a convolution that say which of its input a filter sees. */
interface ConvolutionFields extends LayerLike {
  kernelSize: number[];
  strides: number[];
  dilationRate: number[];
  padding: string;
  dataFormat: string;
}

/**
 * What a kernel is multiplied with, as rows: of a dense layer its inputs, of a convolution the windows that its filters see, place by
 * place and channel by channel. A kernel `[...window, in, out]` is a matrix of `length` rows then.
 */
export interface Patches {
  /** How many rows there are, of all examples and places. */
  count: number;
  /** The numbers in a row. */
  length: number;
  /** Writes the rows from `from` to `to` into `out`, which is zero. */
  fill(out: Float64Array, from: number, to: number): void;
}

/** Which property of which classes is multiplied with patches of the layer's input. */
const KERNELS: Readonly<Record<string, string>> = {
  Dense: 'kernel',
  Conv1D: 'kernel',
  Conv2D: 'kernel',
  Conv3D: 'kernel',
  DepthwiseConv2D: 'depthwiseKernel',
};

/** The layers with kernels for which {@link hasPatches} is true, in words. */
export const PATCH_LAYERS = 'Dense, Conv1D, Conv2D, Conv3D or DepthwiseConv2D';

/**
 * Whether it is a kernel that patches of its layer's input are known for: of layers of class {@link PATCH_LAYERS}.
 *
 * @param weight - a weight from {@link weightsOf}
 */
export function hasPatches(weight: Weight): boolean {
  checkWeight('hasPatches', weight);
  const { layer, property } = weight;
  return layer !== null && property !== null && KERNELS[layer.getClassName()] === property;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Three numbers of a convolution over up to three dimensions. */
const three = (values: readonly number[], missing: number): number[] => [
  ...Array<number>(3 - values.length).fill(missing),
  ...values,
];

/** Where the windows on one axis begin and how many there are. */
interface Axis {
  size: number;
  window: number;
  stride: number;
  dilation: number;
  before: number;
  places: number;
}

function axisOf(size: number, window: number, stride: number, dilation: number, same: boolean): Axis {
  const reach = (window - 1) * dilation + 1;
  const places = same ? Math.ceil(size / stride) : Math.max(0, Math.ceil((size - reach + 1) / stride));
  const before = same ? Math.floor(Math.max(0, (places - 1) * stride + reach - size) / 2) : 0;
  return { size, window, stride, dilation, before, places };
}

function densePatches(x: Float32Array, shape: readonly number[]): Patches {
  const length = shape[shape.length - 1]!;
  return {
    count: length === 0 ? 0 : x.length / length,
    length,
    fill: (out, from, to) => out.set(x.subarray(from * length, to * length)),
  };
}

function convolutionPatches(layer: ConvolutionFields, x: Float32Array, shape: readonly number[]): Patches {
  const channels = shape[shape.length - 1]!;
  const sizes = three(shape.slice(1, -1), 1);
  // tfjs's DepthwiseConv2D does not dilate, whatever its option says.
  const dilations = layer.getClassName() === 'DepthwiseConv2D' ? [1, 1] : layer.dilationRate;
  const [windows, strides, dilated] = [layer.kernelSize, layer.strides, dilations].map((values) => three(values, 1));
  const axes = sizes.map((size, i) =>
    axisOf(size, windows![i]!, strides![i]!, dilated![i]!, layer.padding === 'same'),
  ) as [Axis, Axis, Axis];
  const [deep, high, wide] = axes;
  const length = product(axes.map(({ window }) => window)) * channels;
  const places = product(axes.map((axis) => axis.places));
  const example = product(sizes) * channels;
  const at = ({ before, stride, dilation, size }: Axis, place: number, k: number): number => {
    const i = place * stride + k * dilation - before;
    return i >= 0 && i < size ? i : -1;
  };
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
      const z = at(deep, d, i);
      for (let j = 0; j < high.window; j++) {
        const y = at(high, h, j);
        for (let k = 0; k < wide.window; k++, to += channels) {
          const v = at(wide, w, k);
          if (z < 0 || y < 0 || v < 0) continue;
          const source = base + ((z * high.size + y) * wide.size + v) * channels;
          for (let c = 0; c < channels; c++) out[to + c] = x[source + c]!;
        }
      }
    }
  }
  return {
    count: (shape[0] ?? 0) * places,
    length,
    fill(out, from, to) {
      for (let row = from; row < to; row++) fillRow(out, (row - from) * length, row);
    },
  };
}

async function patchesOf(fn: string, path: string, layer: LayerLike, input: tf.Tensor): Promise<Patches> {
  const { dataFormat } = layer as ConvolutionFields;
  const { rank } = input;
  const first = dataFormat === 'channelsFirst' && layer.getClassName() !== 'Dense';
  const last = tf.tidy(() =>
    tf.cast(
      first ? tf.transpose(input, [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]) : input,
      'float32',
    ),
  );
  try {
    const x = (await last.data()) as Float32Array;
    checkFinite(fn, 'activations', `the input of ${path}`, x);
    return layer.getClassName() === 'Dense'
      ? densePatches(x, last.shape)
      : convolutionPatches(layer as ConvolutionFields, x, last.shape);
  } finally {
    last.dispose();
  }
}

/** How many entries of patches are held at a time. */
const ROOM = 2 ** 18;

/**
 * Hands on the rows of patches in parts of at most 2^18 numbers.
 *
 * @param patches - from {@link visitPatches}
 * @param visit - called with `count` rows of `length` numbers, in memory that is used again
 * @throws TypeError for other arguments than these
 */
export function forEachPart(patches: Patches, visit: (rows: Float64Array, count: number) => void): void {
  checkType(
    isPlainObject(patches) && typeof patches.fill === 'function',
    'forEachPart: patches must be those of visitPatches',
    patches,
  );
  checkFunction('forEachPart', 'visit', visit);
  const { count, length, fill } = patches;
  const step = Math.max(1, Math.floor(ROOM / Math.max(1, length)));
  const room = new Float64Array(Math.min(step, count) * length);
  for (let from = 0; from < count; from += step) {
    const to = Math.min(count, from + step);
    const part = room.subarray(0, (to - from) * length).fill(0);
    fill(part, from, to);
    visit(part, to - from);
  }
}

/**
 * What kernels are multiplied with when a model computes on a batch, one layer after another.
 *
 * @param fn - the function that was called, for messages
 * @param weights - kernels that patches are known for
 * @param x - the model's input, or a list of its inputs; borrowed
 * @param visit - called for each call of each of their layers, in the order of the calls
 * @throws RangeError for an activation that is not finite and for a weight that {@link hasPatches} is not true of; TypeError or
 * RangeError for other arguments
 */
export async function visitPatches(
  fn: string,
  model: ModelLike,
  weights: readonly Weight[],
  x: tf.Tensor | tf.Tensor[],
  visit: (weight: Weight, patches: Patches) => void,
): Promise<void> {
  checkModelAndBatch(fn, model, x, 'x');
  checkType(Array.isArray(weights), `${fn}: weights must be a list`, weights);
  for (const weight of weights) {
    checkWeight(fn, weight);
    checkRange(hasPatches(weight), `${fn}: weights must be kernels of layers of class ${PATCH_LAYERS}`, weight.path);
  }
  checkFunction(fn, 'visit', visit);
  const layers = weights.map(({ layer }) => layer!);
  chosenLayers(fn, 'weights', model, layers);
  const byLayer = new Map(weights.map((weight) => [weight.layer!, weight]));
  const captured = capture(model, layers, x);
  try {
    for (const { layer, inputs } of captured.calls) {
      const weight = byLayer.get(layer)!;
      visit(weight, await patchesOf(fn, weight.path, layer, inputs[0]!));
    }
  } finally {
    captured.dispose();
  }
}
