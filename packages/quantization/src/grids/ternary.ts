import type { BlockPlan } from './block-plan.ts';
import { blockMeanMagnitudes } from './block-statistics.ts';
import { LEAST_SCALE } from './integers.ts';

/** The mean magnitude of each block; 1 for zeros (Ma et al. 2024, https://arxiv.org/abs/2402.17764). */
export const ternaryScales = (values: Float32Array, plan: BlockPlan): Float32Array =>
  Float32Array.from(blockMeanMagnitudes(values, plan), (mean) =>
    mean === 0 ? 1 : Math.max(Math.fround(mean), LEAST_SCALE),
  );
