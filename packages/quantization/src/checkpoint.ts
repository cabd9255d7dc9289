/**
 * Quantization of weight files, without TensorFlow.js.
 *
 * @module
 */
export type { RoundingLaw } from './affine-codes.ts';
export {
  type QuantizeCheckpointOptions,
  type QuantizedCheckpoint,
  type QuantizedTensorReport,
  quantizeCheckpoint,
} from './checkpoint/quantize-checkpoint.ts';
export type { QuantizedDtype } from './quantized.ts';
