import '@tensorflow/tfjs-backend-wasm';
import { useOnly } from './only.ts';

await useOnly('wasm');
