import * as tf from '@tensorflow/tfjs';
import { finiteValues, parametrize, weightsOf } from '@weightkit/core';
import { artifactsOf, loadStock } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate, convert, smoothQuant } from '../../src/index.ts';
import { largestRead, smoothingFactors } from '../../src/post-training/smoothing-factors.ts';
import { golden } from '../helpers.ts';
import { valuesOf, wave, withBoth, withWeights } from './helpers.ts';

interface Golden {
  kind: 'dense' | 'norm';
  alpha: number;
  x: number[];
  factors: number[];
  before: Record<string, number[]>;
  weights: Record<string, number[]>;
}

/** Sums of 7 products in float32 and a power of at most 1: 2^-20. WebGPU's square roots and divisions are 2^-12 off. */
const ROOM = tf.getBackend() === 'webgpu' ? 2 ** -11 : 2 ** -18;

const denseModel = () =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, inputShape: [5], activation: 'relu', name: 'a' }),
      tf.layers.dense({ units: 4, name: 'b' }),
    ],
  });

function normModel(): tf.LayersModel {
  const input = tf.input({ shape: [6] });
  const n = tf.layers.layerNormalization({ name: 'n' }).apply(input);
  const [p, q] = [3, 2].map((units, i) => tf.layers.dense({ units, useBias: false, name: 'pq'[i]! }).apply(n));
  const outputs = tf.layers.concatenate().apply([p, q] as tf.SymbolicTensor[]) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs });
}

/** Convolutions of all kinds, a batch normalization, and what lies between. */
const convolutions = (): tf.Sequential => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 2], useBias: false, name: 'conv' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.reLU(),
      tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 2, name: 'deep' }),
      tf.layers.leakyReLU({ alpha: 0.1 }),
      tf.layers.conv2dTranspose({ filters: 5, kernelSize: 3, name: 'up' }),
      tf.layers.separableConv2d({ filters: 3, kernelSize: 3, activation: 'relu', name: 'apart' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: 'softmax', name: 'out' }),
    ],
  });
  withWeights(model);
  tf.tidy(() => {
    const variance = weightsOf(model, 'norm/movingVariance')[0]!;
    variance.write(tf.add(1, tf.square(variance.read())));
  });
  return model;
};

/** Puts numbers in weights by path. */
function put(model: tf.LayersModel, values: Record<string, number[]>): void {
  for (const [path, own] of Object.entries(values)) {
    const [weight] = weightsOf(model, path);
    tf.tidy(() => weight!.write(tf.tensor(own, [...weight!.shape])));
  }
}

