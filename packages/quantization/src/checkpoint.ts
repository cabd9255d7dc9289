/**
 * Quantization of weight files, without TensorFlow.js.
 *
 * @module
 */
export type { RoundingLaw } from '@weightkit/numerics';
export {
  type PackCheckpointOptions,
  type PackCheckpointReport,
  type PackedCheckpoint,
  type PackedTensorReport,
  type PackProgress,
  packCheckpoint,
} from './checkpoint/pack-checkpoint.ts';
export { type KernelCodes, type PackTensorOptions, packTensor, unpackTensor } from './checkpoint/pack-tensor.ts';
export {
  type QuantizeCheckpointOptions,
  type QuantizeCheckpointReport,
  type QuantizedCheckpoint,
  type QuantizeProgress,
  quantizeCheckpoint,
  type SkippedTensor,
} from './checkpoint/quantize-checkpoint.ts';
export type { QuantizedTensorReport } from './checkpoint/quantized-tensor.ts';
export type { Granularity } from './grids/block-plan.ts';
export type { BlockRanges, GridOptions } from './grids/grid-options.ts';
export type { IntegerDtype, IntegerScheme } from './grids/integers.ts';
export type { MicroscalingDtype } from './grids/microscaling.ts';
export type { QuantizedDtype } from './grids/quantized.ts';
export type { GridDtype, QuantizedValues } from './grids/quantized-values.ts';
export type { HqqValues } from './post-training/hqq-values.ts';
export type { RangeMethod } from './ranges/search-range.ts';
