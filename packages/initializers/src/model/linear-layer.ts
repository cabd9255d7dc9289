import * as tf from '@tensorflow/tfjs-core';
import {
  type CallWrapper,
  type LayerLike,
  layersOf,
  type ModelLike,
  type Weight,
  weightsOf,
  wrapCall,
} from '@weightkit/core';

/** A tfjs-layers activation, as far as it is used here. */
export interface ActivationLike {
  apply(x: tf.Tensor): tf.Tensor;
  getClassName(): string;
}

/** A layer whose output, before its own activation, is linear in one kernel, plus a bias. */
export interface LinearLayer {
  /** The function that asked for it, for messages. */
  fn: string;
  /** The layer's path. */
  path: string;
  layer: LayerLike;
  /** The kernel that the output is linear in; the pointwise one of a separable convolution. */
  kernel: Weight;
  /** Other kernels, which the start fills too: the depthwise one of a separable convolution. */
  others: Weight[];
  bias: Weight | null;
  /** Whether the output has its units in axis 1, not in the last. */
  channelsFirst: boolean;
  /** The shape in which one value for each unit multiplies the kernel. */
  unitShape: number[];
}

interface Internals {
  activation: ActivationLike | null;
  dataFormat?: string;
}

/** Layers of tfjs 4.22 and their kernel. */
const KERNEL: Readonly<Record<string, string>> = {
  Dense: 'kernel',
  Conv1D: 'kernel',
  Conv2D: 'kernel',
  Conv3D: 'kernel',
  Conv2DTranspose: 'kernel',
  Conv3DTranspose: 'kernel',
  DepthwiseConv2D: 'depthwiseKernel',
  SeparableConv2D: 'pointwiseKernel',
};

function unitShapeOf(className: string, shape: readonly number[]): number[] {
  // Where units stand: [..., in, multiplier], [..., out, in] or [..., in, out].
  if (className === 'DepthwiseConv2D') return shape.slice(-2);
  return className.endsWith('Transpose') ? [shape[shape.length - 2]!, 1] : [shape[shape.length - 1]!];
}

/** The linear layers of a model, in the order of the layer tree. */
export function linearLayers(model: ModelLike, fn: string): LinearLayer[] {
  const weights = weightsOf(model, undefined, fn);
  return layersOf(model, fn).flatMap(({ layer, path }) => {
    const className = layer.getClassName();
    const own = weights.filter((weight) => weight.layer === layer);
    const named = (property: string | undefined) => own.find((weight) => weight.property === property);
    const kernel = named(KERNEL[className]);
    if (kernel?.dtype !== 'float32') return [];
    const bias = named('bias') ?? null;
    return {
      fn,
      path,
      layer,
      kernel,
      others: own.filter((weight) => weight !== kernel && weight !== bias),
      bias,
      channelsFirst: (layer as unknown as Internals).dataFormat === 'channelsFirst',
      unitShape: unitShapeOf(className, kernel.shape),
    };
  });
}

const LINEAR: ActivationLike = { apply: (x) => x, getClassName: () => 'linear' };

/** The layer's own activation; linear where it has none. */
export const activationOf = (layer: LayerLike): ActivationLike =>
  (layer as unknown as Partial<Internals>).activation ?? LINEAR;

/**
 * Splits each call of a layer at its activation: `change` gets the output before it and gives what the activation is to take;
 * with `bare` there is no activation.
 *
 * @returns a function that undoes it
 */
export function beforeActivation(
  { fn, layer }: Pick<LinearLayer, 'fn' | 'layer'>,
  change: (z: tf.Tensor) => tf.Tensor,
  bare = false,
): () => void {
  const internals = layer as unknown as Internals;
  const wrapper: CallWrapper = (call, inputs, kwargs) =>
    tf.tidy(() => {
      const own = internals.activation;
      internals.activation = LINEAR;
      let z: tf.Tensor;
      try {
        z = call(inputs, kwargs) as tf.Tensor;
      } finally {
        internals.activation = own;
      }
      return ((bare ? null : own) ?? LINEAR).apply(change(z));
    });
  return wrapCall(layer, wrapper, fn);
}
