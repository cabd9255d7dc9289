import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { checkGenerated } from './properties.ts';

// In software WebGPU takes twenty times as long.
const share = tf.getBackend() === 'webgpu' ? 0.2 : 1;

for (const [mode, graphs, least] of [
  ['exact', 40, 20],
  ['absorb', 20, 8],
] as const)
  it(`masked and shrunk models of ${graphs * share} generated graphs give the same in mode ${mode}`, async () => {
    const removed: number[] = [];
    for (let seed = 0; removed.length < graphs * share; seed++) {
      const units = await checkGenerated(seed, mode);
      if (units !== null) removed.push(units);
    }
    expect(removed.filter((units) => units > 0).length).toBeGreaterThanOrEqual(Math.floor(least * share));
  }, 120_000);
