import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { gpuErrors } from '../gpu-errors.ts';
import { useOnly } from './only.ts';

/**
 * tfjs's kernel for products of a few thousand entries. Up to 128 entries it would take MatMulReduceProgram, whose 256
 * invocations an entry wait for each other: 40 ms for 4 x 3 x 12 on SwiftShader instead of 0.6 ms, most of a training's time.
 */
const MATMUL_SMALL_OUTPUT = 2;

/**
 * Makes webgpu the backend of this test file, and fails a test whose shaders or buffers are not valid. A function, because
 * files that share a process run their set-up file again but not what it imports.
 */
export async function useWebGPU(): Promise<void> {
  // Inputs below 1000 elements would otherwise be computed by the cpu's code inside of the WebGPU kernels.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', MATMUL_SMALL_OUTPUT);
  await useOnly('webgpu');
  const errors = gpuErrors();
  beforeEach(() => errors.open());
  afterEach(() => errors.close());
  afterAll(() => {
    errors.rest();
    if (tf.env().getBool('WEBGPU_CPU_FORWARD')) throw new Error('setup: WEBGPU_CPU_FORWARD must stay false');
  });
}
