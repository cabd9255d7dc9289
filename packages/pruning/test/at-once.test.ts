import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { constantSparsity, prune, pruneDuring } from '../src/index.ts';

const modelOf = () =>
  tf.sequential({
    layers: [tf.layers.dense({ units: 4, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
  });

it('prune twice at once prunes once: the second is refused, and other weights go on', async () => {
  const model = modelOf();
  const [first, second, third] = await Promise.allSettled([
    prune(model, { sparsity: 0.5, filter: 'a/kernel' }),
    prune(model, { sparsity: 0.25, filter: 'a/kernel' }),
    prune(model, { sparsity: 0.25, filter: 'b/kernel' }),
  ]);
  expect(second).toMatchObject({ status: 'rejected' });
  const done = [first, third].map((one) => (one.status === 'fulfilled' ? one.value.report().weights : one.reason));
  expect(done).toMatchObject([[{ path: 'a/kernel', zeros: 4 }], [{ path: 'b/kernel', zeros: 2 }]]);
});

it('pruneDuring refuses weights that prune is at work on', async () => {
  const model = modelOf();
  const work = prune(model, { sparsity: 0.5 });
  const schedule = constantSparsity({ sparsity: 0.5, begin: 0 });
  expect(() => pruneDuring(model, schedule)).toThrow(
    new Error('pruneDuring: model must not be at work elsewhere, got a/kernel in prune; await that first'),
  );
  (await work).restore();
  expect(pruneDuring(model, schedule).pruning.sparsity).toBe(0);
});
