/**
 * Statistics of weight files, without TensorFlow.js.
 *
 * @module
 */

export {
  type CompareCheckpointsOptions,
  compare,
  type MatchedTensor,
  type TensorDelta,
  type UnmatchedTensor,
} from './checkpoint/compare.ts';
export { type CheckpointHistogramsOptions, histograms, type TensorHistogram } from './checkpoint/histograms.ts';
export type { ReadOptions } from './checkpoint/read-options.ts';
export { type CheckpointSpectraOptions, spectra, type TensorSpectra } from './checkpoint/spectra.ts';
export { type SummarizeCheckpointOptions, summarize, type TensorSummary } from './checkpoint/summarize.ts';
export type { WeightChange } from './comparison/change.ts';
export type { HeavyTail } from './spectral/heavy-tail-of.ts';
export type { MarchenkoPastur } from './spectral/marchenko-pastur.ts';
export type { SpectralMetrics } from './spectral/of-singular-values.ts';
export type { PowerLaw } from './spectral/power-law.ts';
export type { Randomized } from './spectral/randomized-of.ts';
export type { SpectraChoice, SpectralNumber, SpectraMetric, SpectraRow } from './spectral/spectra-row.ts';
export type { SummaryNumbers } from './statistics/summary.ts';
