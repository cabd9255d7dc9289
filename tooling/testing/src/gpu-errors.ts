import * as tf from '@tensorflow/tfjs-core';

interface WebGPUBackend {
  device: GPUDeviceLike;
  /** The private encoder of the commands that are not submitted yet. */
  commandEncoder?: unknown;
  endComputePassEncoder?(): void;
  submitQueue(): void;
}

interface ErrorEvent {
  error: { message: string };
}

interface GPUDeviceLike {
  pushErrorScope(filter: 'validation' | 'out-of-memory' | 'internal'): void;
  popErrorScope(): Promise<{ message: string } | null>;
  addEventListener(type: 'uncapturederror', listener: (event: ErrorEvent) => void): void;
  removeEventListener(type: 'uncapturederror', listener: (event: ErrorEvent) => void): void;
  lost: Promise<{ message: string }>;
}

const SCOPES = ['validation', 'out-of-memory', 'internal'] as const;

/** Sends what TensorFlow.js holds back, so that its errors fall into the scopes that are open now. */
function submit(backend: WebGPUBackend): void {
  if (!backend.commandEncoder) return;
  backend.endComputePassEncoder?.();
  backend.submitQueue();
}

/**
 * Errors of the WebGPU device. It throws none: a shader that does not compile drops its commands and leaves garbage. `open()`
 * starts to collect, `close()` throws the first error since; one that fell outside of both is thrown by
 * `rest()`, which ends the collection.
 */
export function gpuErrors(): { open(): void; close(): Promise<void>; rest(): void } {
  const backend = tf.backend() as unknown as WebGPUBackend;
  const { device } = backend;
  const outside: string[] = [];
  const note = ({ error }: ErrorEvent) => void outside.push(error.message);
  device.addEventListener('uncapturederror', note);
  void device.lost.then(({ message }) => outside.push(`device lost: ${message}`));
  return {
    open() {
      submit(backend);
      for (const scope of SCOPES) device.pushErrorScope(scope);
    },
    async close() {
      submit(backend);
      const errors = await Promise.all(SCOPES.map(() => device.popErrorScope()));
      const first = errors.find((error) => error !== null);
      if (first) throw new Error(`WebGPU: ${first.message}`);
    },
    rest() {
      device.removeEventListener('uncapturederror', note);
      if (outside.length) throw new Error(`WebGPU: ${outside.join('\n')}`);
    },
  };
}
