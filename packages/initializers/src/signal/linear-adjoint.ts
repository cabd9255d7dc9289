import * as tf from '@tensorflow/tfjs-core';
import type { LinearLayer } from '../model/linear-layer.ts';
import { dilationsOf, numbersOf } from './linear-rule.ts';
import { configOf } from './signal-activation.ts';
import { windowsOf } from './windows.ts';

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Puts zeros into an axis: `between` two neighbours, `before` the first and `after` the last. */
function spaced(x: tf.Tensor, axis: number, between: number, before: number, after: number): tf.Tensor {
  const [outer, n, inner] = [product(x.shape.slice(0, axis)), x.shape[axis]!, product(x.shape.slice(axis + 1))];
  let line = tf.reshape(x, [outer, n, 1, inner]) as tf.Tensor;
  if (between > 0) line = tf.concat([line, tf.zeros([outer, n, between, inner])], 2);
  line = tf.reshape(line, [outer, n * (between + 1), inner]);
  if (between > 0) line = tf.slice(line, [0, 0, 0], [outer, n * (between + 1) - between, inner]);
  const parts = [
    ...(before > 0 ? [tf.zeros([outer, before, inner])] : []),
    line,
    ...(after > 0 ? [tf.zeros([outer, after, inner])] : []),
  ];
  const all = parts.length > 1 ? tf.concat(parts, 1) : line;
  return tf.reshape(
    all,
    x.shape.map((size, i) => (i === axis ? all.shape[1]! : size)),
  );
}

/** The gradient laid out so that plain windows of the reversed kernel over it give that of the input. */
function laidOut(
  g: tf.Tensor,
  from: readonly number[],
  taps: number[],
  strides: number[],
  dilations: number[],
  padding: string,
) {
  return taps.reduce((x, k, i) => {
    const axis = i + 1;
    const { before } = windowsOf(from[axis]!, k, strides[i]!, dilations[i]!, padding);
    const length = (g.shape[axis]! - 1) * strides[i]! + 1;
    return spaced(x, axis, strides[i]! - 1, (k - 1) * dilations[i]! - before, from[axis]! + before - length);
  }, g);
}

const dilated = (kernel: tf.Tensor, dilations: readonly number[]): tf.Tensor =>
  dilations.reduce((k, dilation, axis) => (dilation > 1 ? spaced(k, axis, dilation - 1, 0, 0) : k), kernel);

/** A kernel turned around in all its window's axes, in and out as they are or exchanged. WebGPU turns no five axes. */
function turned(kernel: tf.Tensor, exchange: boolean): tf.Tensor {
  const window = kernel.shape.slice(0, -2);
  const [next, last] = kernel.shape.slice(-2) as [number, number];
  const flat = tf.reverse(tf.reshape(kernel, [product(window), next, last]), 0);
  return exchange
    ? tf.reshape(tf.transpose(flat, [0, 2, 1]), [...window, last, next])
    : tf.reshape(flat, [...window, next, last]);
}

function depthwise(
  g: tf.Tensor,
  kernel: tf.Tensor,
  from: readonly number[],
  strides: number[],
  dilations: number[],
  padding: string,
) {
  const [kh, kw, channels, multiplier] = kernel.shape as [number, number, number, number];
  const wide = laidOut(g, from, [kh, kw], strides, dilations, padding) as tf.Tensor4D;
  const each = tf.reshape(turned(dilated(kernel, dilations), false), [
    (kh - 1) * dilations[0]! + 1,
    (kw - 1) * dilations[1]! + 1,
    channels * multiplier,
    1,
  ]) as tf.Tensor4D;
  const back: tf.Tensor = tf.depthwiseConv2d(wide, each, 1, 'valid');
  return multiplier === 1 ? back : tf.reshape(tf.sum(tf.reshape(back, [-1, channels, multiplier]), 2), [...from]);
}

function pointwise(g: tf.Tensor, kernel: tf.Tensor, from: readonly number[]): tf.Tensor {
  const [next, last] = kernel.shape.slice(-2) as [number, number];
  const flat = tf.matMul(tf.reshape(g, [-1, last]), tf.reshape(kernel, [next, last]), false, true);
  return tf.reshape(flat, [...from]);
}

function convolution(
  g: tf.Tensor,
  kernel: tf.Tensor,
  from: readonly number[],
  strides: number[],
  dilations: number[],
  padding: string,
) {
  const taps = kernel.shape.slice(0, -2);
  if (product(taps) === 1 && product(strides) === 1) return pointwise(g, kernel, from);
  if (taps.length < 3) {
    // One axis as two, the first of size 1.
    const flat = taps.length === 1;
    const two = (list: readonly number[], one: number, at = 0): [number, number, number, number] =>
      (flat ? [...list.slice(0, at), one, ...list.slice(at)] : [...list]) as [number, number, number, number];
    const wide = dilated(tf.reshape(kernel, two(kernel.shape, 1)), two(dilations, 1)) as tf.Tensor4D;
    const y = tf.reshape(g, two(g.shape, 1, 1)) as tf.Tensor4D;
    const shape = two(from, 1, 1);
    const step = two(strides, 1) as number[] as [number, number];
    return tf.reshape(tf.conv2dTranspose(y, wide, shape, step, padding as 'same') as tf.Tensor, [...from]);
  }
  // The stock gradient of a convolution over three axes is wrong on wasm.
  const wide = laidOut(g, from, taps, strides, dilations, padding) as tf.Tensor5D;
  return tf.conv3d(wide, turned(dilated(kernel, dilations), true) as tf.Tensor5D, 1, 'valid');
}

/**
 * The gradient at the input of a linear layer from that at its sums, by kernels that every backend has right: a plain
 * product, convolution or depthwise convolution with the turned kernel. In a tidy.
 *
 * @param from - shape of the input
 * @returns the gradient; nothing where the layer's layout has no rule here
 */
export function linearAdjoint(
  { layer, kernel, others }: LinearLayer,
  g: tf.Tensor,
  from: readonly number[],
): tf.Tensor[] {
  const config = configOf(layer);
  if (config.dataFormat === 'channelsFirst') return [];
  const k = kernel.read();
  const taps = k.shape.slice(0, -2);
  const strides = numbersOf(config.strides, taps.length);
  const dilations = dilationsOf(layer, taps.length);
  const padding = String(config.padding ?? 'valid');
  switch (layer.getClassName()) {
    case 'Dense':
      return [pointwise(g, k, from)];
    case 'Conv1D':
    case 'Conv2D':
    case 'Conv3D':
      return [convolution(g, k, from, strides, dilations, padding)];
    case 'DepthwiseConv2D':
      return [depthwise(g, k, from, strides, dilations, padding)];
    case 'SeparableConv2D': {
      const first = others[0]!.read();
      const middle = [...g.shape.slice(0, -1), k.shape[2]!];
      return [depthwise(pointwise(g, k, middle), first, from, strides, dilations, padding)];
    }
    case 'Conv2DTranspose':
      return [tf.conv2d(g as tf.Tensor4D, k as tf.Tensor4D, strides as [number, number], padding as 'same')];
    case 'Conv3DTranspose':
      return [tf.conv3d(g as tf.Tensor5D, k as tf.Tensor5D, strides as [number, number, number], padding as 'same')];
    default:
      return [];
  }
}
