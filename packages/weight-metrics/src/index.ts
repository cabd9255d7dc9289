export { absoluteWeights } from './attribution/absolute-weights.ts';
export type { Connection } from './attribution/connections.ts';
export { type DescribedLayer, type DescribeOptions, describe, type ModelDescription } from './attribution/describe.ts';
export {
  type ForwardByHand,
  type ForwardByHandOptions,
  forwardByHand,
  type LayerSums,
} from './attribution/forward-by-hand.ts';
export { garson, type WeightPathOptions } from './attribution/garson.ts';
export { gradientTimesInput } from './attribution/gradient-times-input.ts';
export { type ImportanceOptions, importance } from './attribution/importance.ts';
export type {
  Agreement,
  Completeness,
  ImportanceMethod,
  ImportanceReport,
  MethodImportance,
  SkippedMethod,
} from './attribution/importance-report.ts';
export type { GradientOptions } from './attribution/input-gradient.ts';
export {
  type IntegratedGradients,
  type IntegratedGradientsOptions,
  integratedGradients,
} from './attribution/integrated-gradients.ts';
export type { Kernel } from './attribution/kernel.ts';
export type { NeuronSum, SumTerm } from './attribution/neuron-sum.ts';
export { olden } from './attribution/olden.ts';
export { saliency } from './attribution/saliency.ts';
export {
  type AlignedUnits,
  type AlignUnitsOptions,
  alignUnits,
  type UnalignedWeight,
  type UnitOrder,
} from './comparison/align-units.ts';
export type { WeightChange } from './comparison/change.ts';
export {
  type CompareOptions,
  compare,
  type MatchedDelta,
  type UnmatchedDelta,
  type WeightDelta,
} from './comparison/compare.ts';
export {
  type DifferenceRank,
  type DifferenceRanks,
  type DifferenceRanksOptions,
  differenceRanks,
  type SkippedDifference,
} from './comparison/difference-ranks.ts';
export type { CompareSource, MatchBy } from './comparison/pairs.ts';
export { type Snapshot, snapshot } from './comparison/snapshot.ts';
export { type Diagnosis, type DoctorData, doctor } from './doctor/doctor.ts';
export type { Evidence, FaultCode, Finding, StepRange, Unchecked } from './doctor/finding.ts';
export type { ProbeOptions } from './representations/activations.ts';
export {
  type LayerSimilarity,
  type LayerSimilarityOptions,
  layerSimilarity,
} from './representations/layer-similarity.ts';
export { type LinearCkaOptions, linearCka } from './representations/linear-cka.ts';
export { type LayerUnits, type UnitActivityOptions, unitActivity } from './representations/unit-activity.ts';
export { type ConditionNorm, type ConditionNumberOptions, conditionNumber } from './spectral/condition-number.ts';
export {
  type ConvolutionSpectrum,
  type ConvolutionSpectrumOptions,
  convolutionSpectrum,
} from './spectral/convolution-spectrum.ts';
export { effectiveRank } from './spectral/effective-rank.ts';
export { heavyTail } from './spectral/heavy-tail.ts';
export type { HeavyTail } from './spectral/heavy-tail-of.ts';
export {
  type MarchenkoPastur,
  type MarchenkoPasturOptions,
  marchenkoPastur,
} from './spectral/marchenko-pastur.ts';
export { nuclearNorm } from './spectral/nuclear-norm.ts';
export { numericalRank } from './spectral/numerical-rank.ts';
export type { SpectralMetrics } from './spectral/of-singular-values.ts';
export { participationRatio } from './spectral/participation-ratio.ts';
export { type PowerLaw, type PowerLawOptions, powerLaw } from './spectral/power-law.ts';
export { randomized } from './spectral/randomized.ts';
export type { Randomized, RandomizedOptions } from './spectral/randomized-of.ts';
export { type SpectraOptions, type SpectraProgress, spectra, type WeightSpectra } from './spectral/spectra.ts';
export type { SpectraChoice, SpectralNumber, SpectraMetric, SpectraRow } from './spectral/spectra-row.ts';
export { type SpectralDensityOptions, spectralDensity } from './spectral/spectral-density.ts';
export { spectralNorm } from './spectral/spectral-norm.ts';
export { spectrum } from './spectral/spectrum.ts';
export { stableRank } from './spectral/stable-rank.ts';
export { cosineSimilarity } from './statistics/cosine-similarity.ts';
export { frobeniusNorm } from './statistics/frobenius-norm.ts';
export { type HistogramsOptions, histograms, type WeightHistogram } from './statistics/histograms.ts';
export { sparsity } from './statistics/sparsity.ts';
export { type SummarizeOptions, summarize, type WeightSummary } from './statistics/summarize.ts';
export type { SummaryNumbers } from './statistics/summary.ts';
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
