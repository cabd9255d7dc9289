export type { CalibrationData } from '@weightkit/core';
export { calibrate } from './calibration/calibrate.ts';
export type { CalibratedLayer, Calibration, ObservedActivation } from './calibration/calibration.ts';
export {
  type ActivationCodes,
  type Converted,
  type ConvertedLayer,
  type ConvertOptions,
  convert,
} from './calibration/convert.ts';
export type {
  BatchedDataset,
  BatchIterator,
  CalibrationBatch,
  CalibrationBatches,
  LabelledBatch,
  NextBatch,
} from './calibration/each-batch.ts';
export { type HistogramObserverOptions, histogramObserver } from './calibration/histogram-observer.ts';
export { type MinMaxObserverOptions, minMaxObserver } from './calibration/min-max-observer.ts';
export { type MovingAverageObserverOptions, movingAverageObserver } from './calibration/moving-average-observer.ts';
export type {
  HistogramState,
  MinMaxState,
  MovingAverageState,
  ObservedGrid,
  ObservedGridOptions,
  Observer,
  ObserverState,
} from './calibration/observer.ts';
export { observerFrom } from './calibration/observer-from.ts';
export {
  type CalibrateOptions,
  type CalibrationProgress,
  type ObservedPlace,
  type ObserveOptions,
  type Prepared,
  type PrepareOptions,
  prepare,
} from './calibration/prepare.ts';
export { compareBackends, type Loaded } from './effect/compare-backends.ts';
export { type CompareOutputsOptions, type CompareProgress, compareOutputs } from './effect/compare-outputs.ts';
export type { Effect } from './effect/effect.ts';
export type { NestedNumbers, ProbeInput, ShapedNumbers } from './effect/given-inputs.ts';
export type { LayerEffect } from './effect/layer-effects.ts';
export type { ClassEffect, OutputEffect } from './effect/output-effect.ts';
export type { Probes } from './effect/probes.ts';
export type { Runnable } from './effect/runnable.ts';
export type { Granularity } from './grids/block-plan.ts';
export { dequantize } from './grids/dequantize.ts';
export { dequantizeValues } from './grids/dequantize-values.ts';
export { float16Bits, fromFloat16Bits } from './grids/float16.ts';
export type { BlockRanges, GridOptions } from './grids/grid-options.ts';
export type { IntegerDtype, IntegerScheme } from './grids/integers.ts';
export type { MicroscalingDtype } from './grids/microscaling.ts';
export type { QuantizationError } from './grids/quantization-error.ts';
export { type QuantizeOptions, quantize } from './grids/quantize.ts';
export { quantizeValues } from './grids/quantize-values.ts';
export type { AffineQuantized, Float16Quantized, Quantized, QuantizedDtype } from './grids/quantized.ts';
export type { GridDtype, QuantizedValues } from './grids/quantized-values.ts';
export { dequantizeTensor, quantizeTensor } from './grids/tensors.ts';
export { fromGgufBlocks, type GgufType, ggufBlocks } from './layouts/gguf-blocks.ts';
export { type MatMulNBits, type MatMulNBitsOptions, matMulNBits } from './layouts/mat-mul-n-bits.ts';
export type { DtypeOption } from './model/choose-dtypes.ts';
export { type QuantizeModelOptions, quantizeModel, type SensitivityProgress } from './model/quantize-model.ts';
export type {
  QuantizationReport,
  QuantizedModel,
  QuantizedWeight,
  TriedDtype,
  UnquantizedWeight,
  WeightSensitivity,
} from './model/quantized-model.ts';
export { save } from './model/save.ts';
export {
  type AdaRoundLayer,
  type AdaRoundOptions,
  type AdaRoundReport,
  adaRound,
} from './post-training/ada-round.ts';
export { type AdaRoundValues, type AdaRoundValuesOptions, adaRoundValues } from './post-training/ada-round-values.ts';
export { type AwqLayer, type AwqOptions, type AwqReport, awq } from './post-training/awq.ts';
export { type AwqInputs, type AwqValues, type AwqValuesOptions, awqValues } from './post-training/awq-values.ts';
export type { KernelProgress } from './post-training/calibrated-kernels.ts';
export { type GptqLayer, type GptqOptions, type GptqReport, gptq } from './post-training/gptq.ts';
export { type GptqValues, type GptqValuesOptions, gptqValues } from './post-training/gptq-values.ts';
export { type HqqLayer, type HqqOptions, type HqqReport, hqq } from './post-training/hqq.ts';
export { type HqqValues, type HqqValuesOptions, hqqValues } from './post-training/hqq-values.ts';
export type { KernelGrid } from './post-training/kernel-grid.ts';
export {
  type MethodSettings,
  type MixedLayer,
  type MixedPrecisionOptions,
  type MixedPrecisionReport,
  mixedPrecision,
  type TriedGrid,
  type TriedKernel,
} from './post-training/mixed-precision.ts';
export {
  type ActivationSpread,
  type SmoothedUnits,
  type SmoothQuantOptions,
  type SmoothQuantReport,
  smoothQuant,
} from './post-training/smooth-quant.ts';
export { type ClippingOptions, clippingRange } from './ranges/clipping-range.ts';
export type { ClipRange } from './ranges/range-sample.ts';
export type { RangeMethod } from './ranges/search-range.ts';
export {
  type BiasCorrection,
  type CorrectBiasOptions,
  type CorrectedBias,
  correctBias,
} from './repair/correct-bias.ts';
export { type Equalization, type EqualizedPair, type EqualizeOptions, equalize } from './repair/equalize.ts';
export {
  type BatchNormFolding,
  type FoldBatchNormOptions,
  type FoldedNorm,
  foldBatchNorm,
} from './repair/fold-batch-norm.ts';
export type { UnitStatistics } from './repair/unit-statistics.ts';
export { type FakeQuantizeOptions, fakeQuantize } from './training/fake-quantize.ts';
export { initialStep, type LearnedStepOptions, learnedStep } from './training/learned-step.ts';
export type { TrainingGrid } from './training/on-grid.ts';
export { type PactOptions, pact } from './training/pact.ts';
export {
  type ActivationTraining,
  type TrainActivationsOptions,
  trainActivations,
} from './training/train-activations.ts';
export {
  type QuantizedTraining,
  type TrainedModelOptions,
  type TrainQuantizedOptions,
  trainQuantized,
} from './training/train-quantized.ts';
