import * as tf from '@tensorflow/tfjs-core';

/** Registrations of ours, and what each is over. */
const OVER = new WeakMap<tf.KernelConfig, tf.KernelConfig | undefined>();

/** Whether a kernel was registered by {@link swapKernel}: it needs no check. */
export const isOurs = (kernel: tf.KernelConfig): boolean => OVER.has(kernel);

/**
 * Registers a kernel, over one that may be there.
 *
 * @returns what takes it out again, in any order with other swaps of the same kernel; a registration by others that took its place
 * stays
 */
export function swapKernel(ours: tf.KernelConfig): () => void {
  const { kernelName, backendName } = ours;
  const mine = { ...ours };
  const own = tf.getKernel(kernelName, backendName);
  if (own) tf.unregisterKernel(kernelName, backendName);
  OVER.set(mine, own);
  tf.registerKernel(mine);
  return () => {
    const top: tf.KernelConfig | undefined = tf.getKernel(kernelName, backendName);
    const below = OVER.get(mine);
    if (top === mine) {
      tf.unregisterKernel(kernelName, backendName);
      if (below) tf.registerKernel(below);
      return;
    }
    // A later swap is over this one, which it would put back.
    for (let at: tf.KernelConfig | undefined = top; at; at = OVER.get(at))
      if (OVER.get(at) === mine) OVER.set(at, below);
  };
}
