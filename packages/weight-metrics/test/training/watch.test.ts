import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it, vi } from 'vitest';
import { compare } from '../../src/comparison/compare.ts';
import { snapshot } from '../../src/comparison/snapshot.ts';
import { watch as watchInstance } from '../../src/layers.ts';
import { summarize } from '../../src/statistics/summarize.ts';
import { type Watcher, watch } from '../../src/training/watch.ts';
import { bitsOf, dataOf, netOf } from './train-helpers.ts';

const quiet = { verbose: 0, shuffle: false, batchSize: 4 } as const;
const BOTH = ['hidden/kernel', 'out/kernel'];
const isTapped = (model: tf.LayersModel) => Object.hasOwn(model.optimizer, 'applyGradients');

/** Trains a fresh net on 10 examples in batches of 4, 4 and 2. */
async function trained(
  options: Parameters<typeof watch>[1],
  { epochs = 2, ...net }: Parameters<typeof netOf>[0] & { epochs?: number } = {},
) {
  const model = netOf(net);
  const { x, y } = dataOf();
  const watcher = watch(model, options);
  await model.fit(x, y, { ...quiet, epochs, callbacks: watcher });
  return { model, watcher, ...watcher.history };
}

describe('watch', () => {
  it("watch(model) records at the start and at each epoch's end, with steps, epochs and logs", async () => {
    const model = netOf();
    const { x, y } = dataOf();
    const { history } = watch(model);
    expect(history).toEqual({ weights: {}, records: [] });
    const watcher = watch(model);
    const { history: stock } = await model.fit(x, y, {
      ...quiet,
      epochs: 2,
      validationData: [x, y],
      callbacks: watcher,
    });
    const { records, weights } = watcher.history;
    expect(records.map(({ step, epoch, at }) => [step, epoch, at])).toEqual([
      [0, -1, 'start'],
      [3, 0, 'epoch'],
      [6, 1, 'epoch'],
    ]);
    expect(records[0]!.logs).toEqual({});
    for (const [i, record] of records.slice(1).entries())
      expect(record.logs).toEqual(Object.fromEntries(Object.entries(stock).map(([name, values]) => [name, values[i]])));
    expect(Object.keys(records[2]!.logs).sort()).toEqual(['loss', 'mae', 'val_loss', 'val_mae']);
    expect(Object.keys(weights)).toEqual(BOTH);
    expect(weights['out/kernel']).toMatchObject({ shape: [5, 3], parameters: 15, spectraSkipped: null });
  });

  it('watch(model, { onRecord }) hands over each record, and training waits for what that does', async () => {
    const seen: number[] = [];
    let isBusy = false;
    const onRecord = async ({ step }: { step: number }) => {
      expect(isBusy).toBe(false);
      isBusy = true;
      await new Promise((resolve) => setTimeout(resolve, 5));
      isBusy = false;
      seen.push(step);
    };
    const { records } = await trained({ every: { batches: 2 }, onRecord }, { epochs: 3 });
    expect(seen).toEqual(records.map(({ step }) => step));
  });

  it('what onRecord throws ends fit, and the watching', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    const onRecord = ({ step }: { step: number }) => {
      if (step > 0) throw new Error('disk full');
    };
    const watcher = watch(model, { onRecord });
    await expect(model.fit(x, y, { ...quiet, epochs: 3, callbacks: watcher })).rejects.toThrow('disk full');
    expect(watcher.history.records.map(({ step }) => step)).toEqual([0, 3]);
    expect(isTapped(model)).toBe(false);
  });

  it('watcher.cost is what training waited for by the clock, over all fits', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 30));
    const watcher = watch(model, { onRecord: wait });
    const instance = watchInstance(model);
    expect({ ...watcher.cost }).toEqual({ training: 0, watching: 0, share: 0 });
    const begin = performance.now();
    await model.fit(x, y, { ...quiet, epochs: 2, callbacks: watcher });
    const first = { ...watcher.cost };
    // Three records of 30 ms; a timer may fire a millisecond early.
    expect(first.watching).toBeGreaterThan(85);
    expect(first.training).toBeGreaterThan(first.watching);
    expect(first.training).toBeLessThanOrEqual(performance.now() - begin);
    expect(first.share).toBeCloseTo(first.watching / (first.training - first.watching), 12);
    await wait();
    expect(watcher.cost.training).toBe(first.training);
    await model.fit(x, y, {
      ...quiet,
      epochs: 1,
      callbacks: [tf.callbacks.earlyStopping({ monitor: 'loss' }), instance],
    });
    expect(watcher.cost.training).toBe(first.training);
    expect(instance.cost.training).toBeGreaterThan(0);
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: watcher });
    expect(watcher.cost.watching).toBeGreaterThan(first.watching + 25);
    expect(watcher.cost.training).toBeGreaterThan(first.training);
  });

  it('watch(model, { every: { batches: 2 } }) records every two steps across epochs, and what is left at the end', async () => {
    const { records } = await trained({ every: { batches: 2 } }, { epochs: 3 });
    expect(records.map(({ step, epoch, at }) => [step, epoch, at])).toEqual([
      [0, -1, 'start'],
      [2, 0, 'batches'],
      [4, 1, 'batches'],
      [6, 1, 'batches'],
      [8, 2, 'batches'],
      [9, 2, 'end'],
    ]);
    expect(records[1]!.logs).toMatchObject({ batch: 1, size: 4, loss: expect.any(Number), mae: expect.any(Number) });
    expect(records[5]!.logs).toEqual({});
    expect(records[5]!.weights['out/kernel']!.gradient!.steps).toBe(1);
  });

  it('watch leaves the training as it is, bit for bit', async () => {
    for (const optimizer of [() => tf.train.sgd(0.1), () => tf.train.adam(0.01)])
      for (const every of ['epoch', { batches: 1 }] as const) {
        const { x, y } = dataOf();
        const plain = netOf({ optimizer: optimizer(), dropout: true });
        const { history } = await plain.fit(x, y, { ...quiet, epochs: 3 });
        const watched = netOf({ optimizer: optimizer(), dropout: true });
        const callbacks = watch(watched, { every, filter: () => true });
        const { history: same } = await watched.fit(x, y, { ...quiet, epochs: 3, callbacks });
        expect(await bitsOf(watched)).toEqual(await bitsOf(plain));
        expect(same).toEqual(history);
      }
  });

  it('watch records moments and spectra as summarize gives them', async () => {
    const { model, records } = await trained({});
    for (const { path, dtype: _, shape, parameters, trainable, sparsity, skipped, ...rest } of await summarize(model, {
      filter: '*/kernel',
    })) {
      const { moments, spectra } = records.at(-1)!.weights[path]!;
      expect({ ...moments, ...spectra }).toEqual(rest);
    }
  });

  it('watch measures distances as compare does, from the start and from the record before', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    const watcher = watch(model);
    const start = await snapshot(model);
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: watcher });
    const middle = await snapshot(model);
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: watcher });
    const last = watcher.history.records.at(-1)!;
    for (const [from, field] of [
      [start, 'fromStart'],
      [middle, 'fromPrevious'],
    ] as const)
      for (const delta of await compare(from, model))
        if (delta.matched && delta.path.endsWith('kernel')) {
          const { l2, relative } = last.weights[delta.path]![field]!;
          expect(l2).toBe(delta.l2);
          // One more rounding in the norm that it is relative to.
          expect(relative).toBeCloseTo(delta.relative, 14);
        }
  });

  it('watch has distances that obey the triangle inequality and start at 0', async () => {
    const { records } = await trained({ every: { batches: 1 } });
    for (const path of BOTH) {
      const distances = records.map(({ weights }) => weights[path]!);
      expect(distances[0]).toMatchObject({ fromStart: { l2: 0, relative: 0 }, fromPrevious: null });
      let way = 0;
      for (const { fromStart, fromPrevious } of distances.slice(1)) {
        way += Number(fromPrevious!.l2);
        expect(fromStart!.l2).toBeLessThanOrEqual(way * (1 + 1e-12));
        expect(fromPrevious!.l2).toBeGreaterThan(0);
      }
    }
  });

  it('watch has the gradients that sgd applied: Δw = -lr g', async () => {
    const lr = 0.25;
    const { records } = await trained({ every: { batches: 1 } }, { optimizer: tf.train.sgd(lr) });
    for (const [i, { weights }] of records.slice(1).entries())
      for (const path of BOTH) {
        const { update, fromPrevious, gradient, moments } = weights[path]!;
        const before = records[i]!.weights[path]!.moments;
        // lr is a power of 2: w - lr g rounds once, to 2^-24 of entries of up to 2 (20 of them at most).
        const rounding = 2 ** -23 * Math.sqrt(20);
        expect(Math.abs(Number(fromPrevious!.l2) - lr * Number(gradient!.norm))).toBeLessThan(rounding);
        expect(Math.abs(Number(moments.mean) - (Number(before.mean) - lr * Number(gradient!.mean)))).toBeLessThan(
          rounding,
        );
        // The same two numbers in float32 on the device: under 30 roundings each.
        expect(Math.abs(Number(update!.l2) / Number(fromPrevious!.l2) - 1)).toBeLessThan(30 * 2 ** -24);
        expect(Math.abs(Number(update!.relative) / Number(fromPrevious!.relative) - 1)).toBeLessThan(60 * 2 ** -24);
        expect(gradient!.steps).toBe(1);
        expect(Math.abs(Number(gradient!.meanNorm) / Number(gradient!.norm) - 1)).toBeLessThan(30 * 2 ** -24);
      }
  });

  it('watch has the gradient statistics of the closed form 2/(N m) xᵀ(xW - y)', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [2], useBias: false, name: 'out' })],
    });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    weightsOf(model)[0]!.write(
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
    );
    const watcher = watch(model);
    await model.fit(
      tf.tensor2d([
        [1, 0],
        [0, 2],
      ]),
      tf.tensor2d([
        [0, 0],
        [2, 0],
      ]),
      { ...quiet, epochs: 1, callbacks: watcher },
    );
    // xW - y = [[1, 2], [4, 8]], xᵀ of it [[1, 2], [8, 16]], times 2 / (2 * 2): all exact.
    const entries = [0.5, 1, 4, 8];
    const mean = 13.5 / 4;
    const { gradient } = watcher.history.records[1]!.weights['out/kernel']!;
    expect(gradient).toMatchObject({ steps: 1, mean, min: 0.5, max: 8, nonFinite: 0, norm: Math.sqrt(81.25) });
    expect(gradient!.std).toBeCloseTo(Math.sqrt(entries.reduce((sum, g) => sum + (g - mean) ** 2 / 4, 0)), 14);
  });

  // Elsewhere what is measured is not read by the backend's own method.
  it.runIf(['cpu', 'tensorflow'].includes(tf.getBackend()))(
    'watch reads in the first epoch of fit no more often than in the second, alone and behind an instance',
    async () => {
      const [x, y] = [tf.ones([40, 4]), tf.ones([40, 3])];
      for (const first of [
        { onEpochBegin: async () => {} },
        tf.callbacks.earlyStopping({ monitor: 'loss', patience: 9 }),
      ]) {
        const model = netOf();
        const read = vi.spyOn(tf.backend(), 'readSync');
        const counts: number[] = [];
        const watcher = watch(model, { samples: 2, spectra: false });
        const { onEpochBegin, onEpochEnd } = watcher;
        Object.assign(watcher, {
          onEpochBegin: async (epoch: number) => {
            read.mockClear();
            await onEpochBegin(epoch);
          },
          onEpochEnd: async (epoch: number, logs?: Record<string, number>) => {
            counts.push(read.mock.calls.length);
            await onEpochEnd(epoch, logs);
          },
        });
        await model.fit(x, y, { ...quiet, batchSize: 1, epochs: 2, callbacks: [first, watcher] as never });
        read.mockRestore();
        expect(counts[0]).toBeGreaterThan(0);
        expect(counts[0]).toBe(counts[1]);
        model.dispose();
      }
      tf.dispose([x, y]);
    },
  );

  it('watch by epochs has the mean norm of the epoch and the rest of its last batch', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    const [byBatch, byEpoch] = [watch(model, { every: { batches: 1 } }), watch(model)];
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: [byBatch, byEpoch] });
    for (const path of BOTH) {
      const batches = byBatch.history.records.slice(1).map(({ weights }) => weights[path]!);
      const epoch = byEpoch.history.records[1]!.weights[path]!;
      const { meanNorm, stdNorm, minNorm, maxNorm, steps, measured, ...last } = epoch.gradient!;
      expect([steps, measured]).toEqual([3, 3]);
      expect(batches.at(-1)!.gradient).toMatchObject(last);
      const { l2, relative, ...window } = epoch.update!;
      expect(batches.at(-1)!.update).toMatchObject({ l2, relative });
      // Of one step the mean is the ratio itself: the same numbers, measured on the device.
      const ratios = batches.map(({ update }) => Number(update!.meanRelative));
      expect(window).toMatchObject({ steps: 3, measured: 3, nonFiniteSteps: 0 });
      expect([window.minRelative, window.maxRelative]).toEqual([Math.min(...ratios), Math.max(...ratios)]);
      expect(window.meanRelative).toBeCloseTo(ratios.reduce((a, b) => a + b, 0) / 3, 14);
      const norms = batches.map(({ gradient }) => Number(gradient!.meanNorm));
      expect([minNorm, maxNorm]).toEqual([Math.min(...norms), Math.max(...norms)]);
      const mean3 = norms.reduce((a, b) => a + b, 0) / 3;
      expect(stdNorm).toBeCloseTo(Math.sqrt(norms.reduce((sum, norm) => sum + (norm - mean3) ** 2 / 3, 0)), 12);
      const mean = batches.reduce((sum, { gradient }) => sum + Number(gradient!.norm), 0) / 3;
      // A float32 norm of 20 entries.
      expect(Math.abs(Number(meanNorm) / mean - 1)).toBeLessThan(33 * 2 ** -24);
    }
  });

  it('watch keeps the edges of the start, ± twice its largest value, and counts every entry', async () => {
    const { weights, records } = await trained({ histogram: { bins: 8 } }, { optimizer: tf.train.sgd(5) });
    for (const path of BOTH) {
      const { min, max } = records[0]!.weights[path]!.moments;
      const { edges, parameters } = weights[path]!;
      expect([edges![0], edges![8], edges!.length]).toEqual([
        -2 * Math.max(-Number(min), Number(max)),
        2 * Math.max(-Number(min), Number(max)),
        9,
      ]);
      for (const record of records) {
        const { counts, below, above } = record.weights[path]!.histogram!;
        expect(counts.reduce((a, b) => a + b, 0) + below + above).toBe(parameters);
      }
    }
    const last = BOTH.map((path) => records.at(-1)!.weights[path]!.histogram!);
    expect(last.some(({ below, above }) => below + above > 0)).toBe(true);
  });

  it('watch(model, { histogram }) takes a range for all, ±1 for zeros, and false', async () => {
    const given = await trained({ histogram: { bins: 2, range: [0, 1] } });
    expect(given.weights['out/kernel']!.edges).toEqual([0, 0.5, 1]);
    expect(given.records[0]!.weights['out/kernel']!.histogram!.below).toBeGreaterThan(0);
    const zeros = await trained({ histogram: { bins: 1 }, filter: 'out/bias' });
    expect(zeros.weights['out/bias']).toMatchObject({
      edges: [-1, 1],
      spectraSkipped: 'not a kernel of rank 2 or more',
    });
    expect(zeros.records[0]!.weights['out/bias']).toMatchObject({ spectra: null, histogram: { counts: [3] } });
    const off = await trained({ histogram: false, spectra: false, gradients: false });
    expect(off.weights['out/kernel']).toMatchObject({ edges: null, spectraSkipped: 'spectra is false' });
    expect(off.records[1]!.weights['out/kernel']).toMatchObject({ histogram: null, spectra: null, gradient: null });
    expect(off.records[1]!.weights['out/kernel']!.update!.l2).toBeGreaterThan(0);
    const dear = await trained({ maxCost: 44 });
    expect(dear.weights['out/kernel']!.spectraSkipped).toBe('rows * cols * min(rows, cols) is 45, above maxCost 44');
    expect(dear.records[1]!.weights['out/kernel']!.spectra).toBeNull();
  });

  it('watch of a frozen weight has no gradient and no way; by default it is not watched', async () => {
    const { records } = await trained({ filter: '*/kernel' }, { frozen: true });
    expect(records[2]!.weights['hidden/kernel']).toMatchObject({
      gradient: null,
      update: null,
      fromStart: { l2: 0, relative: 0 },
      fromPrevious: { l2: 0, relative: 0 },
    });
    expect(records[2]!.weights['out/kernel']!.gradient!.steps).toBe(3);
    expect(Object.keys((await trained({}, { frozen: true })).weights)).toEqual(['out/kernel']);
  });

  it('watch of a parametrized weight has its effective value, and the update and gradient of the raw one', async () => {
    const model = netOf({ optimizer: tf.train.sgd(0.5) });
    parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 0.25) });
    const { x, y } = dataOf();
    const watcher = watch(model, { every: { batches: 1 }, filter: 'out/kernel' });
    const plain = netOf({ optimizer: tf.train.sgd(0.5) });
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: watcher });
    const [start, first] = watcher.history.records.map(({ weights }) => weights['out/kernel']!);
    const [summary] = await summarize(plain, { filter: 'out/kernel' });
    expect(start!.moments.max).toBe(summary!.max! / 4);
    expect(start!.spectra!.spectralNorm).toBeCloseTo(summary!.spectralNorm! / 4, 14);
    // The way of the effective weight is a quarter of the raw weight's, which is lr g; roundings as for sgd above.
    expect(Math.abs(Number(first!.fromPrevious!.l2) - Number(first!.update!.l2) / 4)).toBeLessThan(
      2 ** -23 * Math.sqrt(15),
    );
    expect(Math.abs(Number(first!.update!.l2) - 0.5 * Number(first!.gradient!.norm))).toBeLessThan(
      2 ** -23 * Math.sqrt(15),
    );
  });

  it('watch works with fitDataset', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    const data = tf.data.zip({ xs: tf.data.array(await x.array()), ys: tf.data.array(await y.array()) }).batch(4);
    const watcher = watch(model);
    await model.fitDataset(data as tf.data.Dataset<tf.TensorContainer>, { epochs: 2, verbose: 0, callbacks: watcher });
    const { records } = (await trained({})).watcher.history;
    expect(watcher.history.records.map(({ weights }) => weights)).toEqual(records.map(({ weights }) => weights));
  });

  it('watch works beside callback instances as tf.CustomCallback, and with yieldEvery never', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    const watcher = watch(model);
    const stop = tf.callbacks.earlyStopping({ monitor: 'loss', patience: 9 });
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: [stop, new tf.CustomCallback(watcher)] });
    await model.fit(x, y, { ...quiet, epochs: 1, yieldEvery: 'never', callbacks: watcher });
    expect(watcher.history.records.map(({ step, at }) => [step, at])).toEqual([
      [0, 'start'],
      [3, 'epoch'],
      [6, 'epoch'],
    ]);
  });

  it('watch over two fits, compiled anew between, is one history', async () => {
    const { model, watcher } = await trained({}, { epochs: 1 });
    const { x, y } = dataOf();
    model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: watcher });
    expect(watcher.history.records.map(({ step, epoch, at }) => [step, epoch, at])).toEqual([
      [0, -1, 'start'],
      [3, 0, 'epoch'],
      [6, 0, 'epoch'],
    ]);
    expect(watcher.history.records[2]!.weights['out/kernel']!.gradient!.steps).toBe(3);
    expect(isTapped(model)).toBe(false);
  });

  it('watch has history that survives JSON, NaN weights and singular matrices included', async () => {
    const { records, watcher } = await trained({ filter: () => true }, { optimizer: tf.train.sgd(1e30), epochs: 3 });
    expect(JSON.parse(JSON.stringify(watcher.history))).toEqual(watcher.history);
    const last = records.at(-1)!.weights['out/kernel']!;
    // which of them an overflow ends in is the backend's arithmetic
    const lost = expect.stringMatching(/^(NaN|-?Infinity)$/);
    expect(last.moments.nonFinite).toBe(15);
    expect(last).toMatchObject({
      spectra: null,
      moments: { mean: 'NaN', min: 'NaN' },
      histogram: { below: 0, above: 0, nonFinite: 15 },
      fromStart: { l2: lost, relative: lost },
      gradient: { nonFinite: 15 },
    });
    expect(watcher.history.records.at(-1)!.logs.loss).toEqual(lost);
    const { steps, nonFiniteSteps, meanNorm } = last.gradient!;
    expect(nonFiniteSteps).toBeGreaterThan(0);
    expect(Number.isFinite(meanNorm)).toBe(nonFiniteSteps < steps);
    const model = netOf({ optimizer: tf.train.sgd(0) });
    weightsOf(model, 'out/kernel')[0]!.write(tf.zeros([5, 3]));
    const still = watch(model);
    const { x, y } = dataOf();
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: still });
    expect(still.history.records[1]!.weights['out/kernel']).toMatchObject({
      spectra: { spectralNorm: 0, conditionNumber: 'Infinity' },
      update: { l2: 0, relative: 0 },
    });
  });

  it('watch leaves no tensors behind a fit and gives the optimizer back', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    for (const every of ['epoch', { batches: 2 }] as const) {
      const body = () =>
        model.fit(x, y, { ...quiet, epochs: 2, callbacks: watch(model, { every, filter: () => true }) });
      expect(await leakOf(body)).toEqual({ tensors: 0, variables: 0 });
      expect(isTapped(model)).toBe(false);
    }
  });

  it('watch keeps its tap when fit throws, until dispose or the next fit', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    const watcher = watch(model);
    const breaking = {
      onBatchEnd: async () => {
        throw new Error('broken');
      },
    };
    const broken = () => model.fit(x, y, { ...quiet, callbacks: [watcher, breaking] });
    await expect(broken()).rejects.toThrow('broken');
    expect(isTapped(model)).toBe(true);
    const before = tf.memory().numTensors;
    watcher.dispose();
    // Per weight: the value before the step, the gradient and, on a GPU, what was measured.
    const onDevice = ['cpu', 'wasm', 'tensorflow'].includes(tf.getBackend()) ? 0 : 2;
    expect(before - tf.memory().numTensors).toBe(4 + onDevice);
    expect(isTapped(model)).toBe(false);
    await watcher.onEpochEnd(0);
    await watcher.onTrainEnd();
    expect(watcher.history.records).toHaveLength(1);
    await expect(broken()).rejects.toThrow('broken');
    const held = tf.memory().numTensors;
    await model.fit(x, y, { ...quiet, epochs: 1, callbacks: watcher });
    expect(held - tf.memory().numTensors).toBe(4 + onDevice);
    expect(isTapped(model)).toBe(false);
    expect(watcher.history.records.map(({ step }) => step)).toEqual([0, 5]);
  });

  it('watch lets go of everything when one of its own hooks fails', async () => {
    const model = netOf();
    const { x, y } = dataOf();
    let failing = false;
    const broken = parametrize(model.layers[1]!, 'kernel', {
      forward(w) {
        if (failing) throw new Error('unreadable');
        return tf.mul(w, 1);
      },
    });
    const before = tf.memory().numTensors;
    const watcher: Watcher = watch(model, { every: { batches: 1 } });
    await watcher.onTrainBegin();
    tf.tidy(() => {
      model.optimizer.minimize(() => tf.mean(tf.square(tf.sub(model.predict(x) as tf.Tensor, y))) as tf.Scalar);
    });
    failing = true;
    await expect(watcher.onBatchEnd!(0)).rejects.toThrow('unreadable');
    expect(isTapped(model)).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
    failing = false;
    broken.restore();
    expect(watcher.history.records).toHaveLength(1);
  });

  it('watch refuses bad options, models and filters', () => {
    const model = netOf();
    const refused = (options: object) => () => watch(model, options);
    expect(refused({ each: 1 })).toThrow(
      new TypeError(
        'watch: options must be among every, filter, histogram, gradients, samples, activations, optimizer, resume, start, spectra, maxCost, onRecord, got "each"',
      ),
    );
    expect(refused({ every: { batches: 0 } })).toThrow(
      new RangeError('watch: batches must be an integer of 1 or more, got 0'),
    );
    expect(refused({ every: 'batch' })).toThrow(
      new TypeError('watch: every must be \'epoch\' or { batches }, got "batch"'),
    );
    expect(refused({ every: { steps: 1 } })).toThrow(TypeError);
    expect(refused({ histogram: { bins: Number.NaN } })).toThrow(
      new RangeError('watch: bins must be an integer in [1, 2^24), got NaN'),
    );
    expect(refused({ histogram: { range: [2, 1] } })).toThrow(RangeError);
    expect(refused({ histogram: { bin: 1 } })).toThrow(TypeError);
    expect(refused({ histogram: true })).toThrow(
      new TypeError('watch: histogram must be an object or false, got true'),
    );
    expect(refused({ gradients: 1 })).toThrow(TypeError);
    expect(refused({ spectra: null })).toThrow(TypeError);
    expect(refused({ maxCost: -1 })).toThrow(RangeError);
    expect(refused({ filter: 'nothing' })).toThrow(RangeError);
    expect(() => watch({} as tf.LayersModel)).toThrow(new TypeError('watch: model must be a LayersModel, got {}'));
  });
});
