import { create, globals } from 'webgpu';

// The backend registers itself only where there is a navigator.gpu, so this comes before its import. Files that share a process
// share the device.
if (globalThis.navigator?.gpu === undefined) {
  Object.assign(globalThis, globals);
  const navigator = globalThis.navigator ?? {};
  Object.defineProperty(navigator, 'gpu', { value: create(['backend=vulkan']), configurable: true });
  if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}

const { useWebGPU } = await import('./webgpu.ts');
await useWebGPU();
