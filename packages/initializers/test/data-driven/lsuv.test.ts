import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { moments } from '@weightkit/numerics';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it, vi } from 'vitest';
import { heNormal, initialize, lsuv, orthogonal } from '../../src/index.ts';
import { canRun, gaussian, outputsOf, variancesOf, weightsNow } from '../data-support.ts';

type Shape = number[];

/** A chain of dense layers `d0`, `d1`, ... with ReLU layers between them, so that each layer gives its pre-activation. */
const chain = (units: number[], inputs: number, bias?: 'ones'): tf.LayersModel => {
  const model = tf.sequential();
  for (const [i, count] of units.entries()) {
    const first = i === 0 ? { inputShape: [inputs] } : {};
    model.add(tf.layers.dense({ units: count, name: `d${i}`, biasInitializer: bias ?? 'zeros', ...first }));
    if (i < units.length - 1) model.add(tf.layers.reLU({ name: `r${i}` }));
  }
  return model;
};

/** Readings are float32, the tolerance is met by them. */
const WITHIN = 0.02 + 1e-5;

describe('lsuv(model, batch) gives every layer variance 1', () => {
  it('in a chain with more units than inputs: 0.02 on its batch and 0.15 on a fresh one', async () => {
    const model = chain([48, 48, 48, 10], 8);
    const x = gaussian([256, 8], 1, 3);
    const report = await lsuv(model, x, { seed: 5 });
    const paths = report.layers.map(({ path }) => path);
    expect(paths).toEqual(['d0', 'd1', 'd2', 'd3']);
    for (const variance of await variancesOf(model, x, paths)) expect(Math.abs(variance - 1)).toBeLessThan(WITHIN);
    const fresh = gaussian([256, 8], 2, 3);
    for (const variance of await variancesOf(model, fresh, paths)) expect(Math.abs(variance - 1)).toBeLessThan(0.15);
    expect(report).toMatchObject({ seed: 5, tolerance: 0.02, converged: true, skipped: [] });
    expect(report.worst).toBeLessThan(0.02);
    tf.dispose([x, fresh]);
    model.dispose();
  });

  it('whatever the graph: branches, sums, a nested model, two inputs, in the order of the data', async () => {
    const [a, b] = [tf.input({ shape: [6, 6, 2], name: 'a' }), tf.input({ shape: [5], name: 'b' })];
    const conv = (name: string, filters: number) =>
      tf.layers.conv2d({ kernelSize: 3, filters, padding: 'same', name }) as tf.layers.Layer;
    const stem = conv('stem', 4).apply(a) as tf.SymbolicTensor;
    const branch = conv('branch', 4).apply(tf.layers.reLU().apply(stem)) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([stem, branch]) as tf.SymbolicTensor;
    const pooled = tf.layers.globalAveragePooling2d({}).apply(sum) as tf.SymbolicTensor;
    const inner = tf.sequential({
      name: 'inner',
      layers: [tf.layers.dense({ units: 7, inputShape: [5], name: 'deep' })],
    });
    const joined = tf.layers.concatenate().apply([inner.apply(b) as tf.SymbolicTensor, pooled]);
    const out = tf.layers.dense({ units: 3, name: 'out' }).apply(joined) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [a, b], outputs: out });
    const x = [gaussian([64, 6, 6, 2], 3, 0.1), gaussian([64, 5], 4, 20)];
    const report = await lsuv(model, x);
    const paths = report.layers.map(({ path }) => path);
    expect([...paths].sort()).toEqual(['branch', 'inner/deep', 'out', 'stem']);
    expect(paths.indexOf('stem')).toBeLessThan(paths.indexOf('branch'));
    expect(paths.at(-1)).toBe('out');
    for (const variance of await variancesOf(model, x, paths)) expect(Math.abs(variance - 1)).toBeLessThan(WITHIN);
    expect(report.converged).toBe(true);
    tf.dispose(x);
    model.dispose();
  });

  const KINDS: [string, Shape, tf.layers.Layer, string?][] = [
    ['conv1d', [9, 3], tf.layers.conv1d({ filters: 5, kernelSize: 3, name: 'l' })],
    ['conv2d', [6, 6, 3], tf.layers.conv2d({ filters: 5, kernelSize: 3, strides: 2, name: 'l' })],
    ['conv3d', [4, 4, 4, 2], tf.layers.conv3d({ filters: 3, kernelSize: 2, name: 'l' }), 'Conv3D'],
    ['conv2dTranspose', [4, 4, 3], tf.layers.conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2, name: 'l' })],
    ['depthwiseConv2d', [6, 6, 3], tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name: 'l' })],
    ['separableConv2d', [6, 6, 3], tf.layers.separableConv2d({ filters: 5, kernelSize: 3, name: 'l' })],
    [
      'conv2d with channels first',
      [3, 6, 6],
      tf.layers.conv2d({ filters: 5, kernelSize: 3, dataFormat: 'channelsFirst', name: 'l' }),
    ],
    ['dense on a sequence', [4, 3], tf.layers.dense({ units: 5, name: 'l' })],
  ];
  for (const [kind, shape, layer, kernel] of KINDS)
    it(`of ${kind}`, async ({ skip }) => {
      skip(kernel !== undefined && !canRun(kernel), 'stock webgpu has no shader for five axes');
      const input = tf.input({ shape });
      const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
      const x = gaussian([16, ...shape], 7, 4, 1);
      const report = await lsuv(model, x);
      expect(Math.abs((await variancesOf(model, x, ['l']))[0]! - 1)).toBeLessThan(WITHIN);
      expect(report.layers).toHaveLength(1);
      expect(report.layers[0]).toMatchObject({ path: 'l', iterations: 1, converged: true, reason: null });
      x.dispose();
      model.dispose();
    });

  it('before its own activation: a fused one and a layer of its own give the same kernels', async () => {
    const x = gaussian([32, 4], 8, 2);
    const fused = tf.sequential({
      layers: [
        tf.layers.dense({ units: 6, inputShape: [4], name: 'd0', activation: 'relu' }),
        tf.layers.dense({ units: 5, name: 'd1', activation: 'relu' }),
        tf.layers.dense({ units: 3, name: 'd2', activation: 'softmax' }),
      ],
    });
    const apart = chain([6, 5, 3], 4);
    const [one, other] = [await lsuv(fused, x), await lsuv(apart, x)];
    // Kernels may fuse the activation; a layer's float32 sum of up to 6 terms and its variance move by a few 2^-24.
    for (const [i, { scale }] of one.layers.entries())
      expect(Math.abs(scale / other.layers[i]!.scale - 1)).toBeLessThan(1e-5);
    expect(fused.layers.map((layer) => (layer.getConfig().activation as string) ?? '')).toEqual([
      'relu',
      'relu',
      'softmax',
    ]);
    x.dispose();
    for (const model of [fused, apart]) model.dispose();
  });
});

