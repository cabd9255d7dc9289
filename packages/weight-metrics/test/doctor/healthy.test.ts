import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { doctor } from '../../src/doctor/doctor.ts';
import { HEALTHY, healthyModel } from './healthy.ts';

const isQuick = tf.getBackend() === 'cpu';

// All of them trained are in the deep tier.
it.each(isQuick ? HEALTHY : HEALTHY.slice(0, 6))(
  'doctor raises no alarm at the start of a healthy model: $name',
  async (one) => {
    const { model, data, history, dispose } = await healthyModel(one, false);
    expect((await doctor(model, data, history)).findings).toEqual([]);
    expect((await doctor(model)).findings).toEqual([]);
    dispose();
  },
);
