import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { artifactsOf, hasKernel, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { spectralNorm, spectralVectors, weightNorm } from '../../src/index.ts';

const predicted = (m: tf.LayersModel, x: tf.Tensor): Promise<Float32Array> => valuesOf(m.predict(x) as tf.Tensor);
const compile = (m: tf.LayersModel): void => m.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
const oneLayer = (layer: tf.layers.Layer): tf.Sequential => tf.sequential({ layers: [layer] });
const two = (): tf.Sequential =>
  tf.sequential({
    layers: [tf.layers.dense({ units: 4, inputShape: [3], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
  });

/** The largest singular value of the matrix with a column for each entry of the axis, by 200 steps in float64. */
async function sigmaOf(w: tf.Tensor, axis = -1): Promise<number> {
  const rank = w.rank;
  const at = (axis + rank) % rank;
  const order = [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== at), at];
  const units = w.shape[at]!;
  const values = await valuesOf(tf.transpose(w, order));
  const rows = values.length / units;
  let u = Array.from({ length: units }, (_, i) => Math.cos(1 + i * i));
  let norm = 0;
  for (let step = 0; step < 200; step++) {
    const v = Array.from({ length: rows }, (_, r) => u.reduce((sum, x, c) => sum + x * values[r * units + c]!, 0));
    const next = u.map((_, c) => v.reduce((sum, x, r) => sum + x * values[r * units + c]!, 0));
    const length = Math.hypot(...next);
    norm = Math.hypot(...v) / Math.hypot(...u);
    u = next.map((x) => x / length);
  }
  return norm;
}

const builds: Record<
  string,
  { layer: () => tf.layers.Layer; input: number[]; property?: string; axis?: number; units?: number; train?: string }
> = {
  dense: { layer: () => tf.layers.dense({ units: 4, inputShape: [3] }), input: [2, 3] },
  conv2d: {
    layer: () => tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [5, 5, 2] }),
    input: [2, 5, 5, 2],
    train: 'Conv2DBackpropFilter',
  },
  conv2dTranspose: {
    layer: () => tf.layers.conv2dTranspose({ filters: 3, kernelSize: 2, inputShape: [5, 5, 2] }),
    input: [2, 5, 5, 2],
    axis: -2,
    train: 'Conv2DBackpropFilter',
  },
  depthwise: {
    layer: () => tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, inputShape: [4, 4, 2] }),
    input: [2, 4, 4, 2],
    property: 'depthwiseKernel',
    units: 4,
    train: 'DepthwiseConv2dNativeBackpropFilter',
  },
  embedding: {
    layer: () => tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2 }),
    input: [2, 2],
    property: 'embeddings',
    train: 'UnsortedSegmentSum',
  },
  lstm: {
    layer: () => tf.layers.lstm({ units: 2, inputShape: [4, 3], recurrentInitializer: 'glorotNormal' }),
    input: [2, 4, 3],
    property: 'recurrentKernel',
  },
};

