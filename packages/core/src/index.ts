export { type CalibrationData, checkCalibration, checkStateless } from './calibration/check-calibration.ts';
export { inCallOrder } from './calibration/in-call-order.ts';
export { type InputGrams, inputGrams, outputEnergy } from './calibration/input-grams.ts';
export { visitPatches } from './calibration/input-patches.ts';
export {
  hasProducts,
  type KernelProduct,
  kernelProducts,
  PRODUCT_LAYERS,
} from './calibration/kernel-products.ts';
export { forEachPart, type Patches } from './calibration/patches.ts';
export { type ActivationMoments, activationMoments } from './gains/activation-moments.ts';
export { ACTIVATIONS, normalCdf } from './gains/activations.ts';
export { type ActivationName, type FollowingActivation, followingActivation } from './gains/following-activation.ts';
export { type GainOptions, gain } from './gains/gain.ts';
export { type FastKernels, fastKernels } from './kernels/fast-kernels.ts';
export {
  type FilledKernels,
  type FillMissingKernelsOptions,
  fillMissingKernels,
  type ReplacedKernel,
} from './kernels/fill-missing-kernels.ts';
export * as linalg from './linalg/index.ts';
export { allDone } from './model/all-done.ts';
export { type AtHandOptions, sameData, valuesAtHand } from './model/at-hand.ts';
export { checkModelAndBatch } from './model/check-batch.ts';
export { checkLayer, checkModel } from './model/check-model.ts';
export { checkTensor, checkTensors } from './model/check-tensor.ts';
export { chosenLayers } from './model/chosen-layers.ts';
export { checkIdle, exclusively } from './model/exclusively.ts';
export type { FanLayout } from './model/fan-layout.ts';
export { type Fans, fans } from './model/fans.ts';
export { isKernel, type WeightFilter } from './model/filter.ts';
export { finiteValues } from './model/finite-values.ts';
export { type LayerPlace, layersOf } from './model/layers-of.ts';
export { stablePaths } from './model/stable-paths.ts';
export { type ConstraintLike, stockConstraint } from './model/stock-constraint.ts';
export { type TensorflowOpName, tensorflowOp } from './model/tensorflow-op.ts';
export type { GraphModelLike, LayerLike, ModelLike } from './model/types.ts';
export type { SkippedWeight, Weight } from './model/weight.ts';
export type { WeightSource } from './model/weight-source.ts';
export { weightsOf } from './model/weights-of.ts';
export { checkThawed } from './parametrize/check-thawed.ts';
export { markConstrained } from './parametrize/constrained.ts';
export { foldAll } from './parametrize/fold-all.ts';
export { type KeptValues, keepValues } from './parametrize/keep-values.ts';
export type { Parametrization } from './parametrize/parametrization.ts';
export { isParametrized, parametrizationsOf } from './parametrize/parametrizations-of.ts';
export { parametrize } from './parametrize/parametrize.ts';
export type { MomentKind, MomentMap, Transform, TransformPoint } from './parametrize/transform.ts';
export { checkUses } from './parametrize/uses.ts';
export { type CallWrapper, type LayerCall, wrapCall } from './parametrize/wrap-call.ts';
export { writeAll } from './parametrize/write-all.ts';
export { type CheckpointOfOptions, checkpointOf, type ModelCheckpoint } from './save/checkpoint-of.ts';
export type { Renamed } from './save/file-weights.ts';
export { type FoldedModel, foldModel, type SaveFoldedOptions, type SaveReport } from './save/fold-model.ts';
export { foldedArtifacts } from './save/folded-artifacts.ts';
export { handlerOf } from './save/handler-of.ts';
export { type SavedModel, saveFolded, saveHandler } from './save/save-folded.ts';
export {
  batchLoss,
  checkLabelled,
  type LabelledData,
  type OutputLoss,
  reaching,
} from './training/batch-loss.ts';
export { type Captured, type CapturedCall, capture } from './training/capture.ts';
export { type CarryReport, carryOptimizer } from './training/carry-optimizer.ts';
export { gradientsOf } from './training/gradients-of.ts';
export { type OptimizerSlot, optimizerSlots } from './training/optimizer-slots.ts';
export { squaredGradients } from './training/squared-gradients.ts';
export { callbackInstance, type StockCallback, stockCallback } from './training/stock-callback.ts';
export { type NamedGradient, type Tap, tapOptimizer } from './training/tap-optimizer.ts';
export { type OptimizerWatcher, watchOptimizers } from './training/watch-optimizers.ts';
