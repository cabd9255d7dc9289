import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { artifactsOf, hasKernel, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { constrain, standardizeWeight, weightStandardization } from '../../src/index.ts';
import golden from '../golden/standardize-weight.json' with { type: 'json' };

const predicted = (m: tf.LayersModel, x: tf.Tensor): Promise<Float32Array> => valuesOf(m.predict(x) as tf.Tensor);
const read = (m: tf.LayersModel): Promise<Float32Array> => valuesOf(weightsOf(m, '**/kernel')[0]!.read());
const dense = (): tf.Sequential =>
  tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [3], useBias: false, name: 'a' })] });

const builds: Record<
  string,
  { layer: () => tf.layers.Layer; input: number[]; property?: string; axis?: number | number[]; train?: string }
> = {
  dense: { layer: () => tf.layers.dense({ units: 4, inputShape: [3] }), input: [2, 3] },
  conv2d: {
    layer: () => tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2] }),
    input: [2, 4, 4, 2],
    train: 'Conv2DBackpropFilter',
  },
  conv2dTranspose: {
    layer: () => tf.layers.conv2dTranspose({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2] }),
    input: [2, 4, 4, 2],
    axis: 2,
    train: 'Conv2DBackpropFilter',
  },
  depthwise: {
    layer: () => tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, inputShape: [4, 4, 2] }),
    input: [2, 4, 4, 2],
    property: 'depthwiseKernel',
    axis: [2, 3],
    train: 'DepthwiseConv2dNativeBackpropFilter',
  },
  embedding: {
    layer: () => tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2 }),
    input: [2, 2],
    property: 'embeddings',
    train: 'UnsortedSegmentSum',
  },
  lstm: {
    layer: () => tf.layers.lstm({ units: 2, inputShape: [3, 2], recurrentInitializer: 'glorotNormal' }),
    input: [2, 3, 2],
    property: 'recurrentKernel',
  },
};

