import './webgpu.ts';
