export { type FakeQuantizeOptions, fakeQuantize } from './fake-quantize.ts';
export { dequantize } from './grids/dequantize.ts';
export { float16Bits, fromFloat16Bits } from './grids/float16.ts';
export type { QuantizationError } from './grids/quantization-error.ts';
export { type QuantizeOptions, quantize } from './grids/quantize.ts';
export type { AffineQuantized, Float16Quantized, Quantized, QuantizedDtype } from './grids/quantized.ts';
export type { DtypeOption } from './model/choose-dtypes.ts';
export { type QuantizeModelOptions, quantizeModel } from './model/quantize-model.ts';
export type {
  QuantizationReport,
  QuantizedModel,
  QuantizedWeight,
  UnquantizedWeight,
} from './model/quantized-model.ts';
export { save } from './model/save.ts';
export { type Equalization, type EqualizedPair, type EqualizeOptions, equalize } from './repair/equalize.ts';
export {
  type BatchNormFolding,
  type FoldBatchNormOptions,
  type FoldedNorm,
  foldBatchNorm,
  type UnitStatistics,
} from './repair/fold-batch-norm.ts';
