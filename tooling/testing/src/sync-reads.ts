import * as tf from '@tensorflow/tfjs-core';

type Readers = Record<'dataSync' | 'readSync', (...args: unknown[]) => unknown>;

/**
 * Runs `body` and throws when anything downloaded synchronously meanwhile: WebGPU cannot, and elsewhere it blocks. TensorFlow.js's
 * own reads count too. On cpu, wasm and tfjs-node memory is near, and kernels and `data()` call the backend's `readSync`, so that
 * the engine's is the one that is watched; on WebGPU the backend's is watched as well.
 */
export async function withoutSyncReads<T>(body: () => T | Promise<T>): Promise<T> {
  const calls: string[] = [];
  const watch = (name: string, target: object, method: keyof Readers): (() => void) => {
    const own = Object.getOwnPropertyDescriptor(target, method);
    const original = (target as Readers)[method];
    Object.defineProperty(target, method, {
      configurable: true,
      writable: true,
      value(this: unknown, ...args: unknown[]) {
        calls.push(name);
        return original.apply(this, args);
      },
    });
    return () => {
      if (own) Object.defineProperty(target, method, own);
      else delete (target as Partial<Readers>)[method];
    };
  };
  const undo = [
    watch('dataSync', tf.Tensor.prototype, 'dataSync'),
    watch("the engine's readSync", tf.engine(), 'readSync'),
    ...(tf.getBackend() === 'webgpu' ? [watch("the backend's readSync", tf.backend(), 'readSync')] : []),
  ];
  const check = (cause?: unknown) => {
    if (calls.length > 0)
      throw new Error(`withoutSyncReads: nothing must download synchronously, got ${calls.join(', ')}`, { cause });
  };
  try {
    const result = await body();
    check();
    return result;
  } catch (error) {
    // Where there is no way to wait, the read itself has thrown.
    check(error);
    throw error;
  } finally {
    for (const one of undo) one();
  }
}
