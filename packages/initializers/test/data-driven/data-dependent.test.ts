import * as tf from '@tensorflow/tfjs';
import { parametrize, weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { dataDependent, initialize, normal } from '../../src/index.ts';
import { canRun, gaussian, outputsOf, weightsNow } from '../data-support.ts';

/** Mean and variance of each unit, units in the last axis, in float64. */
function unitsOf(values: Float32Array, units: number): { mean: number; std: number }[] {
  return Array.from({ length: units }, (_, unit) => {
    const own = values.filter((_, i) => i % units === unit);
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    return { mean, std: Math.sqrt(own.reduce((a, b) => a + (b - mean) ** 2, 0) / own.length) };
  });
}

const EXACT = 1e-4; // variances are taken for 1 within 2e-5, the rest is float32: sums of up to 64 terms of 2^-24 each

async function worstUnit(model: tf.LayersModel, x: tf.Tensor, path: string, units: number): Promise<[number, number]> {
  const found = unitsOf((await outputsOf(model, x, [path])).get(path)!, units);
  return [Math.max(...found.map(({ mean }) => Math.abs(mean))), Math.max(...found.map(({ std }) => Math.abs(std - 1)))];
}

const dense = (units: number, inputs: number, more: object = {}): tf.LayersModel =>
  tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [inputs], name: 'd', ...more })] });

