import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { CODES, missed } from './bench.ts';
import { ARCHITECTURES, SIZES } from './models.ts';

// Software WebGPU takes seconds for a training, and wasm has no gradients of convolutions.
const architectures = tf.getBackend() === 'cpu' ? ARCHITECTURES : ARCHITECTURES.slice(0, 1);

describe.each(architectures)('doctor names what was planted into a %s network, with its layer', (architecture) => {
  it.each(CODES)('%s', async (code) => {
    // Seed 10 is none of those that the limits were set on.
    expect(await missed(code, architecture, SIZES.usual[architecture], 10)).toBeNull();
  });
});
