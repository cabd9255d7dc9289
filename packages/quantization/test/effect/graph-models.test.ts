import * as tf from '@tensorflow/tfjs';
import { checkpointOf, weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { expect, test } from 'vitest';
import { quantizeCheckpoint } from '../../src/checkpoint.ts';
import { compareOutputs, quantizeModel } from '../../src/index.ts';
import { deepGraph, graphClassifier } from '../graph-model.ts';
import { bitsOf, normals } from '../helpers.ts';

const bits = async (model: tf.GraphModel): Promise<number[][]> => {
  const all: number[][] = [];
  for (const weight of weightsOf(model)) all.push(bitsOf(await valuesOf(weight.read())));
  return all;
};

const loaded = (artifacts: tf.io.ModelArtifacts): Promise<tf.GraphModel> =>
  tf.loadGraphModel(tf.io.fromMemory(artifacts));

test("quantizeModel(graph, {dtype: 'auto', agree}) keeps the classes, and stock predicts what the report says", async () => {
  const model = await graphClassifier();
  const before = await bits(model);
  const probes = { values: normals(64 * 8), shape: [64, 8] };
  const plain = await quantizeModel(model, { dtype: 'uint8', probes });
  expect(plain.report.effect!.agree).toBeLessThan(0.98);
  const { artifacts, report } = await quantizeModel(model, { dtype: 'auto', agree: 0.98, probes });
  expect(report.effect).toMatchObject({ probes: 64, from: 'given', layers: [] });
  expect(report.effect!.agree).toBeGreaterThanOrEqual(0.98);
  expect(report.bytesAfter).toBeLessThan(report.bytesBefore);
  expect(report.skipped.find(({ path }) => path === 'shape')?.reason).toBe('int32: only float32 is quantized');
  expect(await bits(model)).toEqual(before);
  const stock = await loaded(artifacts);
  const effect = await compareOutputs(model, stock, { probes });
  expect(effect.agree).toBe(report.effect!.agree);
  // The same values in the same ops.
  expect(Math.abs(effect.largest - report.effect!.largest)).toBeLessThan(1e-6);
  for (const one of [model, stock]) one.dispose();
});

test("quantizeModel(graph, {dtype: 'auto', bytes}) keeps the size, leaks nothing and leaves the model", async () => {
  const model = await graphClassifier();
  const before = await bits(model);
  const run = () => quantizeModel(model, { dtype: 'auto', bytes: 500, probes: 8 });
  const { report } = await run();
  expect(report.bytesAfter).toBeLessThanOrEqual(500);
  expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
  expect(await bits(model)).toEqual(before);
  await expect(quantizeModel(model, { dtype: 'auto', bytes: 9, probes: 8 })).rejects.toThrow(
    'quantizeModel: bytes must be 216 or more for this model, got 9',
  );
  model.dispose();
});

test('quantizeModel(graph) and quantizeCheckpoint choose the same data types', async () => {
  const model = await graphClassifier();
  // Two numbers, of which 8 bits hold both.
  const plain = tf.tensor2d(
    normals(64).map((x) => (x > 0 ? 0.5 : 0)),
    [16, 4],
  );
  weightsOf(model, 'k2')[0]!.write(plain);
  plain.dispose();
  const { report } = await quantizeModel(model);
  const file = await quantizeCheckpoint(checkpointOf(model));
  expect(report.weights.map(({ name, dtype }) => [name, dtype])).toEqual(
    file.report.quantized.map(({ name, dtype }) => [name, dtype]),
  );
  expect(report.weights.map(({ dtype }) => dtype)).toEqual(['float16', 'float16', 'uint8']);
  model.dispose();
});

test('compareOutputs takes numbers in lists and numbers with a shape as it takes tensors', async () => {
  const [model, other] = [await graphClassifier(), await graphClassifier()];
  const w = tf.tensor2d(normals(64, 0.4, 0, 9), [16, 4]);
  weightsOf(other, 'k2')[0]!.write(w);
  w.dispose();
  const values = normals(5 * 8);
  const x = tf.tensor2d(values, [5, 8]);
  const wanted = await compareOutputs(model, other, { probes: x });
  expect(wanted.relative).toBeGreaterThan(0.1);
  const nested = Array.from({ length: 5 }, (_, i) => [...values.subarray(8 * i, 8 * i + 8)]);
  for (const probes of [nested, { values, shape: [5, 8] }, [{ values, shape: [5, 8] }], [x]]) {
    expect(await compareOutputs(model, other, { probes })).toEqual(wanted);
    expect(await leakOf(() => compareOutputs(model, other, { probes }))).toEqual({ tensors: 0, variables: 0 });
  }
  x.dispose();
  const wrong = (probes: unknown) => expect(compareOutputs(model, other, { probes: probes as never })).rejects;
  await wrong([[1, 2], [3]]).toThrow('compareOutputs: probes[1] must have length 2, got 1');
  await wrong([[1, 2, '3', 4, 5, 6, 7, 8]]).toThrow('compareOutputs: probes[0][2] must be a number, got "3"');
  await wrong([[1, 2]]).toThrow('compareOutputs: probes must have shape [-1,8], got [1, 2]');
  await wrong({ values, shape: [4, 8] }).toThrow('compareOutputs: probes.shape must have as many entries as values');
  await wrong({ values: nested, shape: [5, 8] }).toThrow('compareOutputs: probes.values must be a Float32Array');
  for (const one of [model, other]) one.dispose();
});

test('compareOutputs says how far it is, and stops where it is told to', async () => {
  const model = await graphClassifier();
  const steps: number[] = [];
  await compareOutputs(model, model, { probes: 300, onProgress: ({ done, total }) => void steps.push(done, total) });
  expect(steps.at(-1)).toBe(steps.at(-2));
  expect(steps.filter((_, i) => i % 2 === 0)).toEqual([128, 256, 384, 512, 640, 768]);
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('enough'));
  await expect(compareOutputs(model, model, { probes: 300, onProgress, signal: controller.signal })).rejects.toThrow(
    'enough',
  );
  model.dispose();
});

