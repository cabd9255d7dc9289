import '@tensorflow/tfjs-backend-wasm';
import { useBackend } from './use.ts';

await useBackend('wasm');
