export type { CompareOutputsOptions, Effect, Loaded, ShapedNumbers, WeightSensitivity } from '@weightkit/quantization';

/** What compares models that run; it needs TensorFlow.js. */
export const comparing = () => import('@weightkit/quantization');
