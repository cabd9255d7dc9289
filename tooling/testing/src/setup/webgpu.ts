import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { gpuErrors } from '../gpu-errors.ts';
import { useOnly } from './only.ts';

/**
 * Makes webgpu the backend of this test file, and fails a test whose shaders or buffers are not valid. A function, because
 * files that share a process run their set-up file again but not what it imports.
 */
export async function useWebGPU(): Promise<void> {
  // Inputs below 1000 elements would otherwise be computed by the cpu's code inside of the WebGPU kernels.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  await useOnly('webgpu');
  const errors = gpuErrors();
  beforeEach(() => errors.open());
  afterEach(() => errors.close());
  afterAll(() => {
    errors.rest();
    if (tf.env().getBool('WEBGPU_CPU_FORWARD')) throw new Error('setup: WEBGPU_CPU_FORWARD must stay false');
  });
}