describe('weightStandardization', () => {
  for (const { call, scaled, lr, steps, kernel, x, y, weight, gain } of golden.training)
    it(`weightStandardization, scaled ${scaled}: training ends where torch's does: ${call}`, async () => {
      const m = dense();
      m.setWeights([tf.tensor2d(kernel, [3, 4])]);
      const handle = weightStandardization(m.layers[0]!, { scaled });
      expect([handle.kind, handle.needsRecompile]).toEqual(['weightStandardization', scaled]);
      m.compile({ optimizer: tf.train.sgd(lr), loss: 'meanSquaredError' });
      const [inputs, targets] = [tf.tensor2d(x, [6, 3]), tf.tensor2d(y, [6, 4])];
      await m.fit(inputs, targets, { epochs: steps, batchSize: 6, shuffle: false, verbose: 0 });
      // As of one step, 2^-17, which five steps carry on.
      expect(maxAbsDifference(await valuesOf(handle.value()), weight)).toBeLessThan(2 ** -14);
      if (gain) expect(maxAbsDifference(await valuesOf(handle.variables.gain!.clone()), gain)).toBeLessThan(2 ** -14);
    });

  for (const scaled of [false, true])
    for (const [name, { layer, input, property, axis = -1, train }] of Object.entries(builds))
      it(`weightStandardization on ${name}, scaled ${scaled}: standardizes its units, trains, folds and saves as stock tfjs predicts bit for bit`, async () => {
        const m = tf.sequential({ layers: [layer()] });
        const x = name === 'embedding' ? tf.tensor2d([0, 1, 2, 4], [2, 2]) : tf.randomNormal(input, 0, 1, 'float32', 7);
        const handle = weightStandardization(m.layers[0]!, { scaled, ...(property ? { property } : {}) });
        const wanted = await valuesOf(standardizeWeight(handle.raw, { axis, scaled }));
        expect(maxAbsDifference(await valuesOf(handle.value()), wanted)).toBe(0);
        if (!train || hasKernel(train)) {
          m.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
          const y = tf.tidy(() => tf.onesLike(m.predict(x) as tf.Tensor));
          await m.fit(x, y, { epochs: 2, verbose: 0 });
          expect(maxAbsDifference(await valuesOf(handle.value()), wanted)).toBeGreaterThan(0);
          if (scaled) expect((await valuesOf(handle.variables.gain!.clone())).some((one) => one !== 1)).toBe(true);
        }
        const trained = await predicted(m, x);
        expect(await predicted(await loadStock(await foldedArtifacts(m)), x)).toEqual(trained);
        handle.fold();
        expect(await predicted(m, x)).toEqual(trained);
        expect(await predicted(await loadStock(await artifactsOf((to) => m.save(to))), x)).toEqual(trained);
      });

  it('weightStandardization: restore leaves the raw weight bit for bit and nothing else; nothing leaks', async () => {
    const leak = await leakOf(async () => {
      const m = dense();
      const before = await read(m);
      for (const scaled of [false, true]) {
        weightStandardization(m.layers[0]!, { scaled }).restore();
        expect(await read(m)).toEqual(before);
      }
      expect(parametrizationsOf(m)).toEqual([]);
      expect(m.weights.length).toBe(1);
      weightStandardization(m.layers[0]!, { gain: true }).fold();
      m.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });

  for (const options of [{ gain: true }, { scaled: true }, { scaled: true, gamma: 1.7 }])
    it(`weightStandardization with ${JSON.stringify(options)} begins with a gain of 1 and keeps what is written up to its means`, async () => {
      const m = dense();
      const handle = weightStandardization(m.layers[0]!, options);
      expect(await valuesOf(handle.variables.gain!.clone())).toEqual(new Float32Array(4).fill(1));
      // Columns: mean 1; mean 0; equal entries; mean 0 and small.
      const w = tf.tensor2d([0, 4, 5, 1e-5, 1, -3, 5, -3e-5, 2, -1, 5, 2e-5], [3, 4]);
      weightsOf(m)[0]!.write(w);
      const wanted = [-1, 4, 0, 1e-5, 0, -3, 0, -3e-5, 1, -1, 0, 2e-5];
      // A quotient and a product by the same deviation, and the sums of three that it is of.
      for (const [i, one] of (await read(m)).entries())
        expect(Math.abs(one - wanted[i]!)).toBeLessThanOrEqual(2 ** -18 * Math.abs(i % 4 === 3 ? 3e-5 : 4));
    });

  it('weightStandardization of a constant kernel trains without NaN, with the constant gone', async () => {
    for (const scaled of [false, true]) {
      const m = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], kernelInitializer: 'ones' })] });
      const handle = weightStandardization(m.layers[0]!, { scaled });
      expect(await valuesOf(handle.value())).toEqual(new Float32Array(6));
      m.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
      await m.fit(tf.tensor2d([1, 2, 3, 0, 1, 5], [2, 3]), tf.ones([2, 2]), { epochs: 3, verbose: 0 });
      const values = await valuesOf(handle.value());
      expect(values.every(Number.isFinite) && values.some((one) => one !== 0)).toBe(true);
    }
  });

  it('weightStandardization goes below a mask, which keeps its zeros, and in a shared layer has one state', async () => {
    const inner = tf.layers.dense({ units: 3, inputShape: [3], name: 'shared' });
    const input = tf.input({ shape: [3] });
    const m = tf.model({ inputs: input, outputs: inner.apply(inner.apply(input)) as tf.SymbolicTensor });
    weightStandardization(inner, { scaled: true });
    const mask = tf.tensor2d([0, 1, 1, 1, 0, 1, 1, 1, 0], [3, 3]);
    const above = parametrize(inner, 'kernel', { forward: (w) => tf.mul(w, mask), rightInverse: (w) => w });
    m.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
    const x = tf.randomNormal([4, 3], 0, 1, 'float32', 2);
    await m.fit(x, tf.ones([4, 3]), { epochs: 2, verbose: 0 });
    const values = await valuesOf(above.value());
    expect([0, 4, 8].map((i) => Math.abs(values[i]!))).toEqual([0, 0, 0]);
    expect(await predicted(await loadStock(await foldedArtifacts(m)), x)).toEqual(await predicted(m, x));
  });

  it('weightStandardization refuses what it cannot standardize, and changes nothing', async () => {
    const m = dense();
    const handle = weightStandardization(m.layers[0]!);
    const one = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [1], name: 'b' })] });
    const held = dense();
    const constraint = await constrain(held, [{ constraint: 'unitNorm' }]);
    const count = tf.memory().numTensors;
    for (const [call, message] of [
      [
        () => weightStandardization(m.layers[0]!),
        'weightStandardization: weight must not be standardized already, got a/kernel',
      ],
      [
        () => weightStandardization(one.layers[0]!),
        'weightStandardization: units of b/kernel must have two entries or more, for one is its mean, got 1',
      ],
      [() => weightStandardization(one.layers[0]!, { property: 'none' }), 'property must name one weight of b'],
      [() => weightStandardization(one.layers[0]!, { gain: 1 as never }), 'gain must be true or false, got 1'],
      [() => weightStandardization(held.layers[0]!), 'weight must not be constrained, got a/kernel with unitNorm'],
    ] as const)
      expect(call).toThrow(message);
    expect(tf.memory().numTensors).toBe(count);
    handle.restore();
    constraint.restore();
  });
});
