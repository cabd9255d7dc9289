export { type NormalizeWeightOptions, normalizeWeight } from './normalize-weight.ts';
export { type WeightNormOptions, weightNorm } from './weight-norm.ts';
export {
  type NormalizedWeight,
  type WeightNormModel,
  type WeightNormModelOptions,
  type WeightNormReport,
  weightNormModel,
} from './weight-norm-model.ts';
