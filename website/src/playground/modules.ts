import type { MODULE_NAMES } from './module-names.ts';

/** What a program may import, each loaded when it is first named. */
export const MODULES: Readonly<Record<(typeof MODULE_NAMES)[number], () => Promise<object>>> = {
  '@tensorflow/tfjs': () => import('@tensorflow/tfjs'),
  '@weightkit/checkpoint': () => import('@weightkit/checkpoint'),
  '@weightkit/core': () => import('@weightkit/core'),
  '@weightkit/initializers': () => import('@weightkit/initializers'),
  '@weightkit/initializers/layers': () => import('@weightkit/initializers/layers'),
  '@weightkit/numerics': () => import('@weightkit/numerics'),
  '@weightkit/numerics/check': () => import('@weightkit/numerics/check'),
  '@weightkit/pruning': () => import('@weightkit/pruning'),
  '@weightkit/pruning/checkpoint': () => import('@weightkit/pruning/checkpoint'),
  '@weightkit/pruning/layers': () => import('@weightkit/pruning/layers'),
  '@weightkit/quantization': () => import('@weightkit/quantization'),
  '@weightkit/quantization/checkpoint': () => import('@weightkit/quantization/checkpoint'),
  '@weightkit/transfer-freeze': () => import('@weightkit/transfer-freeze'),
  '@weightkit/viz': () => import('@weightkit/viz'),
  '@weightkit/viz/terminal': () => import('@weightkit/viz/terminal'),
  '@weightkit/weight-metrics': () => import('@weightkit/weight-metrics'),
  '@weightkit/weight-metrics/checkpoint': () => import('@weightkit/weight-metrics/checkpoint'),
  '@weightkit/weight-metrics/layers': () => import('@weightkit/weight-metrics/layers'),
  '@weightkit/weight-metrics/tensorboard': () => import('@weightkit/weight-metrics/tensorboard'),
  '@weightkit/weightnorm': () => import('@weightkit/weightnorm'),
};
