import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, isKernel, parametrize, weightsOf } from '@weightkit/core';
import { artifactsOf, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import { type DtypeOption, dequantize, fakeQuantize, quantize, quantizeModel } from '../../src/index.ts';
import { base64, bitsOf, floats, golden, normals, recurrentModel } from '../helpers.ts';
import { predictionBound } from './prediction-bound.ts';

const dense = (seed = 1) => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, inputShape: [4], activation: 'relu', name: 'hidden' }),
      tf.layers.dense({ units: 3, name: 'out' }),
    ],
  });
  for (const [i, weight] of weightsOf(model).entries()) {
    const count = weight.shape.reduce((a, b) => a * b, 1);
    tf.tidy(() => weight.write(tf.tensor(normals(count, 1, 0, seed + i), weight.shape as number[])));
  }
  return model;
};

async function valuesByPath(model: tf.LayersModel): Promise<Map<string, Float32Array>> {
  const all = new Map<string, Float32Array>();
  for (const weight of weightsOf(model)) all.set(weight.path, await valuesOf(weight.read()));
  return all;
}

const predict = (model: tf.LayersModel, x: tf.Tensor) => valuesOf(model.predict(x) as tf.Tensor);

describe('quantizeModel: the file', () => {
  interface Case {
    flags: Record<string, true | string | string[]>;
    data: Record<string, string>;
    entries: unknown[];
    bytes: string;
  }
  const options: DtypeOption[] = [
    'uint8',
    'uint16',
    'float16',
    { '*/kernel': 'uint8', '**': 'float16' },
    { 'hidden/*': 'uint16' },
  ];

  test.each(golden<Case>('manifest').map((c, i) => ({ ...c, dtype: options[i]! })))(
    'quantizeModel(model, {dtype: $dtype}) writes the manifest and the bytes of the converter',
    async (c) => {
      const model = dense();
      for (const weight of weightsOf(model))
        tf.tidy(() => weight.write(tf.tensor(floats(c.data[weight.path]!), weight.shape as number[])));
      const { artifacts } = await quantizeModel(model, { dtype: c.dtype });
      // As text, so that the order of the keys and every digit count; the converter's -0 is 0 in JSON.
      expect(JSON.stringify(artifacts.weightSpecs)).toBe(JSON.stringify(c.entries));
      expect(base64(new Uint8Array(artifacts.weightData as ArrayBuffer))).toBe(c.bytes);
      model.dispose();
    },
  );

  test('quantizeModel(model) keeps everything of the file but the weights', async () => {
    const model = dense();
    model.setUserDefinedMetadata({ labels: ['a', 'b'] });
    const plain = await artifactsOf((handler) => model.save(handler));
    const { artifacts } = await quantizeModel(model);
    const { weightSpecs: _s, weightData: _d, ...rest } = artifacts;
    const { weightSpecs, weightData, ...plainRest } = plain;
    expect(rest).toEqual(plainRest);
    expect(artifacts.weightSpecs!.map(({ quantization: _, ...spec }) => spec)).toEqual(weightSpecs);
    model.dispose();
  });

  test('quantizeModel(model) has exactly a quarter of the bytes in uint8, half in uint16 and float16', async () => {
    const { model, x } = recurrentModel();
    for (const [dtype, share] of [
      ['uint8', 4],
      ['uint16', 2],
      ['float16', 2],
    ] as const) {
      const { artifacts, report } = await quantizeModel(model, { dtype });
      expect(report.bytesBefore).toBe(4 * model.countParams());
      expect(report.bytesAfter).toBe(report.bytesBefore / share);
      expect((artifacts.weightData as ArrayBuffer).byteLength).toBe(report.bytesAfter);
      expect(report.weights.reduce((sum, w) => sum + w.bytesAfter, 0)).toBe(report.bytesAfter);
    }
    model.dispose();
    x.dispose();
  });
});

