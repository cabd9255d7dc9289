import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, type Parametrization, parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { artifactsOf, hasKernel, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { weightNorm } from '../../src/index.ts';
import golden from '../golden/training.json' with { type: 'json' };

const ULP = 2 ** -24;

const dense = (units: number, inputs: number, more = {}) =>
  tf.layers.dense({ units, inputShape: [inputs], biasInitializer: 'glorotNormal' as never, ...more });
const model = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });
const plain = (): tf.Sequential => model(tf.layers.dense({ units: 4, inputShape: [3] }), tf.layers.dense({ units: 2 }));
const compile = (m: tf.LayersModel): void => m.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
const predicted = (m: tf.LayersModel, x: tf.Tensor): Promise<Float32Array> => valuesOf(m.predict(x) as tf.Tensor);

const builds: Record<
  string,
  { layer: () => tf.layers.Layer; input: number[]; property?: string; g: number[]; train?: string }
> = {
  dense: { layer: () => tf.layers.dense({ units: 4, inputShape: [3] }), input: [2, 3], g: [4] },
  conv2d: {
    layer: () => tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [5, 5, 2] }),
    input: [2, 5, 5, 2],
    g: [3],
    train: 'Conv2DBackpropFilter',
  },
  conv2dTranspose: {
    layer: () => tf.layers.conv2dTranspose({ filters: 3, kernelSize: 2, inputShape: [5, 5, 2] }),
    input: [2, 5, 5, 2],
    g: [3],
    train: 'Conv2DBackpropFilter',
  },
  depthwiseConv2d: {
    layer: () => tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 3, inputShape: [5, 5, 2] }),
    input: [2, 5, 5, 2],
    property: 'depthwiseKernel',
    g: [2, 3],
    train: 'DepthwiseConv2dNativeBackpropFilter',
  },
  gru: {
    layer: () => tf.layers.gru({ units: 2, inputShape: [4, 3], recurrentInitializer: 'glorotNormal' }),
    input: [2, 4, 3],
    property: 'recurrentKernel',
    g: [6],
  },
  embedding: {
    layer: () => tf.layers.embedding({ inputDim: 6, outputDim: 3, inputLength: 4 }),
    input: [2, 4],
    property: 'embeddings',
    g: [3],
    train: 'UnsortedSegmentSum',
  },
};

