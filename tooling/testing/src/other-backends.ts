import * as tf from '@tensorflow/tfjs-core';

/**
 * Counts the kernels that run on another backend than `name` from now on. `check()` throws when there was one, naming it: a test
 * that leaves its backend, or a kernel that hands its work to another one, proves nothing about the backend under test.
 */
export function watchOtherBackends(name: string): { check(): void; stop(): void } {
  const ran = new Map<string, number>();
  const restore: (() => void)[] = [];
  for (const other of Object.keys(tf.engine().registryFactory)) {
    if (other === name) continue;
    for (const kernel of tf.getKernelsForBackend(other)) {
      const { kernelFunc } = kernel;
      kernel.kernelFunc = (call) => {
        const title = `${kernel.kernelName} on ${other}`;
        ran.set(title, (ran.get(title) ?? 0) + 1);
        return kernelFunc(call);
      };
      restore.push(() => {
        kernel.kernelFunc = kernelFunc;
      });
    }
  }
  return {
    check() {
      if (ran.size === 0) return;
      const list = [...ran].map(([title, count]) => `${title} (${count})`).join(', ');
      throw new Error(`backend ${name}: every kernel must run on it, got ${list}`);
    },
    stop() {
      for (const put of restore) put();
    },
  };
}
