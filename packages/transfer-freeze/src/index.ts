export type { Adapters, AdaptersReport, LoadOptions, MergeOptions } from './adapters/adapters.ts';
export {
  type BottleneckActivation,
  type BottleneckOptions,
  type Bottlenecks,
  bottleneck,
} from './adapters/bottleneck.ts';
export { type CombineOptions, combineAdapters } from './adapters/combine-adapters.ts';
export { dora } from './adapters/dora.ts';
export { type Ia3Options, ia3 } from './adapters/ia3.ts';
export { lora } from './adapters/lora.ts';
export type { AdaptersOptions, LoraOptions } from './adapters/lora-options.ts';
export { pissa } from './adapters/pissa.ts';
export { type VeraOptions, vera } from './adapters/vera.ts';
export { type AddTaskVectorOptions, type AddTaskVectorReport, addTaskVector } from './arithmetic/add-task-vector.ts';
export { type CombineTaskVectorsOptions, combineTaskVectors } from './arithmetic/combine-task-vectors.ts';
export { type TaskVectorOptions, taskVector } from './arithmetic/task-vector.ts';
export type { AveragedWeights } from './averaging/averages.ts';
export { type Ema, type EmaOptions, ema } from './averaging/ema.ts';
export { type EwcOptions, ewc } from './averaging/ewc.ts';
export { type FisherData, type FisherOptions, fisherDiagonal } from './averaging/fisher-diagonal.ts';
export { type GreedySoupOptions, type GreedySoupReport, greedySoup } from './averaging/greedy-soup.ts';
export type { StartingPoint } from './averaging/hold-to.ts';
export {
  type InterpolateOptions,
  type InterpolateReport,
  interpolateWeights,
} from './averaging/interpolate-weights.ts';
export { type L2spOptions, l2sp } from './averaging/l2sp.ts';
export {
  type ReestimateOptions,
  type ReestimateReport,
  reestimateBatchNorm,
} from './averaging/reestimate-batch-norm.ts';
export { type SoupOptions, type SoupReport, soup } from './averaging/soup.ts';
export { type Swa, type SwaOptions, swa } from './averaging/swa.ts';
export { type BrowserStore, browserStore } from './features/browser-store.ts';
export {
  type CachedFeatures,
  type CacheFeaturesOptions,
  cacheFeatures,
  type FeatureCache,
  type FeatureProgress,
  type FeaturesReport,
} from './features/cache-features.ts';
export type { Validation } from './features/cross-validate.ts';
export type { Exactness } from './features/exactness.ts';
export type {
  DatasetIterator,
  DatasetLike,
  FeatureBatch,
  FeatureData,
  FeatureInputs,
  NestedNumbers,
  NextExamples,
} from './features/feature-batches.ts';
export type { FeatureStore } from './features/feature-store.ts';
export { type LinearProbe, type LinearProbeOptions, linearProbe } from './features/linear-probe.ts';
export { type CutCandidate, type CutSuggestion, type SuggestCutOptions, suggestCut } from './features/suggest-cut.ts';
export { type FreezeReport, type Frozen, freeze, type Verification } from './freezing/freeze.ts';
export {
  type FreezeEntriesOptions,
  type FreezeEntriesReport,
  type FrozenEntries,
  freezeEntries,
} from './freezing/freeze-entries.ts';
export { type GradualUnfreezing, gradualUnfreeze, type UnfreezeStage } from './freezing/gradual-unfreeze.ts';
export type { Moved } from './freezing/snapshot.ts';
export { type LayerDecayOptions, layerDecay } from './groups/layer-decay.ts';
export { type OneCycleRateOptions, oneCycleRate } from './groups/one-cycle-rate.ts';
export { type ParameterGroup, type ParameterGroups, parameterGroups } from './groups/parameter-groups.ts';
export { type Tied, type TieOptions, tie } from './groups/tie.ts';
export { type ExportStateDictOptions, exportStateDict, type StateDict } from './transfer/export-state-dict.ts';
export type { Likeness } from './transfer/offers.ts';
export { type ReplacedHead, type ReplaceHeadOptions, replaceHead } from './transfer/replace-head.ts';
export {
  type TransferOptions,
  type TransferReport,
  type TransferredWeight,
  transferWeights,
} from './transfer/transfer-weights.ts';
