import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** Makes `name` the backend of this test file, or fails: tests never run on another backend than their project says. */
export async function useBackend(name: string): Promise<void> {
  const ok = await tf.setBackend(name);
  await tf.ready();
  if (!ok || tf.getBackend() !== name) throw new Error(`setup: backend must be ${name}, got ${tf.getBackend()}`);
}
