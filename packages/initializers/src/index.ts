export { type ChronoBiasOptions, chronoBias } from './chrono-bias.ts';
export type { Compat } from './compat.ts';
export { type ConstantOptions, constant, ones, zeros } from './constant.ts';
export {
  type DataDependentLayer,
  type DataDependentOptions,
  type DataDependentReport,
  dataDependent,
  type UnitErrors,
} from './data-dependent.ts';
export { type DeltaOrthogonalOptions, deltaOrthogonal } from './delta-orthogonal.ts';
export { type DiracOptions, dirac } from './dirac.ts';
export { type ForgetBiasOptions, forgetBias } from './forget-bias.ts';
export { fromManifest } from './from-manifest.ts';
export { type GainOptions, gain } from './gain.ts';
export { type IdentityOptions, identity } from './identity.ts';
export type { InitializedWeight, InitReport, NamedLaw } from './init-report.ts';
export { type InitializeOptions, initialize } from './initialize.ts';
export type { Initializer, InitializerOptions } from './initializer.ts';
export { type LsuvLayer, type LsuvOptions, type LsuvReport, lsuv } from './lsuv.ts';
export { type NormalOptions, normal } from './normal.ts';
export { type OrthogonalOptions, orthogonal } from './orthogonal.ts';
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  type RecipeOptions,
} from './recipes.ts';
export { type Recommendation, recommend } from './recommend.ts';
export type { SignalFlag } from './signal-flags.ts';
export {
  type Signal,
  type SignalLayer,
  type SignalReport,
  type SignalReportOptions,
  signalReport,
} from './signal-report.ts';
export { type SirenOptions, siren } from './siren.ts';
export { type SparseOptions, sparse } from './sparse.ts';
export { torchDefault } from './torch-default.ts';
export { type TruncatedNormalOptions, truncatedNormal } from './truncated-normal.ts';
export { type UniformOptions, uniform } from './uniform.ts';
export { type VarianceScalingOptions, varianceScaling } from './variance-scaling.ts';