test('quantizeModel(model, {range}) gives codes that clip, within a bound that holds', async () => {
  const model = await graphClassifier();
  const options = { dtype: 'uint8', filter: 'k1', probes: 32 } as const;
  const plain = (await quantizeModel(model, options)).report;
  for (const range of ['mse', 'octav', 'percentile'] as const) {
    const { report } = await quantizeModel(model, {
      ...options,
      range,
      ...(range === 'percentile' && { percentile: 98 }),
    });
    const [weight] = report.weights;
    expect(report.certificate).toBeLessThanOrEqual(1);
    expect(weight!.bound).toBeGreaterThan(0);
    if (range === 'mse') expect(weight!.sqnr).toBeGreaterThanOrEqual(plain.weights[0]!.sqnr);
  }
  const wrong = (rest: object) => expect(quantizeModel(model, { ...options, ...rest })).rejects;
  await wrong({ range: 'best' }).toThrow('quantizeModel: range must be among minmax,percentile,mse,entropy,octav');
  await wrong({ percentile: 99 }).toThrow('quantizeModel: percentile must come with the range percentile');
  await wrong({ range: 'percentile', percentile: 0 }).toThrow('quantizeModel: percentile must be above 0, 100 at most');
  model.dispose();
});

test("quantizeModel(graph, {dtype: 'auto'}) measures each weight from where it is used, with what all of the model has", async () => {
  const model = await deepGraph(6);
  const before = await bits(model);
  const probes = { values: normals(32 * 8), shape: [32, 8] };
  const fed: string[] = [];
  const { execute } = model;
  model.execute = (inputs, outputs) => {
    fed.push(...Object.keys(inputs as tf.NamedTensorMap));
    return execute.call(model, inputs, outputs);
  };
  const options = { dtype: 'auto', bytes: 800, probes } as const;
  const { report } = await quantizeModel(model, options);
  // What follows a block is run on what it gave, and `early` is done by then.
  expect(fed).toContain('h4');
  model.execute = execute;
  expect(report.sensitivity).toHaveLength(11);
  for (const { path, tried, probes: count } of report.sensitivity!) {
    expect([count, tried.length]).toEqual([32, 2]);
    for (const { dtype, relative, agree } of tried) {
      const { effect } = (await quantizeModel(model, { dtype, filter: path, probes })).report;
      expect([path, relative, agree]).toEqual([path, effect!.relative, effect!.agree]);
    }
  }
  expect(await leakOf(() => quantizeModel(model, options))).toEqual({ tensors: 0, variables: 0 });
  expect(await bits(model)).toEqual(before);
  model.dispose();
});

test("quantizeModel(graph, {dtype: 'auto'}) tries many weights on fewer probes, keeps the classes of all, and stops with nothing changed", async () => {
  const model = await deepGraph(24);
  const before = await bits(model);
  const probes = { values: normals(64 * 8), shape: [64, 8] };
  // A batch is run whole: it is made small by a model that takes 3 examples.
  model.inputs[0]!.shape![0] = 1;
  const { report } = await quantizeModel(model, { dtype: 'auto', agree: 0.95, probes });
  // 47 weights with two types each: 1024 / 94 examples.
  expect(new Set(report.sensitivity!.map((one) => one.probes))).toEqual(new Set([10]));
  expect(report.effect).toMatchObject({ probes: 64 });
  expect(report.effect!.agree).toBeGreaterThanOrEqual(0.95);
  for (const { relative, classes } of report.effect!.outputs) if (!classes) expect(relative).toBeLessThanOrEqual(0.05);
  const control = new AbortController();
  const tensors = tf.memory().numTensors;
  const stopped = quantizeModel(model, {
    dtype: 'auto',
    probes,
    signal: control.signal,
    onProgress: ({ done }) => {
      if (done === 30) control.abort(new Error('stopped here'));
    },
  });
  await expect(stopped).rejects.toThrow('stopped here');
  expect(tf.memory().numTensors).toBe(tensors);
  expect(await bits(model)).toEqual(before);
  model.dispose();
});
