export { type Captured, type CapturedCall, capture } from './capture.ts';
export { type FanLayout, type Fans, fans } from './fans.ts';
export { isKernel, type WeightFilter } from './filter.ts';
export { finiteValues } from './finite-values.ts';
export { foldedArtifacts } from './folded-artifacts.ts';
export { type LayerPlace, layersOf } from './layers-of.ts';
export {
  isParametrized,
  type Parametrization,
  parametrizationsOf,
  parametrize,
  type Transform,
} from './parametrize.ts';
export { saveFolded, saveHandler } from './save-folded.ts';
export { type NamedGradient, type Tap, tapOptimizer } from './tap-optimizer.ts';
export type { GraphModelLike, LayerLike, ModelLike } from './types.ts';
export type { Weight } from './weight.ts';
export { type WeightSource, weightsOf } from './weights-of.ts';
export { type CallWrapper, type LayerCall, wrapCall } from './wrap-call.ts';