describe('lsuv(model, batch, options)', () => {
  it('makes kernels orthogonal up to the scale that it reports', async () => {
    const [model, same] = [chain([6, 4], 5), chain([6, 4], 5)];
    const x = gaussian([32, 5], 1);
    const { layers } = await lsuv(model, x, { seed: 9 });
    initialize(same, orthogonal(), { seed: 9 });
    for (const { kernel, scale } of layers) {
      const values = await valuesOf(weightsOf(model, kernel)[0]!.read());
      const start = await valuesOf(weightsOf(same, kernel)[0]!.read());
      // One float32 rounding of the product, entries below 2.
      expect(
        maxAbsDifference(
          values,
          start.map((w) => w * scale),
        ),
      ).toBeLessThanOrEqual(2 ** -23);
    }
    x.dispose();
    for (const one of [model, same]) one.dispose();
  });

  it('is exact at once with biases too, and shift moves each layer to mean 0', async () => {
    const model = chain([8, 6, 4], 5);
    for (const { variable, shape } of weightsOf(model, '*/bias')) {
      const bias = gaussian([...shape], 20 + shape[0]!, 0.5, 2);
      variable!.assign(bias);
      bias.dispose();
    }
    const x = gaussian([64, 5], 2);
    const plain = await lsuv(model, x);
    expect(plain.layers.map(({ iterations }) => iterations)).toEqual([1, 1, 1]);
    // Five to ten float32 steps of a few 2^-24 each.
    expect(plain.worst).toBeLessThan(1e-5);
    const shifted = await lsuv(model, x, { shift: true });
    expect(shifted.worst).toBeLessThan(0.02);
    const outputs = await outputsOf(model, x, ['d0', 'd1', 'd2']);
    for (const values of outputs.values()) expect(Math.abs(moments(values).mean)).toBeLessThan(WITHIN);
    for (const { meanAfter } of shifted.layers) expect(Math.abs(meanAfter)).toBeLessThan(WITHIN);
    x.dispose();
    model.dispose();
  });

  it('scales the values that are there with start null, or those of another initializer', async () => {
    const model = chain([6], 5);
    initialize(model, heNormal(), { seed: 3 });
    const [before] = await weightsNow(model);
    const x = gaussian([64, 5], 2, 10);
    const { scale } = (await lsuv(model, x, { start: null })).layers[0]!;
    const [after] = await weightsNow(model);
    expect(
      maxAbsDifference(
        after!,
        before!.map((w) => w * scale),
      ),
    ).toBeLessThan(1e-7);
    const other = chain([6], 5);
    const again = await lsuv(other, x, { start: heNormal(), seed: 3 });
    expect(again.layers[0]!.scale).toBeCloseTo(scale, 5);
    x.dispose();
    for (const one of [model, other]) one.dispose();
  });

  it('leaves frozen layers and those that the filter leaves out, and scales the others for what these give', async () => {
    const model = chain([6, 6, 4], 5);
    model.layers[0]!.trainable = false;
    const before = await weightsNow(model);
    const x = gaussian([64, 5], 2, 10);
    const { layers, converged } = await lsuv(model, x, { filter: ['d0/*', 'd2/*'] });
    expect(layers.map(({ reason }) => reason)).toEqual(['frozen', 'the filter leaves it out', null]);
    expect(layers.map(({ iterations }) => iterations)).toEqual([0, 0, 1]);
    expect(layers[0]!.varianceAfter).toBe(layers[0]!.varianceBefore);
    expect(converged).toBe(true);
    const after = await weightsNow(model);
    const changed = model.weights
      .filter((_, i) => `${before[i]}` !== `${after[i]}`)
      .map(({ originalName }) => originalName);
    expect(changed).toEqual(['d2/kernel']);
    x.dispose();
    model.dispose();
  });

  it('scales a shared layer by its first call and lists weights of other layers as skipped', async () => {
    const input = tf.input({ shape: [3], dtype: 'int32' });
    const words = tf.layers.embedding({ inputDim: 9, outputDim: 4, name: 'words' }).apply(input) as tf.SymbolicTensor;
    const normal = tf.layers.batchNormalization({ name: 'normal' }).apply(words) as tf.SymbolicTensor;
    const shared = tf.layers.dense({ units: 4, name: 'shared' });
    const twice = shared.apply(tf.layers.reLU().apply(shared.apply(normal))) as tf.SymbolicTensor;
    const lstm = tf.layers.simpleRNN({ units: 2, name: 'rnn' }).apply(twice) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: lstm });
    const x = tf.tensor2d(
      Array.from({ length: 24 }, (_, i) => (i * 5) % 9),
      [8, 3],
      'int32',
    );
    const report = await lsuv(model, x);
    expect(report.layers).toMatchObject([{ path: 'shared', converged: true, iterations: 1 }]);
    expect(Math.abs((await variancesOf(model, x, ['shared']))[0]! - 1)).toBeLessThan(WITHIN);
    expect(report.skipped.map(({ path }) => path)).toEqual([
      'words/embeddings',
      'normal/gamma',
      'normal/beta',
      'normal/movingMean',
      'normal/movingVariance',
      'rnn/cell/kernel',
      'rnn/cell/recurrentKernel',
      'rnn/cell/bias',
    ]);
    expect(new Set(report.skipped.map(({ reason }) => reason))).toEqual(
      new Set(['not of a dense or convolution layer']),
    );
    x.dispose();
    model.dispose();
  });

  it('scales a layer inside TimeDistributed by its first step', async () => {
    const layer = tf.layers.dense({ units: 4 });
    const model = tf.sequential({ layers: [tf.layers.timeDistributed({ layer, inputShape: [3, 5], name: 'steps' })] });
    const x = gaussian([32, 3, 5], 4, 3);
    const { layers } = await lsuv(model, x);
    expect(layers).toMatchObject([{ path: 'steps/layer', converged: true, reason: null }]);
    const values = (await outputsOf(model, x, ['steps'])).get('steps')!;
    const first = values.filter((_, i) => Math.floor(i / 4) % 3 === 0);
    expect(Math.abs(moments(first).std ** 2 - 1)).toBeLessThan(WITHIN);
    x.dispose();
    model.dispose();
  });

  it('reports dead inputs and biases that are too large, leaves these layers at their start and divides by nothing', async () => {
    const model = chain([4, 4], 3);
    const x = tf.zeros([8, 3]);
    const report = await lsuv(model, x);
    expect(report.converged).toBe(false);
    expect(report.layers).toMatchObject([
      { scale: 1, iterations: 0, converged: false, varianceAfter: 0 },
      { scale: 1, iterations: 0, converged: false, varianceAfter: 0 },
    ]);
    expect(report.layers[0]!.reason).toContain('dead input');
    expect(report.worst).toBe(1);
    weightsOf(model, 'd0/bias')[0]!.variable!.assign(tf.tidy(() => tf.tensor1d([-3, 3, -3, 3])));
    const noise = gaussian([32, 3], 4);
    const large = await lsuv(model, noise);
    expect(large.layers[0]).toMatchObject({ converged: false, iterations: 0 });
    expect(large.layers[0]!.reason).toBe('its bias alone has a variance of 9.00');
    expect(large.layers[1]).toMatchObject({ converged: true, reason: null });
    tf.dispose([x, noise]);
    model.dispose();
  });

  it('scales what a parametrized layer computes with', async () => {
    const model = chain([4, 4], 3);
    const half = parametrize(weightsOf(model, 'd0/kernel')[0]!, {
      forward: (w) => tf.mul(w, 0.5),
      rightInverse: (w) => tf.mul(w, 2),
    });
    const x = gaussian([32, 3], 4);
    const report = await lsuv(model, x);
    expect(report.converged).toBe(true);
    const [variance] = await variancesOf(model, x, ['d0']);
    expect(Math.abs(variance! - 1)).toBeLessThan(WITHIN);
    half.restore();
    // The raw weight is twice the one that was scaled.
    expect((await variancesOf(model, x, ['d0']))[0]! / 4).toBeCloseTo(variance!, 4);
    x.dispose();
    model.dispose();
  });

  it('runs the model forward three times, however deep it is', async () => {
    const model = chain(Array(6).fill(4), 4);
    const calls = model.layers.map((layer) => vi.spyOn(layer, 'call'));
    const x = gaussian([32, 4], 4);
    await lsuv(model, x);
    for (const call of calls) expect(call).toHaveBeenCalledTimes(3);
    x.dispose();
    model.dispose();
  });

  it('gives the same weights again for the same seed, whatever they were before', async () => {
    const model = chain([6, 4], 5);
    const x = gaussian([32, 5], 2);
    await lsuv(model, x, { seed: -4 });
    const first = await weightsNow(model);
    initialize(model, heNormal());
    await lsuv(model, x, { seed: -4 });
    expect(await weightsNow(model)).toEqual(first);
    await lsuv(model, x, { seed: 0 });
    expect(await weightsNow(model)).not.toEqual(first);
    x.dispose();
    model.dispose();
  });

  it('leaves no tensor behind, neither after success nor after a failure', async () => {
    const model = chain([6, 4], 5);
    const x = gaussian([32, 5], 2);
    const broken = tf.fill([4, 5], Number.NaN);
    expect(await leakOf(() => lsuv(model, x, { shift: true }))).toEqual({ tensors: 0, variables: 0 });
    expect(await leakOf(() => lsuv(model, broken).catch(() => {}))).toEqual({ tensors: 0, variables: 0 });
    tf.dispose([x, broken]);
    model.dispose();
  });
});

