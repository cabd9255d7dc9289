import * as tf from '@tensorflow/tfjs-core';
import { afterAll } from 'vitest';
import { decideChance } from '../chance.ts';
import { watchOtherBackends } from '../other-backends.ts';
import { useBackend } from './use.ts';

/**
 * Makes `name` the backend of this test file, decides its chance, and fails the file when any kernel ran on another backend, or when it leaves
 * something behind that watches optimizers: files may share a process.
 */
export async function useOnly(name: string): Promise<void> {
  await useBackend(name);
  decideChance();
  const others = watchOtherBackends(name);
  const { computeGradients } = tf.Optimizer.prototype;
  // Nothing of this file's own watch may stay either.
  afterAll(() => {
    others.stop();
    others.check();
    if (tf.Optimizer.prototype.computeGradients !== computeGradients)
      throw new Error('a test must end what watches optimizers: a freeze, a tie, weights that are held');
  });
}
