/**
 * Quantization of weight files, without TensorFlow.js.
 *
 * @module
 */
export type { RoundingLaw } from '@weightkit/numerics';
export {
  type QuantizeCheckpointOptions,
  type QuantizeCheckpointReport,
  type QuantizedCheckpoint,
  type QuantizeProgress,
  quantizeCheckpoint,
  type SkippedTensor,
} from './checkpoint/quantize-checkpoint.ts';
export type { QuantizedTensorReport } from './checkpoint/quantized-tensor.ts';
export type { QuantizedDtype } from './grids/quantized.ts';
