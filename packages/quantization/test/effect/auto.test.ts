import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { loadStock, valuesOf } from '@weightkit/testing';
import { expect, test } from 'vitest';
import { compareOutputs, quantizeModel, type SensitivityProgress } from '../../src/index.ts';
import { bitsOf, normals, recurrentModel } from '../helpers.ts';

/** A classifier whose first kernel has an outlier, which 8 bits break. */
function classifier(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 16, inputShape: [8], activation: 'relu', name: 'first' }),
      tf.layers.dense({ units: 16, activation: 'relu', name: 'second' }),
      tf.layers.dense({ units: 4, activation: 'softmax', name: 'out' }),
    ],
  });
  for (const [i, weight] of weightsOf(model).entries()) {
    const count = weight.shape.reduce((a, b) => a * b, 1);
    const values = normals(count, weight.property === 'bias' ? 0.01 : 0.4, 0, 30 + i);
    if (weight.path === 'first/kernel') values[0] = 300;
    tf.tidy(() => weight.write(tf.tensor(values, weight.shape as number[])));
  }
  return model;
}

const bits = async (model: tf.LayersModel): Promise<number[][]> => {
  const all: number[][] = [];
  for (const weight of weightsOf(model)) all.push(bitsOf(await valuesOf(weight.read())));
  return all;
};

test('quantizeModel(model, {probes}) reports what stock says of the file, and leaves every bit of the model', async () => {
  const { model, x } = recurrentModel();
  const before = await bits(model);
  const tensors = tf.memory().numTensors;
  const { artifacts, report } = await quantizeModel(model, { dtype: 'uint8', probes: x });
  expect(tf.memory().numTensors).toBe(tensors);
  expect(await bits(model)).toEqual(before);
  const stock = await loadStock(artifacts);
  const effect = await compareOutputs(model, stock, { probes: x });
  expect(report.effect).toMatchObject({ probes: 3, from: 'given', agree: effect.agree });
  expect(report.effect!.relative).toBeGreaterThan(0);
  // The same values in the same ops.
  expect(Math.abs(report.effect!.largest - effect.largest)).toBeLessThan(1e-6);
  expect(report.effect!.layers.map(({ path }) => path)).toContain('lstm/cell');
  for (const one of [model, stock]) one.dispose();
  x.dispose();
});

test("quantizeModel(model, {dtype: 'auto', agree}) keeps the classes in fewer bytes than two for each weight", async () => {
  const model = classifier();
  const probes = tf.randomNormal([64, 8], 0, 1, 'float32', 3);
  const plain = (await quantizeModel(model, { dtype: 'uint8', probes })).report;
  const { report } = await quantizeModel(model, { dtype: 'auto', agree: 0.98, probes });
  expect(plain.effect!.agree).toBeLessThan(0.98);
  expect(report.effect!.agree).toBeGreaterThanOrEqual(0.98);
  expect(report.bytesAfter).toBeLessThan(report.bytesBefore / 2);
  expect(report.weights.find(({ path }) => path === 'first/kernel')?.dtype ?? 'float32').not.toBe('uint8');
  probes.dispose();
  model.dispose();
});

test("quantizeModel(model, {dtype: 'auto', bytes}) keeps the size, and errs less with more of it", async () => {
  const model = classifier();
  const changes: number[] = [];
  for (const bytes of [500, 1000, 1900]) {
    const { report } = await quantizeModel(model, { dtype: 'auto', bytes, probes: 16 });
    expect(report.bytesAfter).toBeLessThanOrEqual(bytes);
    changes.push(report.effect!.relative);
  }
  expect(changes[0]!).toBeGreaterThan(changes[1]!);
  expect(changes[1]!).toBeGreaterThan(changes[2]!);
  await expect(quantizeModel(model, { dtype: 'auto', bytes: 483, probes: 4 })).rejects.toThrow(
    'quantizeModel: bytes must be 484 or more for this model, got 483',
  );
  await expect(quantizeModel(model, { dtype: 'auto', bytes: 483, probes: 4 })).rejects.toMatchObject({ least: 484 });
  model.dispose();
});

