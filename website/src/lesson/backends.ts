import * as tf from '@tensorflow/tfjs';
import { type AdapterLike, type Candidate, isSoftwareAdapter } from '@weightkit/lesson';

async function use(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`${name} did not start`);
  await tf.ready();
}

async function startWebGpu(): Promise<void> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<AdapterLike | null> } };
  const adapter = await gpu?.requestAdapter();
  if (!adapter) throw new Error('this browser has no WebGPU here');
  if (isSoftwareAdapter(adapter)) throw new Error('only in software here, slower than WASM');
  await import('@tensorflow/tfjs-backend-webgpu');
  await use('webgpu');
}

let wasm: Promise<void> | undefined;

/** Its paths can be set once, before it starts. */
async function loadWasm(base: string): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(new URL(`${base}generated/`, self.location.origin).href);
}

async function startWasm(base: string): Promise<void> {
  wasm ??= loadWasm(base);
  await wasm;
  await use('wasm');
}

/** What may run a lesson in this worker, in the order in which it is tried. */
export const candidates = (base: string): Candidate[] => [
  { name: 'wasm', start: () => startWasm(base) },
  { name: 'webgpu', start: startWebGpu },
  { name: 'cpu', start: () => use('cpu') },
];