describe('lsuv(model, batch) that fails leaves all weights as they were', () => {
  const failing = async (spoil: (model: tf.LayersModel) => void, batch: tf.Tensor, message: string) => {
    const model = chain([4, 4], 3);
    spoil(model);
    const before = await weightsNow(model);
    await expect(lsuv(model, batch)).rejects.toThrow(message);
    expect(await weightsNow(model)).toEqual(before);
    batch.dispose();
    model.dispose();
  };

  it('on a batch that is not finite, naming the layer', () =>
    failing(() => {}, tf.fill([2, 3], Number.POSITIVE_INFINITY), 'outputs before the activation must be finite'));

  it('on a weight that is not finite, naming it', () =>
    failing(
      (model) => weightsOf(model, 'd1/kernel')[0]!.variable!.assign(tf.tidy(() => tf.fill([4, 4], Number.NaN))),
      gaussian([8, 3], 1),
      'lsuv: weights must be finite, got NaN at d1/kernel[0]',
    ));

  it('on a parametrized kernel that cannot be written', () =>
    failing(
      (model) => void parametrize(weightsOf(model, 'd1/kernel')[0]!, { forward: (w) => tf.round(w) }),
      gaussian([8, 3], 1),
      'must have a rightInverse',
    ));

  it('on outputs that overflow once kernels are orthogonal', () =>
    failing(
      (model) => weightsOf(model, 'd0/kernel')[0]!.variable!.assign(tf.tidy(() => tf.zeros([3, 4]))),
      gaussian([8, 3], 1, 1e30),
      'lsuv: outputs before the activation must be finite, got Infinity at d0',
    ));
});