test("quantizeModel(model, {dtype: 'auto', among}) chooses from these and float32 alone", async () => {
  const model = classifier();
  const probes = tf.randomNormal([64, 8], 0, 1, 'float32', 3);
  const auto = { dtype: 'auto', probes } as const;
  const dtypesOf = async (options: object) => {
    const { report } = await quantizeModel(model, { ...auto, ...options });
    const tried = new Set(report.sensitivity!.flatMap((one) => one.tried.map(({ dtype }) => dtype)));
    return { report, tried: [...tried], found: [...new Set(report.weights.map(({ dtype }) => dtype))] };
  };
  for (const dtype of ['uint16', 'float16', 'uint8'] as const)
    expect(await dtypesOf({ agree: 0, among: [dtype] })).toMatchObject({ tried: [dtype], found: [dtype] });
  const { report, found } = await dtypesOf({ agree: 0.98, among: ['uint8'] });
  expect(found).toEqual(['uint8']);
  // What 8 bits break stays.
  expect(report.skipped.map(({ path }) => path)).toContain('first/kernel');
  expect(report.effect!.agree).toBeGreaterThanOrEqual(0.98);
  // Two bytes for each of the 484 numbers, in any order of the list.
  await expect(quantizeModel(model, { ...auto, bytes: 900, among: ['float16', 'uint16'] })).rejects.toMatchObject({
    least: 968,
  });
  expect((await dtypesOf({ agree: 0.98, among: ['uint8', 'uint16', 'float16'] })).report.weights).toEqual(
    (await dtypesOf({ agree: 0.98 })).report.weights,
  );
  for (const one of [probes, model]) one.dispose();
});

test("quantizeModel(model, {dtype: 'auto', bytes}) says what each weight alone does, and takes what adds up to the least", async () => {
  const model = classifier();
  const probes = tf.tensor(normals(32 * 8, 1, 0, 3), [32, 8]);
  const { report } = await quantizeModel(model, { dtype: 'auto', bytes: 1000, probes });
  const sensitivity = report.sensitivity!;
  expect(sensitivity.map(({ path, bytes, probes: tried }) => [path, bytes, tried])).toEqual(
    weightsOf(model).map(({ path, shape }) => [path, 4 * shape.reduce((a, b) => a * b, 1), 32]),
  );
  const { tried } = sensitivity.find(({ path }) => path === 'second/kernel')!;
  expect(tried.map(({ bytes }) => bytes)).toEqual([512, 256]);
  for (const { dtype, relative, agree } of tried) {
    const { effect } = (await quantizeModel(model, { dtype, filter: 'second/kernel', probes })).report;
    expect([relative, agree]).toEqual([effect!.relative, effect!.agree]);
  }
  // All 3^6 ways, by the same numbers.
  const costs = sensitivity.map((one) => [
    { bytes: one.bytes, change: 0 },
    ...one.tried.map(({ bytes, relative }) => ({ bytes, change: relative ** 2 })),
  ]);
  const dtypes = new Map(report.weights.map(({ path, dtype }) => [path, dtype]));
  const ours = sensitivity.reduce((sum, { path, tried: all }) => {
    const one = all.find(({ dtype }) => dtype === dtypes.get(path));
    return sum + (one ? one.relative ** 2 : 0);
  }, 0);
  let least = Number.POSITIVE_INFINITY;
  for (let way = 0; way < 3 ** costs.length; way++) {
    const picked = costs.map((item, i) => item[Math.floor(way / 3 ** i) % 3]!);
    if (picked.reduce((sum, { bytes }) => sum + bytes, 0) <= 1000)
      least = Math.min(
        least,
        picked.reduce((sum, { change }) => sum + change, 0),
      );
  }
  // Six numbers in another order.
  expect(Math.abs(ours / least - 1)).toBeLessThan(1e-12);
  expect((await quantizeModel(model, { dtype: 'uint8' })).report.sensitivity).toBe(null);
  for (const one of [probes, model]) one.dispose();
});

