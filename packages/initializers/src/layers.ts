export {
  type LayerInitializer,
  type LayerInitializerOptions,
  layerInitializer,
  registerLayers,
} from './layers/layer-initializer.ts';