describe('spectralNorm', () => {
  for (const [name, { layer, input, property, axis, units, train }] of Object.entries(builds))
    it(`spectralNorm on ${name} has σ = 1 after training, stands still in predict, and folds into a model that stock tfjs predicts bit for bit`, async () => {
      const m = oneLayer(layer());
      const x = name === 'embedding' ? tf.tensor2d([0, 1, 2, 4], [2, 2]) : tf.randomNormal(input, 0, 1, 'float32', 7);
      const handle = spectralNorm(m.layers[0]!, { ...(property ? { property } : {}), iterations: 20 });
      expect([handle.kind, handle.needsRecompile]).toEqual(['spectralNorm', false]);
      if (!train || hasKernel(train)) {
        const raw = Float32Array.from(await handle.raw.data());
        compile(m);
        const y = tf.tidy(() => tf.onesLike(m.predict(x) as tf.Tensor));
        await m.fit(x, y, { epochs: 3, verbose: 0 });
        expect(maxAbsDifference(await handle.raw.data(), raw)).toBeGreaterThan(0);
        // Here and on: the vectors are those before the last step, off σ₁ by its square.
        const matrix = units === undefined ? handle.value() : tf.reshape(handle.value(), [-1, units]);
        expect(Math.abs((await sigmaOf(matrix, axis)) - 1)).toBeLessThan(0.1);
      }
      const trained = await predicted(m, x);
      expect(await predicted(m, x)).toEqual(trained);
      const saved = await loadStock(await foldedArtifacts(m));
      expect(await predicted(saved, x)).toEqual(trained);
      handle.fold();
      expect(await predicted(m, x)).toEqual(trained);
      expect(await predicted(await loadStock(await artifactsOf((to) => m.save(to))), x)).toEqual(trained);
    });

  it('spectralNorm moves its vectors whenever gradients are taken, and only then', async () => {
    const m = two();
    const kernel = weightsOf(m, 'a/kernel')[0]!;
    const handle = spectralNorm(kernel);
    const x = tf.ones([1, 3]);
    // A weight of which the 15 steps knew nothing.
    tf.tidy(() => handle.raw.assign(tf.randomNormal([3, 4], 0, 1, 'float32', 11)));
    const before = await valuesOf(handle.value());
    await m.predict(x);
    expect(await valuesOf(handle.value())).toEqual(before);
    const optimizer = tf.train.sgd(0);
    const minimize = () => optimizer.minimize(() => tf.sum(m.predict(x) as tf.Tensor) as tf.Scalar);
    // As a freeze does.
    handle.raw.trainable = false;
    minimize();
    expect(await valuesOf(handle.value())).toEqual(before);
    handle.raw.trainable = true;
    let last = 0;
    for (let step = 0; step < 60; step++) {
      minimize();
      last = await sigmaOf(handle.value());
    }
    // Float32 sums of 3 and 4 products and two roots.
    expect(Math.abs(last - 1)).toBeLessThan(2 ** -18);
    handle.restore();
  });

  it('spectralNorm in mode atMost leaves a small weight bit for bit, and bounds a large one', async () => {
    const m = two();
    const small = weightsOf(m, 'a/kernel')[0]!;
    tf.tidy(() => small.write(tf.mul(tf.ones([3, 4]), 0.125)));
    const quiet = spectralNorm(small, { mode: 'atMost' });
    expect(await valuesOf(quiet.value())).toEqual(new Float32Array(12).fill(0.125));
    const large = weightsOf(m, 'b/kernel')[0]!;
    tf.tidy(() => large.write(tf.ones([4, 2])));
    const bound = spectralNorm(large, { mode: 'atMost' });
    expect(await sigmaOf(bound.value())).toBeCloseTo(1, 5);
  });

  it('spectralNorm: restore leaves the raw weight bit for bit and nothing else; nothing leaks', async () => {
    const result = await leakOf(async () => {
      const m = two();
      const kernel = weightsOf(m, 'a/kernel')[0]!;
      const before = await valuesOf(kernel.read());
      const handle = spectralNorm(m.layers[0]!);
      const x = tf.ones([1, 3]);
      await predicted(m, x);
      handle.restore();
      expect(await valuesOf(kernel.read())).toEqual(before);
      expect(parametrizationsOf(m)).toEqual([]);
      const folded = spectralNorm(m.layers[0]!);
      folded.fold();
      const gone = spectralNorm(m.layers[0]!);
      m.dispose();
      const { numTensors } = tf.memory();
      gone.restore();
      expect(tf.memory().numTensors).toBe(numTensors);
      x.dispose();
    });
    expect(result).toEqual({ tensors: 0, variables: 0 });
  });

  it('spectralNorm of a zero weight is zero in training, without NaN', async () => {
    const m = oneLayer(tf.layers.dense({ units: 2, inputShape: [3], kernelInitializer: 'zeros' }));
    const handle = spectralNorm(m.layers[0]!);
    compile(m);
    await m.fit(tf.ones([2, 3]), tf.ones([2, 2]), { epochs: 2, verbose: 0 });
    expect((await valuesOf(handle.value())).map(Math.abs)).toEqual(new Float32Array(6));
    expect((await valuesOf(m.layers[0]!.getWeights()[1]!)).every((b) => b > 0)).toBe(true);
  });

  it('spectralNorm of a layer that is shared and in a nested model has one state, saved folded as it predicts', async () => {
    const inner = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [3], name: 'in' })],
      name: 'nested',
    });
    const input = tf.input({ shape: [3] });
    const once = inner.apply(input) as tf.SymbolicTensor;
    const m = tf.model({ inputs: input, outputs: inner.apply(once) as tf.SymbolicTensor });
    const handle = spectralNorm(weightsOf(m, '**/kernel')[0]!);
    compile(m);
    const x = tf.randomNormal([4, 3], 0, 1, 'float32', 2);
    await m.fit(x, tf.ones([4, 3]), { epochs: 2, verbose: 0 });
    const trained = await predicted(m, x);
    expect(trained.every(Number.isFinite)).toBe(true);
    expect(await predicted(await loadStock(await foldedArtifacts(m)), x)).toEqual(trained);
    handle.fold();
    expect(await predicted(m, x)).toEqual(trained);
  });

  it('spectralNorm over a mask keeps its zeros, also where they take what the vectors lie on', async () => {
    const m = oneLayer(tf.layers.dense({ units: 2, inputShape: [2], name: 'd', useBias: false }));
    tf.tidy(() => weightsOf(m, 'd/kernel')[0]!.write(tf.tensor2d([8, 0, 0, 2], [2, 2])));
    let mask = tf.tensor2d([1, 1, 1, 1], [2, 2]);
    const below = parametrize(m.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, mask), rightInverse: (w) => w });
    const handle = spectralNorm(m.layers[0]!);
    mask = tf.tensor2d([0, 1, 1, 1], [2, 2]);
    m.compile({ optimizer: tf.train.sgd(0), loss: 'meanSquaredError' });
    await m.fit(tf.ones([1, 2]), tf.ones([1, 2]), { epochs: 2, verbose: 0 });
    expect(maxAbsDifference(await valuesOf(handle.value()), [0, 0, 0, 1])).toBeLessThan(2 ** -20);
    expect(below.foldable).toBe(true);
  });

  it('spectralNorm goes with weight norm below it; above it, weight norm can be folded only after it', async () => {
    const m = two();
    // Singular values far apart, so that the 15 steps of the start find the largest: (1 / 3) ** 30 is left of the second.
    const kernel = tf.tensor2d([3, 0.1, 0.2, 0, 0, 1, 0.1, 0.2, 0.1, 0, 0.5, 0.3], [3, 4]);
    m.layers[0]!.setWeights([kernel, tf.zeros([4])]);
    const norm = weightNorm(m.layers[0]!);
    const spectral = spectralNorm(m.layers[0]!);
    expect(await sigmaOf(spectral.value())).toBeCloseTo(1, 5);
    spectral.fold();
    norm.fold();
    const first = spectralNorm(m.layers[1]!);
    const then = weightNorm(m.layers[1]!);
    expect(() => then.fold()).toThrow('rightInverse');
    then.restore();
    first.restore();
  });

  it('spectralNorm refuses what it cannot normalize, and changes nothing', async () => {
    const m = two();
    const handle = spectralNorm(m.layers[0]!);
    const count = tf.memory().numTensors;
    expect(() => spectralNorm(m.layers[0]!)).toThrow(
      'spectralNorm: weight must not have a spectral norm already, got a/kernel',
    );
    expect(() => spectralNorm(m.layers[1]!, { property: 'bias' })).toThrow(
      'spectralNorm: weight must have two axes or more, got b/bias of',
    );
    expect(() => spectralNorm(m.layers[1]!, { mode: 'most' as never })).toThrow(
      "spectralNorm: mode must be 'exact' or 'atMost', got",
    );
    expect(() => spectralNorm(m.layers[1]!, { iterations: 0 })).toThrow(
      'spectralNorm: iterations must be an integer of 1 or more, got 0',
    );
    expect(tf.memory().numTensors).toBe(count);
    const { u, v } = spectralVectors(handle.raw);
    expect([u.shape, v.shape]).toEqual([[4], [3]]);
  });
});