describe('quantizeModel: reloaded in stock TensorFlow.js', () => {
  test.each(['uint8', 'uint16', 'float16'] as const)(
    'quantizeModel(conv + norm + LSTM, {dtype: %s}) loads with the decoded weights and predicts within the bound',
    async (dtype) => {
      const { model, x } = recurrentModel();
      const { artifacts, report } = await quantizeModel(model, { dtype });
      const stock = await loadStock(artifacts);
      const before = await valuesByPath(model);
      const after = await valuesByPath(stock);
      for (const [path, values] of before)
        expect(bitsOf(after.get(path)!)).toEqual(bitsOf(dequantize(quantize(values, { dtype }))));

      const bound = await predictionBound(model, report);
      const change = maxAbsDifference(await predict(model, x), await predict(stock, x));
      expect(change).toBeGreaterThan(0);
      // 1e-6 for float32 in the predictions, whose values stay below 4.
      expect(change).toBeLessThanOrEqual(bound + 1e-6);
      // The bound says something: outputs have the size of 0.1.
      expect(bound).toBeLessThan({ uint8: 0.1, uint16: 4e-4, float16: 0.02 }[dtype]);

      expect(report.certificate).toBeGreaterThan(0.5);
      expect(report.certificate).toBeLessThanOrEqual(1);
      for (const [path, values] of before) {
        const entry = report.weights.find((weight) => weight.path === path)!;
        expect(entry.parameters).toBe(values.length);
        expect(entry.maxError).toBe(maxAbsDifference(values, after.get(path)!));
      }
      tf.dispose(x);
      model.dispose();
      stock.dispose();
    },
  );

  test('quantizeModel(model with frozen layers) keeps every weight with its path: frozen weights come last in the file', async () => {
    const model = dense();
    model.layers[0]!.trainable = false;
    const { artifacts, report } = await quantizeModel(model, { dtype: { 'hidden/*': 'uint16', '**': 'float16' } });
    expect(report.weights.map(({ path, dtype }) => `${path} ${dtype}`)).toEqual([
      'out/kernel float16',
      'out/bias float16',
      'hidden/kernel uint16',
      'hidden/bias uint16',
    ]);
    const stock = await loadStock(artifacts);
    const after = await valuesByPath(stock);
    for (const [path, values] of await valuesByPath(model))
      expect(after.get(path)).toEqual(
        dequantize(quantize(values, { dtype: path.startsWith('hidden') ? 'uint16' : 'float16' })),
      );
    model.dispose();
    stock.dispose();
  });

  test('quantizeModel(nested and shared layers) stores each weight once, under its path', async () => {
    const shared = tf.layers.dense({ units: 3, name: 'shared' });
    const inner = tf.sequential({
      name: 'inner',
      layers: [tf.layers.dense({ units: 3, inputShape: [3], name: 'deep' })],
    });
    const input = tf.input({ shape: [3] });
    const once = shared.apply(inner.apply(shared.apply(input))) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: once });
    const { artifacts, report } = await quantizeModel(model, { dtype: 'uint16' });
    expect(report.weights.map(({ path }) => path).sort()).toEqual([
      'inner/deep/bias',
      'inner/deep/kernel',
      'shared/bias',
      'shared/kernel',
    ]);
    const stock = await loadStock(artifacts);
    const x = tf.ones([2, 3]);
    // Weights within scale / 2 = 2e-5; three layers of 3 units with weights below 1 sum fewer than 100 of these.
    expect(maxAbsDifference(await predict(model, x), await predict(stock, x))).toBeLessThan(2e-3);
    tf.dispose(x);
    model.dispose();
    stock.dispose();
  });

  test('quantizeModel(some weights) puts float32 at odd offsets, which stock loads', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [3], name: 'odd' })] });
    const { artifacts, report } = await quantizeModel(model, { filter: isKernel });
    expect(report.bytesAfter).toBe(9 + 12);
    expect(report.skipped).toEqual([
      { path: 'odd/bias', name: 'odd/bias', dtype: 'float32', bytes: 12, reason: 'left out by filter' },
    ]);
    tf.tidy(() => weightsOf(model, 'odd/bias')[0]!.write(tf.tensor1d([0.1, 0.2, 0.3])));
    const stock = await loadStock((await quantizeModel(model, { filter: isKernel })).artifacts);
    expect((await valuesByPath(stock)).get('odd/bias')).toEqual(Float32Array.of(0.1, 0.2, 0.3));
    expect((artifacts.weightData as ArrayBuffer).byteLength).toBe(21);
    model.dispose();
    stock.dispose();
  });

  test.each(['uint8', 'uint16', 'float16'] as const)(
    'quantizeModel(pruned model, {dtype: %s}) keeps every zero and makes no other of the large weights',
    async (dtype) => {
      const model = dense();
      // Two of three entries pruned, the rest at 0.1 or more, farther from 0 than a step.
      const far = (x: number) => x + Math.sign(x) * 0.1;
      for (const weight of weightsOf(model, isKernel)) {
        const values = (await valuesOf(weight.read())).map((x, i) => (i % 3 ? 0 : far(x)));
        tf.tidy(() => weight.write(tf.tensor(values, weight.shape as number[])));
      }
      const { artifacts, report } = await quantizeModel(model, { dtype });
      const stock = await loadStock(artifacts);
      const zeros = (values: Float32Array) => values.filter((x) => x === 0).length;
      const after = await valuesByPath(stock);
      expect(zeros(after.get('hidden/kernel')!)).toBe(16);
      expect(zeros(after.get('out/kernel')!)).toBe(12);
      expect(report.weights[0]).toMatchObject({ path: 'hidden/kernel', zeros: 16, zerosKept: 16 });
      model.dispose();
      stock.dispose();
    },
  );
});

