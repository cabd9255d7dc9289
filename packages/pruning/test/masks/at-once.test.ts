import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { constantSparsity, prune, pruneDuring } from '../../src/index.ts';

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

/** Scores by magnitude whose first reading takes longest: what was asked first would come last. */
function slowAtFirst(): (w: tf.Tensor) => tf.Tensor {
  let calls = 0;
  return (w) => {
    const scores = tf.abs(w);
    const data = scores.data.bind(scores);
    const ms = calls++ === 0 ? 30 : 0;
    scores.data = (async () => {
      await new Promise((done) => setTimeout(done, ms));
      return data();
    }) as typeof scores.data;
    return scores;
  };
}

it('two updates at once come in the order in which they were asked for', async () => {
  const model = modelOf();
  const pruning = await prune(model, { count: 0, filter: 'a/kernel' });
  const regrow = { regrow: true };
  const slow = await prune(model, { count: 0, filter: 'b/kernel', score: slowAtFirst() });
  await Promise.all([slow.update({ count: 6 }, regrow), slow.update({ count: 2 }, regrow)]);
  expect(slow.report().zeros).toBe(2);
  await Promise.all([pruning.update({ count: 6 }, regrow), pruning.update({ count: 3 }, regrow)]);
  expect(pruning.report().zeros).toBe(3);
  expect(await pruning.verify()).toMatchObject({ pruned: 3, nonzero: 0 });
});

it('an update that cannot be is refused after the one before it, which holds', async () => {
  const pruning = await prune(modelOf(), { count: 0, filter: 'a/kernel' });
  const [first, second] = await Promise.allSettled([pruning.update({ count: 6 }), pruning.update({ count: 3 })]);
  expect(first.status).toBe('fulfilled');
  expect(second).toMatchObject({
    reason: new RangeError('update: zeros of a/kernel must be at least 6 unless regrow is true, got 3'),
  });
  expect(pruning.report().zeros).toBe(6);
});

it('fold and restore are refused while an update is at work, and dispose ends it with an error', async () => {
  const model = modelOf();
  const pruning = await prune(model, { count: 0, filter: 'a/kernel' });
  const work = pruning.update({ count: 4 });
  for (const name of ['fold', 'restore'] as const)
    expect(() => pruning[name]()).toThrow(
      new Error(`${name}: model must not be at work elsewhere, got a/kernel in update; await that first`),
    );
  await work;
  expect(pruning.report().zeros).toBe(4);
  const another = pruning.update({ count: 5 });
  pruning.dispose();
  await expect(another).rejects.toThrow('update: pruning must be in place, got a/kernel without its mask');
});
