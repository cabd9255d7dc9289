import * as tf from '@tensorflow/tfjs-core';
import { allowBackend } from './other-backends.ts';

/**
 * Another name for the backend under test, for what takes several backends: `body` is called with it. Tensors are those of the one
 * instance.
 *
 * @param name - of the twin
 * @param body - where it may run kernels
 * @param wrong - kernels that do on the twin what others do: `{ Tanh: 'Neg' }`
 */
export async function withTwinBackend<T>(
  name: string,
  body: (twin: string) => T | Promise<T>,
  wrong: Readonly<Record<string, string>> = {},
): Promise<T> {
  if (!(name in tf.engine().registryFactory)) {
    const own = tf.getBackend();
    tf.registerBackend(name, () => tf.engine().findBackend(own));
    tf.copyRegisteredKernels(own, name);
    for (const [kernelName, other] of Object.entries(wrong)) {
      tf.unregisterKernel(kernelName, name);
      tf.registerKernel({ ...tf.getKernel(other, own), kernelName, backendName: name });
    }
  }
  let result: T | undefined;
  await allowBackend(name, async () => {
    result = await body(name);
  });
  return result as T;
}