test("quantizeModel(model, {dtype: 'auto', onProgress, signal}) says which weight was tried, and stops with the model as it was", async () => {
  const model = classifier();
  const before = await bits(model);
  const tensors = tf.memory().numTensors;
  const steps: string[] = [];
  const control = new AbortController();
  const onProgress = async ({ path, done, total }: SensitivityProgress) => {
    steps.push(`${path} ${done}/${total}`);
    if (done === 3) control.abort(new Error('stopped here'));
  };
  const options = { dtype: 'auto', bytes: 900, probes: 4, onProgress, signal: control.signal } as const;
  await expect(quantizeModel(model, options)).rejects.toThrow('stopped here');
  expect(steps).toEqual(['first/kernel 1/6', 'first/bias 2/6', 'second/kernel 3/6']);
  expect(await bits(model)).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
  const wrong = quantizeModel(model, { dtype: 'auto', onProgress: 3 as never });
  await expect(wrong).rejects.toThrow('quantizeModel: onProgress must be a function, got 3');
  model.dispose();
});

test('quantizeModel(parametrized, {probes}) measures over its parametrizations and leaves the raw weight', async () => {
  const model = classifier();
  const handle = parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 0.5) });
  const raw = bitsOf(await valuesOf(tf.clone(handle.raw)));
  const { artifacts, report } = await quantizeModel(model, { dtype: 'uint16', probes: 12 });
  expect(bitsOf(await valuesOf(tf.clone(handle.raw)))).toEqual(raw);
  const stock = await loadStock(artifacts);
  const effect = await compareOutputs(model, stock, { probes: 12 });
  expect(Math.abs(report.effect!.largest - effect.largest)).toBeLessThan(1e-6);
  stock.dispose();
  model.dispose();
});

test('quantizeModel(model) keeps above 8 bits what breaks in them', async () => {
  const { model, x } = recurrentModel();
  x.dispose();
  const dtypes = (await quantizeModel(model)).report.weights.map(({ path, dtype }) => [path, dtype]);
  const kept = dtypes.filter(([, dtype]) => dtype === 'uint8').map(([path]) => path);
  for (const path of kept) expect(path).toMatch(/^(conv|out)\/kernel$/);
  expect(Object.fromEntries(dtypes)).toMatchObject({ 'norm/gamma': 'float16', 'norm/movingVariance': 'float16' });
  const deep = tf.sequential({
    layers: [
      tf.layers.depthwiseConv2d({ kernelSize: 3, inputShape: [5, 5, 2], name: 'deep' }),
      tf.layers.separableConv2d({ filters: 3, kernelSize: 3, name: 'apart' }),
    ],
  });
  const of = new Map((await quantizeModel(deep)).report.weights.map(({ path, dtype }) => [path, dtype]));
  for (const path of ['deep/depthwiseKernel', 'apart/depthwiseKernel', 'deep/bias'])
    expect(of.get(path)).toBe('float16');
  for (const one of [model, deep]) one.dispose();
});

test('quantizeModel refuses goals that it cannot have', async () => {
  const model = classifier();
  const wrong = (options: object) => expect(quantizeModel(model, options)).rejects;
  await wrong({ agree: 0.9 }).toThrow("quantizeModel: agree must come with dtype: 'auto', got 0.9");
  await wrong({ dtype: 'uint8', bytes: 9 }).toThrow("quantizeModel: bytes must come with dtype: 'auto', got 9");
  await wrong({ onProgress: () => {} }).toThrow("quantizeModel: onProgress must come with dtype: 'auto'");
  await wrong({ among: ['uint8'] }).toThrow("quantizeModel: among must come with dtype: 'auto'");
  for (const among of ['uint8', [], ['uint8', 'int4'], new Array(1), { 0: 'uint8', length: 1 }])
    await wrong({ dtype: 'auto', among }).toThrow('quantizeModel: among must be a list of uint8, uint16 or float16');
  await wrong({ dtype: 'auto', agree: 1.1 }).toThrow('quantizeModel: agree must be in 0..1, got 1.1');
  await wrong({ dtype: 'auto', agree: 0.9, bytes: 900 }).toThrow('quantizeModel: options must have agree or bytes');
  await wrong({ dtype: 'auto', bytes: 0 }).toThrow('quantizeModel: bytes must be a positive integer, got 0');
  model.dispose();
});