describe('quantizeModel: parametrizations and training', () => {
  test('quantizeModel(parametrized model) stores the effective weight and no extra variables', async () => {
    const model = dense();
    const kernel = model.layers[0]!;
    const handle = parametrize(kernel, 'kernel', {
      forward: (raw, { gain }) => tf.mul(raw, gain!),
      rightInverse: (value) => tf.clone(value),
      variables: { gain: () => tf.scalar(3) },
    });
    const { artifacts, report } = await quantizeModel(model, { dtype: 'uint16' });
    expect(artifacts.weightSpecs).toHaveLength(4);
    expect(report.weights.map(({ path }) => path)).toEqual(['hidden/kernel', 'hidden/bias', 'out/kernel', 'out/bias']);
    const stock = await loadStock(artifacts);
    const effective = await valuesOf(handle.value());
    expect((await valuesByPath(stock)).get('hidden/kernel')).toEqual(
      dequantize(quantize(effective, { dtype: 'uint16' })),
    );
    expect(handle.installed).toBe(true);
    stock.dispose();
    model.dispose();
  });

  test('quantizeModel(model trained with fakeQuantize) predicts in stock what the training saw', async () => {
    const model = dense();
    for (const layer of model.layers) parametrize(layer, 'kernel', { forward: (raw) => fakeQuantize(raw) });
    model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
    const x = tf.randomUniform([16, 4], -1, 1, 'float32', 3);
    const y = tf.randomUniform([16, 3], -1, 1, 'float32', 4);
    await model.fit(x, y, { epochs: 3, verbose: 0, shuffle: false });
    const stock = await loadStock((await quantizeModel(model, { filter: isKernel })).artifacts);
    const plain = await loadStock((await quantizeModel(model, { dtype: 'float16', filter: 'out/bias' })).artifacts);
    // Kernels are on the grid already: what is left is float32 rounding of grids of magnitude < 4, 2^-20 · 4 a weight, times
    // 4 and 6 inputs below 10. The plain uint8 error is a thousand times that.
    expect(maxAbsDifference(await predict(model, x), await predict(stock, x))).toBeLessThan(5e-4);
    expect((await valuesByPath(plain)).get('hidden/kernel')).toEqual((await valuesByPath(model)).get('hidden/kernel'));
    tf.dispose([x, y]);
    for (const m of [model, stock, plain]) m.dispose();
  });

  test('quantizeModel(model) leaves every bit of the model, and no tensors', async () => {
    const { model, x } = recurrentModel();
    const before = base64(new Uint8Array((await foldedArtifacts(model)).weightData as ArrayBuffer));
    const predicted = await predict(model, x);
    const leak = await leakOf(() => quantizeModel(model, { dtype: { '**/kernel': 'float16', '**': 'uint8' } }));
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(base64(new Uint8Array((await foldedArtifacts(model)).weightData as ArrayBuffer))).toBe(before);
    expect(await predict(model, x)).toEqual(predicted);
    tf.dispose(x);
    model.dispose();
  });
});

