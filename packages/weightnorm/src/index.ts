export { type NormalizeWeightOptions, normalizeWeight } from './norms/normalize-weight.ts';
export type { SingularVectors } from './norms/power-iteration.ts';
export { type SpectralNormOptions, spectralNorm } from './norms/spectral-norm.ts';
export { type SpectralMode, type SpectralNormalizeOptions, spectralNormalize } from './norms/spectral-normalize.ts';
export { type SpectralVectorsOptions, spectralVectors } from './norms/spectral-vectors.ts';
export { type WeightNormOptions, weightNorm } from './norms/weight-norm.ts';
export {
  type NormalizedWeight,
  type WeightNormModel,
  type WeightNormModelOptions,
  type WeightNormReport,
  weightNormModel,
} from './norms/weight-norm-model.ts';
