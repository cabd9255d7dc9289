export type { WeightChange } from './comparison/change.ts';
export {
  type CompareSource,
  compare,
  type MatchedDelta,
  type UnmatchedDelta,
  type WeightDelta,
} from './comparison/compare.ts';
export { type Snapshot, snapshot } from './comparison/snapshot.ts';
export { conditionNumber } from './spectral/condition-number.ts';
export { effectiveRank } from './spectral/effective-rank.ts';
export type { SpectralMetrics } from './spectral/of-singular-values.ts';
export { spectralNorm } from './spectral/spectral-norm.ts';
export { spectrum } from './spectral/spectrum.ts';
export { stableRank } from './spectral/stable-rank.ts';
export { cosineSimilarity } from './statistics/cosine-similarity.ts';
export { frobeniusNorm } from './statistics/frobenius-norm.ts';
export { type HistogramsOptions, histograms, type WeightHistogram } from './statistics/histograms.ts';
export { sparsity } from './statistics/sparsity.ts';
export { type SummarizeOptions, summarize, type WeightSummary } from './statistics/summarize.ts';
export { type WatchCost, type WatchedModel, type Watcher, watch } from './training/watch.ts';
export type {
  ActivationRecord,
  DistanceRecord,
  GradientRecord,
  HistogramRecord,
  PlainNumber,
  PlainNumbers,
  UpdateRecord,
  WatchedWeight,
  WatchHistory,
  WatchRecord,
  WeightRecord,
} from './training/watch-history.ts';
export type { WatchOptions } from './training/watch-plan.ts';
