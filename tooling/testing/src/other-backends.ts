import * as tf from '@tensorflow/tfjs-core';

/** The backend that may run kernels now beside the one under test, and how often each of its kernels did. */
let allowed: { name: string; ran: Record<string, number> } | undefined;

/**
 * Counts the kernels that run on another backend than `name` from now on. `check()` throws when there was one, naming it: a test
 * that leaves its backend, or a kernel that hands its work to another one, proves nothing about the backend under test.
 */
export function watchOtherBackends(name: string): { check(): void; stop(): void } {
  const ran: Record<string, number> = {};
  const restore: (() => void)[] = [];
  for (const other of Object.keys(tf.engine().registryFactory)) {
    if (other === name) continue;
    for (const kernel of tf.getKernelsForBackend(other)) {
      const { kernelFunc } = kernel;
      kernel.kernelFunc = (call) => {
        const free = allowed?.name === other;
        const title = free ? kernel.kernelName : `${kernel.kernelName} on ${other}`;
        const counts = free ? allowed!.ran : ran;
        counts[title] = (counts[title] ?? 0) + 1;
        return kernelFunc(call);
      };
      restore.push(() => {
        kernel.kernelFunc = kernelFunc;
      });
    }
  }
  return {
    check() {
      const list = Object.entries(ran).map(([title, count]) => `${title} (${count})`);
      if (list.length) throw new Error(`backend ${name}: every kernel must run on it, got ${list.join(', ')}`);
    },
    stop() {
      for (const put of restore) put();
    },
  };
}

/**
 * Lets the kernels of one other backend run while `body` does, for a test whose subject is just that. Before and after it they
 * fail the test file as ever.
 *
 * @returns how often each kernel of that backend ran, so that the test can say what should have; nothing where it is the backend
 * under test itself
 */
export async function allowBackend(name: string, body: () => unknown): Promise<Record<string, number>> {
  if (allowed) throw new Error(`allowBackend: one backend at a time, got ${name} within ${allowed.name}`);
  const mine = { name, ran: {} };
  allowed = mine;
  try {
    await body();
  } finally {
    allowed = undefined;
  }
  return mine.ran;
}
