export type { NormOptions, UnitOptions } from './constraints/by-norm.ts';
export { constrain } from './constraints/constrain.ts';
export { type EnforceConstraintsOptions, enforceConstraints } from './constraints/enforce-constraints.ts';
export type { ConstrainedWeight, ConstraintCheck, ConstraintReport, Constraints } from './constraints/hold.ts';
export { type MaxNormOptions, maxNorm } from './constraints/max-norm.ts';
export { type MinMaxNormOptions, minMaxNorm } from './constraints/min-max-norm.ts';
export { nonNeg } from './constraints/non-neg.ts';
export { type OrthonormalOptions, orthonormal } from './constraints/orthonormal.ts';
export type { ConstraintRule, NamedConstraint } from './constraints/rules.ts';
export { simplex } from './constraints/simplex.ts';
export { unitNorm } from './constraints/unit-norm.ts';
export type { ManyParametrizations } from './norms/many-weights.ts';
export { type NormalizeWeightOptions, normalizeWeight } from './norms/normalize-weight.ts';
export type { SingularVectors } from './norms/power-iteration.ts';
export { type SpectralNorm, type SpectralNormOptions, spectralNorm } from './norms/spectral-norm.ts';
export { type SpectralMode, type SpectralNormalizeOptions, spectralNormalize } from './norms/spectral-normalize.ts';
export { type SpectralVectorsOptions, spectralVectors } from './norms/spectral-vectors.ts';
export {
  type StandardizeOptions,
  type StandardizeWeightOptions,
  standardizeWeight,
} from './norms/standardize-weight.ts';
export { type WeightNormOptions, weightNorm } from './norms/weight-norm.ts';
export {
  type NormalizedWeight,
  type WeightNormModel,
  type WeightNormModelOptions,
  type WeightNormReport,
  weightNormModel,
} from './norms/weight-norm-model.ts';
export { type WeightStandardizationOptions, weightStandardization } from './norms/weight-standardization.ts';
export {
  type StandardizedWeight,
  type WeightStandardizationModel,
  type WeightStandardizationModelOptions,
  type WeightStandardizationReport,
  weightStandardizationModel,
} from './norms/weight-standardization-model.ts';
export { type Orthogonal, type OrthogonalCheck, type OrthogonalOptions, orthogonal } from './orthogonal/orthogonal.ts';
export { type OrthogonalMapName, type OrthogonalMapOptions, orthogonalMap } from './orthogonal/orthogonal-map.ts';
export type { PositiveMapName } from './structured/positive.ts';
export { type Structured, type StructuredCheck, type StructuredOptions, structured } from './structured/structured.ts';
export { structuredMap } from './structured/structured-map.ts';
export type { StructureName, StructureOptions } from './structured/structures.ts';