describe('quantizeModel: refusals', () => {
  test.each([Number.NaN, Number.NEGATIVE_INFINITY])(
    'quantizeModel(model with %d) names path and index, and leaks nothing',
    async (bad) => {
      const model = dense();
      tf.tidy(() => weightsOf(model, 'out/bias')[0]!.write(tf.tensor1d([1, bad, bad])));
      const tensors = tf.memory().numTensors;
      await expect(quantizeModel(model)).rejects.toThrow(
        new RangeError(`quantizeModel: values must be finite, got ${bad} at out/bias[1]`),
      );
      expect(tf.memory().numTensors).toBe(tensors);
      // Where it is stored as it is, it is the caller's affair.
      const { report } = await quantizeModel(model, { filter: 'hidden/*' });
      expect(report.skipped.map(({ path }) => path)).toEqual(['out/kernel', 'out/bias']);
      model.dispose();
    },
  );

  test('quantizeModel(large weights, float16) names the weight that does not fit', async () => {
    const model = dense();
    tf.tidy(() => weightsOf(model, 'out/bias')[0]!.write(tf.tensor1d([1, 2, 7e4])));
    await expect(quantizeModel(model, { dtype: 'float16' })).rejects.toThrow(
      'quantizeModel: values must stay finite in float16 (use another dtype or leave the weight out), got 70000 at out/bias[2]',
    );
    expect(
      (await quantizeModel(model, { dtype: { 'out/bias': 'uint16', '**': 'float16' } })).report.certificate,
    ).toBeLessThanOrEqual(1);
    model.dispose();
  });

  test('quantizeModel(int32 weights) stores them as they are and says so', async () => {
    class Counter extends tf.layers.Layer {
      static className = 'WeightkitQuantizationCounter';
      override build(): void {
        this.addWeight('count', [3], 'int32', tf.initializers.ones(), undefined, false);
        this.built = true;
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return Array.isArray(inputs) ? inputs[0]! : inputs;
      }
    }
    tf.serialization.registerClass(Counter);
    const model = dense();
    model.add(new Counter({ name: 'counter' }));
    const { artifacts, report } = await quantizeModel(model, { dtype: 'uint16' });
    expect(report.skipped).toMatchObject([
      { path: 'counter/count', dtype: 'int32', bytes: 12, reason: 'int32: only float32 is quantized' },
    ]);
    expect(report.bytesAfter).toBe((report.bytesBefore - 12) / 2 + 12);
    const stock = await loadStock(artifacts);
    const count = stock.getLayer('counter').getWeights()[0]!;
    expect([count.dtype, [...(await count.data())]]).toEqual(['int32', [1, 1, 1]]);
    model.dispose();
    stock.dispose();
  });

  test('quantizeModel refuses unknown options, data types, filters that match nothing and names that come twice', async () => {
    const model = dense();
    await expect(quantizeModel(model, { bits: 8 } as object)).rejects.toThrow(
      'options must be among dtype, filter, rename, probes, agree, among, bytes, range, percentile, onProgress, signal, got "bits"',
    );
    await expect(quantizeModel(model, { dtype: 'int8' as 'uint8' })).rejects.toThrow(TypeError);
    await expect(quantizeModel(model, { filter: 'none' })).rejects.toThrow(RangeError);
    for (const other of [null, undefined, { modelSignature: undefined, weights: {} }, model.layers[0]])
      await expect(quantizeModel(other as unknown as tf.LayersModel)).rejects.toThrow(
        /^quantizeModel: model must be a LayersModel, got /,
      );
    model.dispose();
    // A name of this test's own: TensorFlow.js numbers those that another test of the page has used.
    const nested = (name: string) =>
      tf.sequential({ name, layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'twin' })] });
    const twice = tf.sequential({ layers: [nested('a'), nested('b')] });
    await expect(quantizeModel(twice)).rejects.toThrow(/^quantizeModel: weight names must be unique/);
    const { artifacts, report } = await quantizeModel(twice, { rename: true, dtype: 'uint16' });
    expect(report.weights.map(({ path, name }) => [path, name])).toEqual([
      ['a/twin/kernel', 'twin/kernel'],
      ['a/twin/bias', 'twin/bias'],
      ['b/twin/kernel', 'twin_1/kernel'],
      ['b/twin/bias', 'twin_1/bias'],
    ]);
    const again = await loadStock(artifacts);
    const x = tf.ones([1, 2]);
    const [want, got] = [twice, again].map((model) => model.predict(x) as tf.Tensor);
    const values = await valuesOf(got!);
    for (const [i, value] of (await valuesOf(want!)).entries()) expect(values[i]).toBeCloseTo(value, 4);
    tf.dispose([x, want!, got!]);
    for (const model of [twice, again]) model.dispose();
  });
});