describe('lsuv(model, batch, options) refuses', () => {
  const refused = async (message: string, call: (model: tf.LayersModel, x: tf.Tensor) => unknown) => {
    const model = chain([4], 3);
    const x = gaussian([8, 3], 1);
    const before = await weightsNow(model);
    await expect((async () => call(model, x))()).rejects.toThrow(message);
    expect(await weightsNow(model)).toEqual(before);
    x.dispose();
    model.dispose();
  };
  const CASES: [string, (model: tf.LayersModel, x: tf.Tensor) => unknown][] = [
    ['lsuv: model must be a LayersModel', (_, x) => lsuv({} as never, x)],
    ['lsuv: batch must be a tensor or a list', (model) => lsuv(model, [[1, 2, 3]] as never)],
    ['lsuv: batch must be a tensor or a list', (model) => lsuv(model, [])],
    [
      'lsuv: batch must have one example or more',
      (model) =>
        lsuv(
          model,
          tf.tidy(() => tf.tensor2d([], [0, 3])),
        ),
    ],
    ['lsuv: options must be among', (model, x) => lsuv(model, x, { tolerence: 0.1 } as never)],
    ['lsuv: tolerance must be above 0', (model, x) => lsuv(model, x, { tolerance: 0 })],
    ['lsuv: tolerance must be above 0', (model, x) => lsuv(model, x, { tolerance: Number.NaN })],
    ['lsuv: maxIterations must be an integer', (model, x) => lsuv(model, x, { maxIterations: 0 })],
    ['lsuv: seed must be a safe integer', (model, x) => lsuv(model, x, { seed: 0.5 })],
    ['lsuv: start must be an initializer', (model, x) => lsuv(model, x, { start: 'orthogonal' as never })],
    ['lsuv: shift must be true or false', (model, x) => lsuv(model, x, { shift: 1 as never })],
    ['lsuv: filter must match', (model, x) => lsuv(model, x, { filter: 'nothing' })],
    ['lsuv: model must have a dense', (model, x) => lsuv(model, x, { filter: '*/bias' })],
  ];
  for (const [message, call] of CASES) it(`${message} ...`, () => refused(message, call));
});
