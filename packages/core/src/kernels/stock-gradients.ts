import * as tf from '@tensorflow/tfjs-core';
import { gradientBeneath } from './swap-kernel.ts';

type Gradient = Pick<tf.GradConfig, 'inputsToSave' | 'gradFunc'>;
type Strides = [number, number, number];

/** dx of Conv3D as a function of dy and the filter is linear in each: its gradients are Conv3D and the filter's gradient. */
const conv3dTranspose: Gradient = {
  inputsToSave: ['dy', 'filter'],
  gradFunc: (ddx, saved, attrs) => {
    const [dy, filter] = saved as [tf.Tensor5D, tf.Tensor5D];
    const { strides, pad } = attrs as unknown as { strides: Strides; pad: 'same' | 'valid' };
    const given = ddx as tf.Tensor5D;
    return {
      dy: () => tf.conv3d(given, filter, strides, pad),
      filter: () =>
        tf
          .engine()
          .runKernel(
            'Conv3DBackpropFilterV2',
            { x: given, dy },
            { strides, pad, filterShape: filter.shape },
          ) as tf.Tensor,
    };
  },
};

/** The gradient of a running sum is the running sum from the other end. */
const cumsum: Gradient = {
  inputsToSave: [],
  gradFunc: (dy, _, attrs) => {
    const { axis, exclusive, reverse } = attrs as unknown as { axis: number; exclusive: boolean; reverse: boolean };
    return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
  },
};

/** Stock's Cumsum transposes its gradient once too often: shapes tell, without a value being read. */
function isCumsumWrong({ gradFunc }: tf.GradConfig): boolean {
  return tf.tidy(() => {
    const x = tf.zeros([1, 2, 3]);
    const dx = gradFunc(x, [x], { axis: 0, exclusive: false, reverse: false } as unknown as tf.NamedAttrMap);
    return !tf.util.arraysEqual(dx.x!().shape, x.shape);
  });
}

/** Gradient functions of ours, and whether the one that is registered is wrong. */
const GRADIENTS: Record<string, { gradient: Gradient; isWrong?: (registered: tf.GradConfig) => boolean }> = {
  Conv3DBackpropInputV2: { gradient: conv3dTranspose },
  Cumsum: { gradient: cumsum, isWrong: isCumsumWrong },
};

/**
 * The gradient functions that TensorFlow.js lacks or has wrong, of the kernels named, whatever of ours is over them.
 *
 * @param kernels - names of kernels
 * @returns what to register; gradient functions hold for every backend
 */
export function gradientsToRegister(kernels: readonly string[]): tf.GradConfig[] {
  return kernels.flatMap((kernelName) => {
    const ours = GRADIENTS[kernelName];
    const registered = gradientBeneath(kernelName);
    if (ours === undefined || (registered !== undefined && !ours.isWrong?.(registered))) return [];
    return [{ kernelName, ...ours.gradient }];
  });
}
