// WebGPU where there is one, else WebAssembly, else plain JavaScript.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';

const ORDER = ['webgpu', 'wasm', 'cpu'] as const;
export type Backend = (typeof ORDER)[number];

/** Sets the first backend that works, or the one that is asked for and those behind it; its name. */
export async function startBackend(first: string | null): Promise<Backend> {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  });
  // Minified code breaks the threaded build on cross-origin-isolated pages.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  for (const name of ORDER.slice(Math.max(0, ORDER.indexOf(first as Backend)))) {
    // Without an adapter it is false, without WebGPU at all an error; what counts is what runs afterwards.
    const works = await tf.setBackend(name).catch(() => false);
    if (works && tf.getBackend() === name) return name;
  }
  throw new Error('no backend of TensorFlow.js works here');
}
