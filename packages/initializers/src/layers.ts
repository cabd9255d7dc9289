export {
  type LayerInitializer,
  type LayerInitializerOptions,
  layerInitializer,
  registerLayers,
} from './layers/layer-initializer.ts';
export { registerOrthogonal } from './layers/register-orthogonal.ts';
export { skipInitializers } from './layers/skip-initializers.ts';
