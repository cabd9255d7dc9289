import { useWebGPU } from './webgpu.ts';

await useWebGPU();