describe('weightNorm', () => {
  for (const [name, { layer, input, property, g, train }] of Object.entries(builds))
    it(`weightNorm on ${name} predicts as before, trains g and v, and folds into a model that stock tfjs predicts bit for bit`, async () => {
      const m = model(layer());
      const x =
        name === 'embedding'
          ? tf.tensor2d([0, 1, 2, 3, 4, 5, 0, 2], [2, 4], 'int32')
          : tf.randomNormal(input, 0, 1, 'float32', 7);
      const before = await valuesOf(weightsOf(m.layers[0]!, (w) => w.property === (property ?? 'kernel'))[0]!.read());
      const handle = weightNorm(m.layers[0]!, property ? { property } : {});
      expect(handle.needsRecompile).toBe(true);
      expect(handle.variables.g!.shape).toEqual(g);
      // Four roundings of at most 2⁻²⁴ each: the bound that the doc comment states.
      const after = await valuesOf(handle.value());
      for (const [i, w] of after.entries())
        expect(Math.abs(w - before[i]!)).toBeLessThanOrEqual(2 ** -22 * Math.abs(before[i]!));
      if (!train || hasKernel(train)) {
        const [v0, g0] = await Promise.all(
          [handle.raw.data(), handle.variables.g!.data()].map(async (t) => Float32Array.from(await t)),
        );
        compile(m);
        const y = tf.tidy(() => tf.onesLike(m.predict(x) as tf.Tensor));
        await m.fit(x, y, { epochs: 2, verbose: 0 });
        expect(maxAbsDifference(await handle.raw.data(), v0!)).toBeGreaterThan(0);
        expect(maxAbsDifference(await handle.variables.g!.data(), g0!)).toBeGreaterThan(0);
      }
      const trained = await predicted(m, x);
      const saved = await loadStock(await foldedArtifacts(m));
      expect(await predicted(saved, x)).toEqual(trained);
      handle.fold();
      expect(await predicted(m, x)).toEqual(trained);
      expect(await predicted(await loadStock(await artifactsOf((to) => m.save(to))), x)).toEqual(trained);
    });

  it('weightNorm names its kind', () => {
    const m = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    expect(weightNorm(m.layers[0]!).kind).toBe('weightNorm');
    m.dispose();
  });

  it('weightNorm by weight works inside Bidirectional', async () => {
    const m = model(
      tf.layers.bidirectional({
        layer: tf.layers.simpleRNN({ units: 2, recurrentInitializer: 'glorotNormal' }),
        inputShape: [3, 2],
      } as never),
    );
    const weights = weightsOf(m, '**/recurrentKernel');
    expect(() => weightNorm(m.layers[0]!)).toThrow('weightNorm: property must name one weight of');
    const handles = weights.map((weight) => weightNorm(weight));
    const x = tf.randomNormal([2, 3, 2], 0, 1, 'float32', 5);
    compile(m);
    await m.fit(x, tf.ones([2, 4]), { epochs: 2, verbose: 0 });
    const trained = await predicted(m, x);
    expect(await predicted(await loadStock(await foldedArtifacts(m)), x)).toEqual(trained);
    for (const handle of handles) handle.fold();
    expect(await predicted(m, x)).toEqual(trained);
  });

  it('weightNorm trains as torch.nn.utils.parametrizations.weight_norm does, step by step', async () => {
    const [run] = golden.cases;
    const { x, y, lr, trace } = run!;
    const m = model(
      tf.layers.dense({ units: 4, inputShape: [3], activation: 'tanh', name: 'first' }),
      tf.layers.dense({ units: 2, name: 'last' }),
    );
    const write = (path: string, value: number[] | number[][]) => weightsOf(m, path)[0]!.write(tf.tensor(value));
    write('first/kernel', run!.kernel1);
    write('first/bias', run!.bias1);
    write('last/kernel', run!.kernel2);
    write('last/bias', run!.bias2);
    const [first, last] = m.layers.map((layer) => weightNorm(layer)) as [Parametrization, Parametrization];
    m.compile({ optimizer: tf.train.sgd(lr), loss: 'meanSquaredError' });
    for (const [step, expected] of trace.entries()) {
      const loss = (await m.trainOnBatch(tf.tensor2d(x), tf.tensor2d(y))) as number;
      // A step is at most 60 roundings deep on numbers below 2, and carries earlier errors on at most 1.2-fold (rate times
      // curvature is below 0.2): a geometric sum.
      const tolerance = 60 * ULP * 2 * ((1.2 ** (step + 1) - 1) / 0.2);
      expect(Math.abs(loss - expected.loss)).toBeLessThan(tolerance);
      expect(maxAbsDifference(await valuesOf(first.value()), expected.kernel1)).toBeLessThan(tolerance);
      expect(maxAbsDifference(await first.variables.g!.data(), expected.g1)).toBeLessThan(tolerance);
      expect(maxAbsDifference(await first.raw.data(), expected.v1)).toBeLessThan(tolerance);
      expect(maxAbsDifference(await valuesOf(weightsOf(m, 'first/bias')[0]!.read()), expected.bias1)).toBeLessThan(
        tolerance,
      );
      expect(maxAbsDifference(await valuesOf(last.value()), expected.kernel2)).toBeLessThan(tolerance);
    }
  });

  it('weightNorm without a recompile trains v and leaves g, as needsRecompile says', async () => {
    const m = plain();
    compile(m);
    const handle = weightNorm(m.layers[0]!);
    const g = Float32Array.from(await handle.variables.g!.data());
    await m.fit(tf.ones([2, 3]), tf.ones([2, 2]), { epochs: 2, verbose: 0 });
    expect(maxAbsDifference(await handle.variables.g!.data(), g)).toBe(0);
    compile(m);
    await m.fit(tf.ones([2, 3]), tf.ones([2, 2]), { epochs: 2, verbose: 0 });
    expect(maxAbsDifference(await handle.variables.g!.data(), g)).toBeGreaterThan(0);
  });

  it('weightNorm keeps ‖w‖ = |g| in training, and a zero column zero', async () => {
    const m = plain();
    weightsOf(m, (w) => w.property === 'kernel')[0]!.write(
      tf.tensor2d([
        [0, 1, 2, 3],
        [0, 2, 1, 2],
        [0, 2, 2, 6],
      ]),
    );
    const handle = weightNorm(m.layers[0]!);
    expect([...(await handle.variables.g!.data())]).toEqual([0, 3, 3, 7].map((x) => expect.closeTo(x, 5)));
    compile(m);
    await m.fit(tf.randomNormal([4, 3], 0, 1, 'float32', 1), tf.ones([4, 2]), { epochs: 3, verbose: 0 });
    const w = await valuesOf(handle.value());
    const g = await handle.variables.g!.data();
    for (let j = 0; j < 4; j++) {
      const norm = Math.hypot(w[j]!, w[j + 4]!, w[j + 8]!);
      expect(Math.abs(norm - Math.abs(g[j]!))).toBeLessThanOrEqual(10 * ULP * Math.abs(g[j]!));
    }
    expect([w[0], w[4], w[8], g[0]]).toEqual([0, 0, 0, 0]);
  });

  it('weightNorm stacks with a mask, below it and above it', async () => {
    const mask = tf.tensor2d([1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0], [3, 4]);
    const masked = { forward: (w: tf.Tensor) => tf.mul(w, mask), rightInverse: (w: tf.Tensor) => w };
    for (const maskFirst of [true, false]) {
      const m = plain();
      const layer = m.layers[0]!;
      const handle = maskFirst ? undefined : weightNorm(layer);
      parametrize(layer, 'kernel', masked);
      const normed = handle ?? weightNorm(layer);
      compile(m);
      const x = tf.randomNormal([4, 3], 0, 1, 'float32', 2);
      await m.fit(x, tf.ones([4, 2]), { epochs: 2, verbose: 0 });
      const w = await valuesOf(weightsOf(layer, '**/kernel')[0]!.read());
      expect([1, 4, 10, 11].map((i) => Math.abs(w[i]!))).toEqual([0, 0, 0, 0]);
      const trained = await predicted(m, x);
      expect(await predicted(await loadStock(await foldedArtifacts(m)), x)).toEqual(trained);
      normed.fold();
      expect(parametrizationsOf(m)).toHaveLength(1);
      expect(await predicted(m, x)).toEqual(trained);
    }
  });

  it('weightNorm: a written weight is read back within four roundings', async () => {
    const layer = plain().layers[0]!;
    weightNorm(layer);
    const kernel = weightsOf(layer, '**/kernel')[0]!;
    const values = Array.from({ length: 12 }, (_, i) => (i - 5.5) / 3);
    kernel.write(tf.tensor2d(values, [3, 4]));
    for (const [i, w] of (await valuesOf(kernel.read())).entries())
      expect(Math.abs(w - Math.fround(values[i]!))).toBeLessThanOrEqual(2 ** -22 * Math.abs(values[i]!));
  });

  it('weightNorm takes an axis: per row, or one norm for the whole', async () => {
    expect(weightNorm(plain().layers[0]!, { axis: 0 }).variables.g!.shape).toEqual([3]);
    const whole = weightNorm(plain().layers[0]!, { axis: null });
    expect(whole.variables.g!.shape).toEqual([]);
    const [w, g] = [await valuesOf(whole.value()), await whole.variables.g!.data()];
    expect(Math.abs(Math.hypot(...w) - g[0]!)).toBeLessThanOrEqual(20 * ULP * g[0]!);
  });

  it('weightNorm restores v, and leaves no tensor or variable behind', async () => {
    const m = plain();
    const leak = await leakOf(() => {
      const handle = weightNorm(m.layers[0]!);
      handle.value().dispose();
      handle.restore();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    weightNorm(m.layers[0]!);
    compile(m);
    const [x, y] = [tf.ones([2, 3]), tf.ones([2, 2])];
    expect(await leakOf(() => m.fit(x, y, { epochs: 1, verbose: 0 }))).toEqual({ tensors: 0, variables: 0 });
  });

  it('weightNorm refuses a wrong target, property, axis or option, and a second normalization, and changes nothing', () => {
    const m = model(dense(4, 3));
    const layer = m.layers[0]!;
    const rule = 'weightNorm: target, when it is no weight from weightsOf, must be a tfjs layer or LayersModel, got ';
    expect(() => weightNorm(null as never)).toThrow(new TypeError(`${rule}null`));
    for (const target of [{}, tf.tensor1d([1]), 'first']) expect(() => weightNorm(target as never)).toThrow(rule);
    const graph = { modelSignature: undefined, weights: { w: [tf.zeros([2, 2])] } };
    expect(() => weightNorm(graph as never)).toThrow(
      'which has no layers; take the LayersModel or the Keras model that it was converted from',
    );
    tf.dispose(graph.weights);
    expect(() => weightNorm(layer, { property: 'kernal' })).toThrow('weightNorm: property must name one weight of');
    expect(() => weightNorm(layer, { property: 'bias' })).toThrow('weightNorm: axis must leave an axis');
    expect(() => weightNorm(weightsOf(layer)[0]!, { property: 'kernel' })).toThrow('only with a layer');
    expect(() => weightNorm(layer, { axis: 2 })).toThrow('weightNorm: axis must be an integer in [-2, 2), got 2');
    expect(() => weightNorm(layer, { dim: 0 } as never)).toThrow(
      'weightNorm: options must be among property, axis, got "dim"',
    );
    expect(parametrizationsOf(m)).toEqual([]);
    weightNorm(layer);
    expect(() => weightNorm(layer)).toThrow('weightNorm: weight must not be normalized already, got');
    expect(parametrizationsOf(m)).toHaveLength(1);
  });
});
