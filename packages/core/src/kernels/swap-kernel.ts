import * as tf from '@tensorflow/tfjs-core';

/** Kernel functions of ours, which need no check. */
const OURS = new WeakSet<tf.KernelFunc>();

/** Whether a kernel function was registered by {@link swapKernel}. */
export const isOurs = (kernelFunc: tf.KernelFunc): boolean => OURS.has(kernelFunc);

/**
 * Registers a kernel, over one that may be there.
 *
 * @returns what takes it out again, unless another has taken its place, and puts the one back that was there
 */
export function swapKernel(ours: tf.KernelConfig): () => void {
  const { kernelName, backendName } = ours;
  const own = tf.getKernel(kernelName, backendName);
  if (own) tf.unregisterKernel(kernelName, backendName);
  OURS.add(ours.kernelFunc);
  tf.registerKernel(ours);
  return () => {
    if (tf.getKernel(kernelName, backendName)?.kernelFunc !== ours.kernelFunc) return;
    tf.unregisterKernel(kernelName, backendName);
    if (own) tf.registerKernel(own);
  };
}