describe('dataDependent(model, batch)', () => {
  it('divides each column by its standard deviation and sets the bias to -mean / std', async () => {
    const model = dense(2, 1);
    const start = [tf.tensor2d([[2, -0.5]]), tf.tensor1d([7, 7])];
    model.setWeights(start);
    // Mean 3, population variance 4: the units have means 6 and -1.5, standard deviations 4 and 1.
    const x = tf.tensor2d([[1], [1], [5], [5]]);
    const report = await dataDependent(model, x);
    const [kernel, bias] = await weightsNow(model);
    expect(maxAbsDifference(kernel!, [0.5, -0.5])).toBeLessThan(1e-6);
    expect(maxAbsDifference(bias!, [-1.5, 1.5])).toBeLessThan(1e-6);
    expect(report).toMatchObject({ converged: true, skipped: [], seed: 0 });
    expect(report.layers).toMatchObject([
      { path: 'd', kernel: 'd/kernel', bias: 'd/bias', dead: [], iterations: 1, reason: null, converged: true },
    ]);
    expect(report.layers[0]!.before).toEqual({ mean: 13, std: 3 });
    tf.dispose([x, ...start]);
    model.dispose();
  });

  it('gives every unit mean 0 and standard deviation 1, layer after layer, before the activation', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 2], name: 'c' }),
        tf.layers.reLU(),
        tf.layers.flatten(),
        tf.layers.dense({ units: 8, name: 'a' }),
        tf.layers.activation({ activation: 'tanh' }),
        tf.layers.dense({ units: 3, name: 'b' }),
      ],
    });
    initialize(model, normal());
    const x = gaussian([48, 6, 6, 2], 3, 7, -2);
    const report = await dataDependent(model, x);
    for (const [path, units] of [
      ['c', 4],
      ['a', 8],
      ['b', 3],
    ] as const)
      for (const error of await worstUnit(model, x, path, units)) expect(error).toBeLessThan(EXACT);
    expect(report.worst).toBeLessThan(EXACT);
    expect(report.layers.map(({ path }) => path)).toEqual(['c', 'a', 'b']);
    x.dispose();
    model.dispose();
  });

  const KINDS: [string, number[], number, tf.layers.Layer, string?][] = [
    ['conv1d', [9, 3], 5, tf.layers.conv1d({ filters: 5, kernelSize: 3, name: 'l' })],
    ['conv3d', [3, 3, 3, 2], 3, tf.layers.conv3d({ filters: 3, kernelSize: 2, name: 'l' }), 'Conv3D'],
    ['conv2dTranspose', [4, 4, 3], 5, tf.layers.conv2dTranspose({ filters: 5, kernelSize: 3, name: 'l' })],
    ['depthwiseConv2d', [6, 6, 3], 6, tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name: 'l' })],
    ['separableConv2d', [6, 6, 3], 5, tf.layers.separableConv2d({ filters: 5, kernelSize: 3, name: 'l' })],
  ];
  for (const [kind, shape, units, layer, kernel] of KINDS)
    it(`takes the units of ${kind} from the right axis`, async ({ skip }) => {
      skip(kernel !== undefined && !canRun(kernel), 'stock webgpu has no shader for five axes');
      const input = tf.input({ shape });
      const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
      const x = gaussian([8, ...shape], 7, 4, 1);
      expect((await dataDependent(model, x)).converged).toBe(true);
      for (const error of await worstUnit(model, x, 'l', units)) expect(error).toBeLessThan(EXACT);
      x.dispose();
      model.dispose();
    });

  it('sets g = 1 / σ of a weight norm and leaves the direction of v: outputs have std 1, not 1 / |v|', async () => {
    const model = dense(3, 4);
    const [start] = await weightsNow(model);
    const normOf = (w: tf.Tensor) => tf.sqrt(tf.sum(tf.square(w), 0));
    const handle = parametrize(weightsOf(model, 'd/kernel')[0]!, {
      forward: (v, { g }) => tf.mul(tf.div(v, normOf(v)), g!),
      rightInverse: (w) => w,
      variables: { g: normOf },
    });
    const x = gaussian([64, 4], 5, 3, 1);
    // t = v . x / |v|, by hand.
    const t = tf.tidy(() =>
      tf.div(tf.matMul(x as tf.Tensor2D, tf.tensor2d(start!, [4, 3])), normOf(tf.tensor2d(start!, [4, 3]))),
    );
    const sigma = unitsOf(await valuesOf(t), 3).map(({ std }) => std);
    await dataDependent(model, x);
    const g = Array.from(await handle.variables.g!.data());
    for (const [unit, value] of g.entries()) expect(value * sigma[unit]! - 1).toBeCloseTo(0, 4);
    for (const error of await worstUnit(model, x, 'd', 3)) expect(error).toBeLessThan(EXACT);
    const v = Array.from(await handle.raw.data());
    for (let unit = 0; unit < 3; unit++)
      expect(v[unit]! / v[3 + unit]!).toBeCloseTo(start![unit]! / start![3 + unit]!, 3);
    x.dispose();
    model.dispose();
  });

  it('leaves units that give the same everywhere and lists them, whatever rounding makes of their mean', async () => {
    const model = dense(3, 4, { useBias: true });
    // Unit 1 sees only inputs that do not vary.
    const kernel = tf.tensor2d([1, 0.1, 0, 0, 0.7, 1, 0, 0.3, 0, 1, 1e-3, 1], [4, 3]);
    const bias = tf.tensor1d([1, 2, 3]);
    model.setWeights([kernel, bias]);
    const x = tf.tidy(() => tf.concat([gaussian([50, 1], 1), tf.fill([50, 2], 1 / 3), gaussian([50, 1], 2)], 1));
    const still = tf.tidy(() => tf.mul(x, tf.tensor2d([[0, 1, 1, 0]])));
    const report = await dataDependent(model, still);
    expect(report.layers[0]!.dead).toEqual([0, 1, 2]);
    expect(await weightsNow(model)).toEqual([Array.from(await kernel.data()), [1, 2, 3]]);
    const some = await dataDependent(model, x);
    expect(some.layers[0]).toMatchObject({ dead: [], converged: true });
    tf.dispose([x, still, kernel, bias]);
    model.dispose();
  });

  it('lists single dead units beside live ones', async () => {
    const model = dense(3, 2);
    const weights = [tf.tensor2d([1, 0, 2, 1, 0, -1], [2, 3]), tf.tensor1d([0, 5, 0])];
    model.setWeights(weights);
    const x = gaussian([32, 2], 1);
    const { layers, converged, worst } = await dataDependent(model, x);
    expect(layers[0]).toMatchObject({
      dead: [1],
      reason: 'the output of dead units is the same everywhere on the batch',
    });
    expect(converged).toBe(true);
    expect(worst).toBeLessThan(EXACT);
    const [kernel, bias] = await weightsNow(model);
    expect([kernel![1], kernel![4], bias![1]]).toEqual([0, 0, 5]);
    tf.dispose([x, ...weights]);
    model.dispose();
  });

  it('scales and reports layers without a bias, whose means stay', async () => {
    const model = dense(4, 3, { useBias: false });
    const x = gaussian([64, 3], 1, 2, 5);
    const { layers } = await dataDependent(model, x);
    const [mean, std] = await worstUnit(model, x, 'd', 4);
    expect(std).toBeLessThan(EXACT);
    expect(mean).toBeGreaterThan(1);
    expect(layers[0]).toMatchObject({ bias: null, converged: true, reason: 'it has no bias to move its means' });
    expect(layers[0]!.after.mean).toBeCloseTo(mean, 4);
    x.dispose();
    model.dispose();
  });

  it('leaves frozen layers and those of the filter, fills with a start, and is the same again', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, inputShape: [3], name: 'a', trainable: false }),
        tf.layers.dense({ units: 4, name: 'b' }),
        tf.layers.dense({ units: 2, name: 'c' }),
      ],
    });
    const x = gaussian([64, 3], 1, 2, 5);
    const { layers } = await dataDependent(model, x, { filter: ['a/*', 'c/*'], start: normal(), seed: 2 });
    expect(layers.map(({ reason }) => reason)).toEqual(['frozen', 'the filter leaves it out', null]);
    expect(layers.map(({ iterations }) => iterations)).toEqual([0, 0, 1]);
    const first = await weightsNow(model);
    await dataDependent(model, x, { filter: 'c/*', start: normal(), seed: 2 });
    // The bias is taken off what the layer gives: another bias before moves the result by some 2^-24.
    for (const [i, values] of (await weightsNow(model)).entries())
      expect(maxAbsDifference(values, first[i]!)).toBeLessThan(1e-5);
    x.dispose();
    model.dispose();
  });

  it('leaves no tensor behind and, when it fails, all weights as they were', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 4, inputShape: [3] }), tf.layers.dense({ units: 2, name: 'last' })],
    });
    const x = gaussian([16, 3], 1, 2, 5);
    expect(await leakOf(() => dataDependent(model, x))).toEqual({ tensors: 0, variables: 0 });
    parametrize(weightsOf(model, 'last/kernel')[0]!, { forward: (w) => tf.round(w) });
    // Rounded small kernels may be 0, which is left.
    tf.tidy(() => weightsOf(model, 'last/kernel')[0]!.variable!.assign(tf.fill([4, 2], 3)));
    const larger = gaussian([16, 3], 2, 9, -5);
    const before = await weightsNow(model);
    const fails = () => expect(dataDependent(model, larger)).rejects.toThrow('must have a rightInverse');
    expect(await leakOf(fails)).toEqual({ tensors: 0, variables: 0 });
    expect(await weightsNow(model)).toEqual(before);
    tf.dispose([x, larger]);
    model.dispose();
  });
});

describe('dataDependent(model, batch, options) refuses', () => {
  const CASES: [string, (model: tf.LayersModel, x: tf.Tensor) => unknown][] = [
    ['dataDependent: model must be a LayersModel', (_, x) => dataDependent(null as never, x)],
    ['dataDependent: batch must be a tensor', (model) => dataDependent(model, 1 as never)],
    ['dataDependent: options must be among', (model, x) => dataDependent(model, x, { tolerance: 0.1 } as never)],
    ['dataDependent: seed must be a safe integer', (model, x) => dataDependent(model, x, { seed: 1e300 })],
    ['dataDependent: start must be an initializer', (model, x) => dataDependent(model, x, { start: {} as never })],
    ['dataDependent: model must have a dense', (model, x) => dataDependent(model, x, { filter: '**/bias' })],
  ];
  for (const [message, call] of CASES)
    it(`${message} ...`, async () => {
      const model = dense(2, 3);
      const x = gaussian([8, 3], 1);
      await expect((async () => call(model, x))()).rejects.toThrow(message);
      x.dispose();
      model.dispose();
    });
});
