export type { WeightChange } from './change.ts';
export { type CompareSource, compare, type MatchedDelta, type UnmatchedDelta, type WeightDelta } from './compare.ts';
export { conditionNumber } from './condition-number.ts';
export { cosineSimilarity } from './cosine-similarity.ts';
export { effectiveRank } from './effective-rank.ts';
export { frobeniusNorm } from './frobenius-norm.ts';
export { type HistogramsOptions, histograms, type WeightHistogram } from './histograms.ts';
export type { SpectralMetrics } from './of-singular-values.ts';
export { type Snapshot, snapshot } from './snapshot.ts';
export { sparsity } from './sparsity.ts';
export { spectralNorm } from './spectral-norm.ts';
export { spectrum } from './spectrum.ts';
export { stableRank } from './stable-rank.ts';
export { type SummarizeOptions, summarize, type WeightSummary } from './summarize.ts';
export { type WatchCost, type WatchedModel, type Watcher, watch } from './watch.ts';
export type {
  GradientRecord,
  HistogramRecord,
  PlainNumber,
  PlainNumbers,
  WatchedWeight,
  WatchHistory,
  WatchRecord,
  WeightRecord,
} from './watch-history.ts';
export type { WatchOptions } from './watch-plan.ts';
