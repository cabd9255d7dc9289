import * as tf from '@tensorflow/tfjs';
import { parametrize, wrapCall } from '@weightkit/core';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { snapshot } from '../../src/comparison/snapshot.ts';
import { doctor } from '../../src/doctor/doctor.ts';
import { gradientNorms } from '../../src/doctor/gradient-norms.ts';
import { normsOf } from '../../src/training/step-samples.ts';
import { watch } from '../../src/training/watch.ts';
import { bitsOf, netOf } from '../training/train-helpers.ts';
import { gaussian } from './models.ts';

/** Two units of the same weights behind large inputs. */
function sick() {
  const model = netOf();
  const kernel = tf.tensor2d(
    Array.from({ length: 20 }, (_, i) => Math.sin(i - (i % 5 === 1 ? 1 : 0)) / 2),
    [4, 5],
  );
  (model.layers[0]! as unknown as { kernel: { write(w: tf.Tensor): void } }).kernel.write(kernel);
  kernel.dispose();
  return model;
}
const inputs = () => tf.tidy(() => tf.mul(gaussian([32, 4], 3), 100));

describe('doctor', () => {
  it('gives plain data: code, layer, evidence, cause, remedy and call, and the same as text', async () => {
    const [model, batch] = [sick(), inputs()];
    const diagnosis = await doctor(model, batch);
    expect(JSON.parse(JSON.stringify(diagnosis))).toEqual(diagnosis);
    expect(diagnosis.healthy).toBe(false);
    expect(diagnosis.findings.map(({ code, layer }) => [code, layer])).toEqual([
      ['input-scale', 'hidden'],
      ['duplicate-units', 'hidden'],
      ['saturation', 'hidden'],
    ]);
    const [, copies] = diagnosis.findings;
    expect(copies).toMatchObject({
      weight: 'hidden/kernel',
      steps: null,
      message: '1 of the 5 units of hidden is a copy of others, as 1 is of 0',
      call: "initialize(model, { 'hidden/kernel': glorotUniform(), 'hidden/bias': zeros() }, { seed: 1 })",
    });
    expect(copies!.evidence[0]).toEqual({ measure: 'units that are copies', value: 1, limit: 0 });
    expect(diagnosis.unchecked.map(({ code }) => code)).toEqual(['update-ratio', 'frozen-moving', 'masked-moving']);
    for (const { code, layer, message, cause, remedy, call } of diagnosis.findings)
      for (const part of [`${code} in ${layer}: ${message}`, cause, remedy, call])
        expect(diagnosis.text).toContain(part);
    tf.dispose([batch]);
    model.dispose();
  });

  it('says of dead units on data whether their incoming weights are 0', async () => {
    const layer = (name: string, more: object) => tf.layers.dense({ name, units: 6, activation: 'relu', ...more });
    const kernelInitializer = tf.initializers.heNormal({ seed: 1 });
    const build = (more: object) =>
      tf.sequential({
        layers: [
          layer('first', { kernelInitializer, inputShape: [4] }),
          layer('second', { kernelInitializer, ...more }),
          layer('last', { kernelInitializer }),
        ],
      });
    const batch = gaussian([32, 4], 3);
    const deadIn = async (model: tf.LayersModel) => {
      const { findings } = await doctor(model, batch);
      model.dispose();
      return findings.find(({ code, layer }) => code === 'dead-units' && layer === 'second')!;
    };
    const zeros = await deadIn(build({ kernelInitializer: 'zeros' }));
    expect(zeros.message).toBe(
      '6 of the 6 units (100 %) of second give the same for every example; 6 have incoming weights of 0 alone',
    );
    expect(zeros.cause).toBe('Nothing that comes in reaches them: their incoming weights are 0.');
    expect(zeros.evidence.at(-1)).toEqual({ measure: 'units with incoming weights of 0 alone', value: 6, limit: null });
    const low = await deadIn(build({ biasInitializer: tf.initializers.constant({ value: -100 }) }));
    expect(low.message).toBe('6 of the 6 units (100 %) of second give the same for every example');
    expect(low.cause).toMatch(/large negative biases/);
    expect(low.evidence).toHaveLength(2);
    batch.dispose();
  });

  it('takes a batch as it is, in a list, or among the data, and finds the same', async () => {
    const [model, batch] = [sick(), inputs()];
    const first = await doctor(model, batch);
    expect(await doctor(model, [batch])).toEqual(first);
    expect(await doctor(model, { batch })).toEqual(first);
    tf.dispose([batch]);
    model.dispose();
  });

  it('says without data what it did not look at, and finds what is in the weights', async () => {
    const model = sick();
    const { findings, unchecked, text } = await doctor(model);
    expect(findings.map(({ code }) => code)).toEqual(['duplicate-units']);
    expect(unchecked.map(({ code }) => code)).toEqual([
      'input-scale',
      'saturation',
      'vanishing',
      'exploding',
      'update-ratio',
      'frozen-moving',
      'masked-moving',
    ]);
    expect(text).toContain('- update-ratio: it takes the history of watch');
    model.dispose();
  });

  it('changes nothing and keeps no tensor', async () => {
    const [model, batch] = [sick(), inputs()];
    const [weights, keys] = [await bitsOf(model), Object.keys(model.layers[0]!)];
    expect(await leakOf(() => doctor(model, batch))).toEqual({ tensors: 0, variables: 0 });
    expect(await bitsOf(model)).toEqual(weights);
    expect(Object.keys(model.layers[0]!)).toEqual(keys);
    tf.dispose([batch]);
    model.dispose();
  });

  it('leaves everything as it was where a layer throws', async () => {
    const [model, batch] = [sick(), inputs()];
    const undo = wrapCall(model.layers[1]!, () => {
      throw new Error('planted');
    });
    expect(
      await leakOf(async () => {
        await expect(doctor(model, batch)).rejects.toThrow('planted');
      }),
    ).toEqual({ tensors: 0, variables: 0 });
    undo();
    expect(Object.hasOwn(model.layers[1]!, 'call')).toBe(false);
    tf.dispose([batch]);
    model.dispose();
  });

  it('takes a history as watch has it or from JSON', async () => {
    const [model, batch] = [netOf({ optimizer: tf.train.sgd(1e-9) }), gaussian([32, 4], 3)];
    const watcher = watch(model);
    const y = gaussian([32, 3], 4);
    await model.fit(batch, y, { epochs: 1, verbose: 0, callbacks: watcher });
    const first = await doctor(model, batch, watcher.history);
    expect(first.findings.map(({ code, layer }) => [code, layer])).toEqual([
      ['update-ratio', 'hidden'],
      ['update-ratio', 'out'],
    ]);
    expect(await doctor(model, batch, JSON.parse(JSON.stringify(watcher.history)))).toEqual(first);
    tf.dispose([batch, y]);
    model.dispose();
  });

  it('refuses a history with a part missing, or takes it: no error is that of a part', async () => {
    const [model, x, y] = [netOf(), gaussian([8, 4], 3), gaussian([8, 3], 4)];
    const watcher = watch(model, { activations: ['hidden'] });
    await model.fit(x, y, { epochs: 2, verbose: 0, callbacks: watcher });
    const whole = JSON.stringify(watcher.history);
    const places: string[][] = [];
    const walk = (value: unknown, path: string[]): void => {
      if (path.length > 0) places.push(path);
      // Two of three records, and one of many histograms.
      if (typeof value === 'object' && value !== null && path.at(-1) !== 'edges' && path.at(-1) !== 'counts')
        for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
    };
    walk(watcher.history, []);
    for (const [i, path] of places.entries()) {
      const history = JSON.parse(whole);
      const last = path.at(-1)!;
      const holder = path.slice(0, -1).reduce((at, key) => at[key], history);
      if (i % 2) delete holder[last];
      else holder[last] = i % 4 ? 'text' : 7;
      const said = await doctor(model, {}, history).then(
        () => 'taken',
        (error: Error) => error.message,
      );
      if (said !== 'taken') expect(said, path.join('.')).toMatch(/^doctor: history must be /);
    }
    tf.dispose([x, y]);
    model.dispose();
  });

  it('says of NaN in data only that, and where it comes in', async () => {
    const model = netOf();
    const batch = tf.tensor2d(
      Array.from({ length: 128 }, (_, i) => (i % 4 ? Number.NaN : Math.sin(i))),
      [32, 4],
    );
    const { findings } = await doctor(model, batch);
    expect(findings.map(({ code, layer, message }) => [code, layer, message])).toEqual([
      ['first-nan', 'hidden', '96 entries of what comes into hidden are NaN or infinite'],
    ]);
    batch.dispose();
    model.dispose();
  });

  it('names a mask whose zeros something above it fills in', async () => {
    const model = netOf();
    const mask = tf.tidy(() => tf.variable(tf.cast(tf.greater(gaussian([4, 5], 9), 0), 'bool')));
    const forward = (w: tf.Tensor) => tf.where(mask, w, tf.zerosLike(w));
    parametrize(model.layers[0]!, 'kernel', { forward, kind: 'mask' });
    const before = await snapshot(model);
    expect((await doctor(model, { before })).findings).toEqual([]);
    parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.add(w, 0.01) });
    const [found] = (await doctor(model, { before })).findings;
    expect(found).toMatchObject({ code: 'masked-moving', weight: 'hidden/kernel' });
    expect(found!.cause).toContain('above the mask');
    tf.dispose([mask]);
    model.dispose();
  });

  it('refuses what it cannot take, in its own name', async () => {
    const model = netOf();
    await expect(doctor({} as never)).rejects.toThrow('doctor: model must be a LayersModel, got {}');
    await expect(doctor(model, tf.ones([2, 3]))).rejects.toThrow('doctor: batch must have shape [null,4], got [2, 3]');
    await expect(doctor(model, { x: 1 } as never)).rejects.toThrow('doctor: data must be among batch, before, got "x"');
    const before = new Map([['hidden/kernel', new Float32Array(3)]]);
    await expect(doctor(model, { before })).rejects.toThrow(
      'doctor: before must have 20 values of hidden/kernel, got 3',
    );
    await expect(doctor(model, { before: new Map([['other', new Float32Array(3)]]) })).rejects.toThrow(
      "doctor: before must be of the model's weights (there are hidden/kernel, hidden/bias, out/kernel, out/bias)",
    );
    const history = { weights: { other: {} }, records: [] } as never;
    await expect(doctor(model, {}, history)).rejects.toThrow("doctor: history must be of the model's weights");
    await expect(doctor(model, { before: [] as never })).rejects.toThrow('doctor: before must be a snapshot, got []');
    await expect(doctor(model, {}, {} as never)).rejects.toThrow(
      'doctor: history must be a history of watch, with weights',
    );
    model.dispose();
  });
});

it('gradientNorms(model, batch, probes) is ‖R Wᵀ‖ in a linear model, R the projection', async () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
  });
  const batch = gaussian([4, 2], 1);
  const probe = { layer: model.layers[0]!, call: 0, shape: [4, 3] };
  const [measure] = gradientNorms(model, batch, [probe]);
  const r = tf.tensor2d(fillNormal(new Float32Array(8), randomKey(0)), [4, 2]);
  const [wanted] = await valuesOf(tf.tidy(() => tf.norm(tf.matMul(r, model.layers[1]!.getWeights()[0]!, false, true))));
  const [norm] = normsOf((await measure!.data()) as Float32Array);
  // Sums of 2 and 12 products in float32.
  expect(Math.abs(norm! / wanted! - 1)).toBeLessThan(20 * 2 ** -24);
  tf.dispose([batch, r, measure!]);
  model.dispose();
});