describe('smoothQuant', () => {
  it('smoothingFactors(activations, weights, alpha) balances both, unit by unit', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 6 }), fc.double({ min: 0, max: 1 }), (seed, n, alpha) => {
        const of = (from: number) =>
          Float64Array.from({ length: n }, (_, i) => Math.exp(8 * Math.sin(seed + from * i)));
        const [x, w] = [of(3.3), of(7.1)];
        for (const [i, s] of smoothingFactors(x, w, alpha).entries()) {
          // What is left of either side has the product of both before, shared out by alpha.
          const both = Math.log(x[i]! * w[i]!);
          expect(Math.log(x[i]! / s)).toBeCloseTo((1 - alpha) * both, 9);
          expect(Math.log(w[i]! * s)).toBeCloseTo(alpha * both, 9);
        }
      }),
      { numRuns: 50 },
    );
    expect([...smoothingFactors(Float64Array.of(0, 4, 9), Float64Array.of(2, 0, 4), 0.5)]).toEqual([1, 1, 1.5]);
    const units = { kind: 'full', inputs: 4, outputs: 2 } as const;
    expect([...largestRead([{ values: Float32Array.of(1, -2, 3, 0, -5, 1, 0, 1), units }], 2)]).toEqual([5, 3]);
  });

  it.each(golden<Golden>('smooth-quant'))(
    'smoothQuant(model, { x }, { alpha: $alpha }) of $kind is that of numpy',
    async (g) => {
      const model = g.kind === 'dense' ? denseModel() : normModel();
      put(model, g.before);
      const width = g.kind === 'dense' ? 5 : 6;
      const x = tf.tensor(g.x, [20, width]);
      const before = await valuesOf(model);
      const { smoothed, difference, restore } = await smoothQuant(model, { x }, { alpha: g.alpha });
      expect(smoothed.map(({ from, to }) => [from, ...to])).toEqual([
        g.kind === 'dense' ? ['a', 'b'] : ['n', 'p', 'q'],
      ]);
      const off = (found: ArrayLike<number>, wanted: number[]) =>
        Math.max(...wanted.map((v, i) => (v === found[i] ? 0 : Math.abs(found[i]! / v - 1))));
      expect(off(smoothed[0]!.factors, g.factors)).toBeLessThan(ROOM);
      for (const [path, wanted] of Object.entries(g.weights))
        expect(off(await finiteValues('test', weightsOf(model, path)[0]!), wanted)).toBeLessThan(ROOM);
      expect(difference).toBeLessThan(ROOM);
      restore();
      expect(await valuesOf(model)).toEqual(before);
      x.dispose();
      model.dispose();
    },
  );

  it('smoothQuant(model, { x }) goes through convolutions of all kinds; outputs stay, and stock tfjs loads it', async () => {
    await withBoth(convolutions, [6, 8, 8, 2], async (model, { x }) => {
      const before = await valuesOf(model);
      const { smoothed, skipped, difference, restore } = await smoothQuant(model, { x });
      expect(smoothed.map(({ from, to, factors }) => [from, to, factors.length])).toEqual([
        ['norm', ['deep'], 4],
        ['deep', ['up'], 8],
        ['up', ['apart'], 5],
        ['apart', ['out'], 3],
      ]);
      expect(skipped).toEqual([{ path: 'conv', reason: 'the model is given what it reads' }]);
      // Sums of at most 72 products, six layers one after another.
      expect(difference).toBeLessThan(1e-4);
      const stock = await loadStock(await artifactsOf((handler) => model.save(handler)));
      const [ours, theirs] = tf.tidy(() => [model.predictOnBatch(x), stock.predictOnBatch(x)] as tf.Tensor[]);
      expect(await theirs!.data()).toEqual(await ours!.data());
      tf.dispose([ours!, theirs!]);
      stock.dispose();
      restore();
      expect(await valuesOf(model)).toEqual(before);
    });
  });

  it('smoothQuant helps where a few units are large: less is lost to activations of 8 bits and weights of 8', async () => {
    const make = () => {
      const model = tf.sequential({
        layers: [
          tf.layers.dense({ units: 16, inputShape: [8], activation: 'relu', name: 'a' }),
          tf.layers.layerNormalization({ name: 'n' }),
          tf.layers.dense({ units: 12, activation: 'relu', name: 'b' }),
          tf.layers.dense({ units: 4, name: 'c' }),
        ],
      });
      withWeights(model);
      // Two of sixteen units are 100 times the others and their weights 30 times smaller, so that they count no more than three times.
      const large = Array.from({ length: 16 }, (_, i) => i === 3 || i === 11);
      put(model, { 'n/gamma': large.map((is) => (is ? 100 : 1)) });
      const [kernel] = weightsOf(model, 'b/kernel');
      tf.tidy(() => kernel!.write(tf.mul(kernel!.read(), tf.tensor2d(large.map((is) => [is ? 1 / 30 : 1])))));
      return model;
    };
    await withBoth(make, [64, 8], async (model, data) => {
      const lost = async () => {
        const calibration = await calibrate(model, data, { observer: 'minMax' });
        const converted = await convert(model, calibration, { weights: { dtype: 'uint8' }, probes: data.x });
        converted.restore();
        return converted.effect!.relative;
      };
      const plain = await lost();
      const { smoothed, restore } = await smoothQuant(model, data);
      const [first] = smoothed;
      expect(first!.from).toBe('n');
      expect(first!.spread.after).toBeLessThan(0.8 * first!.spread.before);
      expect(await lost()).toBeLessThan(plain / 5);
      restore();
    });
  });

  it('smoothQuant names what cannot be smoothed, with the reason', async () => {
    const input = tf.input({ shape: [4] });
    const dense = (name: string, activation: 'relu' | 'tanh' | 'linear' = 'linear') =>
      tf.layers.dense({ units: 4, activation, name });
    const chain = (from: unknown, ...layers: { apply(x: unknown): unknown }[]) =>
      layers.reduce((x, layer) => layer.apply(x), from) as tf.SymbolicTensor;
    const a = chain(input, dense('a', 'tanh'));
    const b = chain(a, dense('b'));
    const [twice, cut] = [dense('twice'), tf.layers.reLU({ maxValue: 6, name: 'cut' })];
    const c = chain(b, twice, twice, dense('c'));
    const d = chain(c, cut, dense('d'));
    const plain = tf.layers.batchNormalization({ scale: false, name: 'plain' });
    const e = chain(d, plain, dense('e'));
    const f = chain(e, tf.layers.layerNormalization({ name: 'n' }), dense('f'));
    const g = chain(e, dense('g'));
    const sum = chain([f, g], tf.layers.add({ name: 'sum' }));
    const outputs = chain(sum, dense('h'));
    const free = chain(f, dense('i'));
    const model = tf.model({ inputs: input, outputs: [outputs, free] });
    const x = wave([5, 4], 3);
    const { smoothed, skipped, restore } = await smoothQuant(model, { x });
    expect(smoothed.map(({ from, to }) => [from, to])).toEqual([['n', ['f']]]);
    expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      a: 'the model is given what it reads',
      b: 'a (Dense) before it applies tanh',
      twice: 'it is called twice',
      c: 'twice before it is called twice',
      d: 'cut (ReLU) cuts at 6',
      e: 'plain (BatchNormalization) before it has no gamma that could take a factor',
      g: 'e is read by n (LayerNormalization) too',
      h: 'sum (Add) does not let a factor pass',
      i: 'f is read by sum (Add) too: no factor passes it',
    });
    restore();
    tf.dispose([x]);
    model.dispose();
  });

  it('smoothQuant(model, { x }, { filter }) smooths readers of the same units together or not at all', async () => {
    const model = normModel();
    const x = wave([6, 6], 2);
    const only = async (filter: string | string[]) => {
      const { smoothed, skipped, restore } = await smoothQuant(model, { x }, { filter });
      restore();
      return [smoothed.map(({ to }) => to), skipped] as const;
    };
    expect(await only('p/kernel')).toEqual([
      [],
      [
        { path: 'p', reason: 'the filter leaves out q, which reads the same' },
        { path: 'q', reason: 'the filter leaves it out' },
      ],
    ]);
    expect(await only(['p/kernel', 'q/kernel'])).toEqual([[['p', 'q']], []]);
    x.dispose();
    model.dispose();
  });

  it('smoothQuant refuses NaN, parametrized weights and wrong options, and leaves everything as it was', async () => {
    await withBoth(
      () => withWeights(denseModel()),
      [6, 5],
      async (model, data) => {
        const before = await valuesOf(model);
        const refused = (options: object, message: string, given: object = data) =>
          expect(smoothQuant(model, given as never, options as never)).rejects.toThrow(message);
        await refused({ alpha: 1.5 }, 'smoothQuant: alpha must be a number in 0..1, got 1.5');
        await refused(
          { filter: 'a/bias' },
          'smoothQuant: filter must match kernels of dense layers and convolutions alone',
        );
        await refused({ power: 0.5 }, 'smoothQuant: options');
        const nan = tf.fill([2, 5], Number.NaN);
        await refused({}, 'smoothQuant: activations must be finite, got NaN at x[0]', { x: nan });
        nan.dispose();
        const handle = parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 1) });
        await refused({}, 'smoothQuant: weights must not be parametrized (fold them first), got b/kernel');
        handle.restore();
        expect(await valuesOf(model)).toEqual(before);
      },
    );
  });
});
