import { create, globals } from 'webgpu';

// The backend registers itself only where there is a navigator.gpu, so this comes before its import.
Object.assign(globalThis, globals);
const gpu = create(['backend=vulkan']);
const navigator = globalThis.navigator ?? {};
Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });

await import('./webgpu.ts');
