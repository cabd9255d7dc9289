export { type GainOptions, gain } from '@weightkit/core';
export {
  type DataDependentLayer,
  type DataDependentOptions,
  type DataDependentReport,
  dataDependent,
  type UnitErrors,
} from './data-driven/data-dependent.ts';
export { type LsuvLayer, type LsuvOptions, type LsuvReport, lsuv } from './data-driven/lsuv.ts';
export { type ChronoBiasOptions, chronoBias } from './laws/chrono-bias.ts';
export type { Compat } from './laws/compat.ts';
export { type ConstantOptions, constant, ones, zeros } from './laws/constant.ts';
export { type DeltaOrthogonalOptions, deltaOrthogonal } from './laws/delta-orthogonal.ts';
export { type DiracOptions, dirac } from './laws/dirac.ts';
export { type ForgetBiasOptions, forgetBias } from './laws/forget-bias.ts';
export { type IdentityOptions, identity } from './laws/identity.ts';
export type { Initializer, InitializerOptions } from './laws/initializer.ts';
export { type NormalOptions, normal } from './laws/normal.ts';
export { type OrthogonalOptions, orthogonal } from './laws/orthogonal.ts';
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  type RecipeOptions,
} from './laws/recipes.ts';
export { type SirenOptions, siren } from './laws/siren.ts';
export { type SparseOptions, sparse } from './laws/sparse.ts';
export { torchDefault } from './laws/torch-default.ts';
export { type TruncatedNormalOptions, truncatedNormal } from './laws/truncated-normal.ts';
export { type UniformOptions, uniform } from './laws/uniform.ts';
export { type VarianceScalingOptions, varianceScaling } from './laws/variance-scaling.ts';
export { fromManifest } from './model/from-manifest.ts';
export type { InitializedWeight, InitReport, NamedLaw } from './model/init-report.ts';
export { type InitializeOptions, initialize } from './model/initialize.ts';
export type { PaceOptions, RunProgress } from './model/pace.ts';
export { type Recommendation, recommend } from './model/recommend.ts';
export type { SignalFlag } from './signal/signal-flags.ts';
export type { Signal, SignalLayer } from './signal/signal-layer.ts';
export { type SignalGap, type SignalReport, type SignalReportOptions, signalReport } from './signal/signal-report.ts';
