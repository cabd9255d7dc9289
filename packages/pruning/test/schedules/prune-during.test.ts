import * as tf from '@tensorflow/tfjs';
import { isParametrized, parametrizationsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { constantSparsity } from '../../src/schedules/constant-sparsity.ts';
import { polynomialDecay } from '../../src/schedules/polynomial-decay.ts';
import { pruneDuring } from '../../src/schedules/prune-during.ts';
import { batch, mlp, readWeight, setWeight, zerosAt } from '../models.ts';

describe('pruneDuring', () => {
  let model: tf.Sequential;
  let x: tf.Tensor;
  let y: tf.Tensor;
  const fit = (callbacks: tf.CustomCallbackArgs | tf.CustomCallbackArgs[] | tf.CustomCallback[], epochs: number) =>
    model.fit(x, y, { epochs, batchSize: 2, shuffle: false, verbose: 0, callbacks });

  beforeEach(() => {
    model = mlp();
    ({ x, y } = batch(8)); // 4 steps in an epoch
    model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'meanSquaredError' });
  });

  afterEach(() => {
    model.dispose();
    tf.dispose([x, y]);
  });

  it('pruneDuring(model, schedule) puts masks of ones on the model at once', async () => {
    const before = await readWeight(model, 'a/kernel');
    const { pruning, step } = pruneDuring(model, constantSparsity({ sparsity: 0.5 }));
    expect([pruning.sparsity, step, isParametrized(model)]).toEqual([0, 0, true]);
    expect(await readWeight(model, 'a/kernel')).toEqual(before);
    pruning.dispose();
  });

  it('pruneDuring prunes before the batch of each scheduled step, over epochs, and at the last step', async () => {
    const callback = pruneDuring(model, polynomialDecay({ final: 0.8, begin: 1, end: 12, frequency: 4, power: 1 }));
    const seen: number[] = [];
    await fit([callback, { onBatchEnd: async () => void seen.push(callback.pruning.report().weights[0]!.zeros) }], 3);
    // Steps 0 ... 11: of 20, 0.8 * (t - 1) / 11 at t = 1, 5, 9 is 0, 5.8, 11.6; t = 12, after the last batch, is 16.
    expect(seen).toEqual([0, 0, 0, 0, 0, 6, 6, 6, 6, 12, 12, 12]);
    expect(callback.step).toBe(12);
    expect(callback.pruning.report().weights.map(({ zeros }) => zeros)).toEqual([16, 12]);
    expect((await callback.pruning.verify()).nonzero).toBe(0);
    callback.pruning.dispose();
  });

  it('pruneDuring counts steps over several fits, and fitDataset is one of them', async () => {
    const callback = pruneDuring(model, polynomialDecay({ final: 0.5, end: 12, frequency: 5 }));
    await fit(callback, 1);
    expect(callback.step).toBe(4);
    expect(callback.pruning.sparsity).toBe(0);
    const data = tf.data.zip({ xs: tf.data.array(await rows(x, 4)), ys: tf.data.array(await rows(y, 3)) }).batch(2);
    await model.fitDataset(data, { epochs: 1, verbose: 0, callbacks: callback });
    expect(callback.step).toBe(8);
    // 0.5 * (1 - (7 / 12)^3) of 20 is 8.01.
    expect(callback.pruning.report().weights[0]!.zeros).toBe(8);
    await fit(callback, 1);
    expect(callback.pruning.report().weights[0]!.zeros).toBe(10);
    callback.pruning.dispose();
  });

  it('pruneDuring makes fit wait: the weights are those of a loop that awaits each update, bit for bit', async () => {
    const twin = mlp();
    twin.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'meanSquaredError' });
    const schedule = polynomialDecay({ final: 0.7, end: 8, frequency: 1 });
    const callback = pruneDuring(model, schedule);
    await fit(callback, 2);
    const own = pruneDuring(twin, schedule);
    for (let step = 0; step < 8; step++) {
      await own.onBatchBegin();
      const [xs, ys] = [x, y].map((t) => tf.slice(t, [(step % 4) * 2, 0], [2, -1])) as [tf.Tensor, tf.Tensor];
      await twin.trainOnBatch(xs, ys);
      tf.dispose([xs, ys]);
    }
    await own.onTrainEnd();
    for (const path of ['a/kernel', 'b/kernel', 'b/bias'])
      expect(await readWeight(model, path)).toEqual(await readWeight(twin, path));
    expect(own.pruning.report()).toEqual(callback.pruning.report());
    callback.pruning.dispose();
    own.pruning.dispose();
    twin.dispose();
  });

  it('pruneDuring works beside an instance of a tfjs callback by way of tf.CustomCallback', async () => {
    const callback = pruneDuring(model, constantSparsity({ sparsity: 0.5 }));
    const stop = tf.callbacks.earlyStopping({ monitor: 'loss', patience: 5 });
    await fit([new tf.CustomCallback(callback), stop as unknown as tf.CustomCallback], 2);
    expect(callback.step).toBe(8);
    expect(callback.pruning.report().zeros).toBe(18);
    callback.pruning.dispose();
  });

  it("pruneDuring(model, schedule, { scope: 'global', filter, score }) follows the rule", async () => {
    const callback = pruneDuring(model, constantSparsity({ sparsity: 0.2 }), {
      scope: 'global',
      filter: ['a/kernel', 'b/kernel'],
      score: (w, { path }) => (path === 'b/kernel' ? tf.neg(tf.abs(w)) : tf.abs(w)),
    });
    await fit(callback, 1);
    expect(callback.pruning.report().weights.map(({ zeros }) => zeros)).toEqual([0, 7]);
    callback.pruning.dispose();
  });

  it('pruneDuring(model, schedule, { regrow: true }) follows a schedule that falls; without, fit throws', async () => {
    const falling = (step: number) => (step === 0 ? 0.5 : step === 2 ? 0.25 : undefined);
    const callback = pruneDuring(model, falling, { regrow: true });
    await fit(callback, 1);
    expect(callback.pruning.report().weights[0]!.zeros).toBe(5);
    callback.pruning.dispose();
    const strict = pruneDuring(model, falling);
    await expect(fit(strict, 1)).rejects.toThrow('update: zeros of a/kernel must be at least 10');
    strict.pruning.dispose();
  });

  it('pruneDuring: a weight that became NaN ends fit with its path and index, masks as they were', async () => {
    const callback = pruneDuring(model, polynomialDecay({ initial: 0.25, final: 0.5, end: 4, frequency: 4 }));
    await fit(callback, 1);
    const late = pruneDuringAgain(callback);
    setWeight(model, 'b/bias', [Number.NaN, 0, 0]);
    await expect(fit(late, 1)).rejects.toThrow(/update: weights must be finite, got NaN at [ab]\/kernel\[\d+\]/);
    expect(late.pruning.report().zeros).toBe(0);
    late.pruning.dispose();
  });

  function pruneDuringAgain(earlier: ReturnType<typeof pruneDuring>) {
    earlier.pruning.fold();
    return pruneDuring(model, constantSparsity({ sparsity: 0.9, begin: 2 }));
  }

  it('pruneDuring: validation at the end of each epoch sees the masks', async () => {
    const callback = pruneDuring(model, polynomialDecay({ final: 0.5, end: 6, frequency: 1 }));
    const zeros: number[] = [];
    const watch = { onEpochEnd: async () => void zeros.push(zerosAt(await readWeight(model, 'a/kernel')).length) };
    const { history } = await model.fit(x, y, {
      epochs: 3,
      batchSize: 2,
      verbose: 0,
      validationData: [x, y],
      callbacks: [callback, watch],
    });
    const loss = tf.tidy(() => model.evaluate(x, y, { batchSize: 2 }) as tf.Scalar);
    // After step 6 the masks are final: the last validation is that of the model in hand. Both are the same ops.
    expect(history.val_loss!.at(-1)).toBe((await loss.data())[0]);
    // At t = 3: 0.5 * (1 - 0.5^3) of 20 is 8.75.
    expect(zeros).toEqual([9, 10, 10]);
    loss.dispose();
    callback.pruning.dispose();
  });

  it('pruneDuring leaves no tensor behind', async () => {
    const leak = await leakOf(async () => {
      const callback = pruneDuring(model, polynomialDecay({ final: 0.5, end: 4, frequency: 1 }));
      await fit(callback, 1);
      callback.pruning.restore();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });

  it('pruneDuring refuses bad arguments and puts no mask on', () => {
    const schedule = constantSparsity({ sparsity: 0.5 });
    expect(() => pruneDuring(model, 0.5 as unknown as typeof schedule)).toThrow(
      new TypeError('pruneDuring: schedule must be a function, got 0.5'),
    );
    expect(() => pruneDuring(model, schedule, { sparsity: 0.5 } as object)).toThrow(
      'pruneDuring: options must be among scope, filter, score, structure, reduce, multipleOf, regrow, optimizer, check, resume, got "sparsity"',
    );
    expect(() => pruneDuring(model, schedule, { regrow: 'yes' } as object)).toThrow('regrow must be a boolean');
    expect(() => pruneDuring(model, schedule, { filter: 'c/*' })).toThrow(RangeError);
    expect(parametrizationsOf(model)).toEqual([]);
    const { pruning } = pruneDuring(model, schedule);
    expect(() => pruneDuring(model, schedule)).toThrow('pruneDuring: weights must not be pruned already, got a/kernel');
    pruning.dispose();
  });
});

async function rows(t: tf.Tensor, width: number): Promise<number[][]> {
  const values = (await t.array()) as number[][];
  return values.map((row) => row.slice(0, width));
}
