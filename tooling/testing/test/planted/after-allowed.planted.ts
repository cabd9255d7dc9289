import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { allowBackend } from '../../src/index.ts';

const runKernel = (name: string) => tf.getKernel(name, 'cpu')!.kernelFunc;

// Passes by itself; the set-up must fail the file for the kernel after the allowance, and for that one only.
it('planted: a kernel runs on the cpu after those that were allowed to', async () => {
  const backend = tf.findBackend('cpu');
  const x = { dataId: backend.write(Float32Array.of(-1), [1], 'float32'), shape: [1], dtype: 'float32' as const };
  const ran = await allowBackend('cpu', () => runKernel('Exp')({ inputs: { x }, backend }));
  if (tf.getBackend() !== 'cpu') expect(ran).toEqual({ Exp: 1 });
  runKernel('Abs')({ inputs: { x }, backend });
});
