import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalize, foldBatchNorm } from '../../src/index.ts';
import { equalizingScales } from '../../src/repair/equalizing-scales.ts';
import { golden } from '../helpers.ts';
import { normalTensor, predict, relative, shake, withModel } from './helpers.ts';

/** As in fold-batch-norm.test.ts: 2 · √n · 2^-24 of sums of n ≤ 100 products, three layers one after another, by outputs of M / 8. */
const ROUNDING = 1e-5;

const ENDS = { tolerance: 1e-4, sweeps: 1000 };

/** Largest magnitude of each unit of the last axis, or of the one before. */
const rangesOf = (values: Float32Array, shape: readonly number[], axis: -1 | -2): number[] => {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const result = new Array<number>(axis === -1 ? columns : rows).fill(0);
  for (const [i, value] of values.entries()) {
    const unit = axis === -1 ? i % columns : Math.floor(i / columns) % rows;
    result[unit] = Math.max(result[unit]!, Math.abs(value));
  }
  return result;
};

const mobile = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 2], activation: 'relu', name: 'conv' }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 2, name: 'deep' }),
      tf.layers.reLU(),
      tf.layers.conv2d({ filters: 5, kernelSize: 1, name: 'point' }),
      tf.layers.leakyReLU({ alpha: 0.1 }),
      tf.layers.separableConv2d({ filters: 3, kernelSize: 3, activation: 'relu', name: 'apart' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: 'softmax', name: 'out' }),
    ],
  });

describe('equalizingScales', () => {
  test('equalizingScales(kernels, pairs) of two dense kernels is √(r₁ / r₂) at once', () => {
    const kernel = (...values: number[]) => ({
      values: Float32Array.from(values),
      units: { kind: 'full', inputs: 2, outputs: 2 } as const,
    });
    const { scales, sweeps, residual } = equalizingScales(
      [kernel(8, 1, -2, 1), kernel(2, 1, 4, -16)],
      [{ makers: [{ kernel: 0 }], readers: [{ kernel: 1 }] }],
      ENDS,
    );
    expect([...scales[0]!]).toEqual([2, 0.25]);
    expect({ sweeps, residual }).toEqual({ sweeps: 1, residual: 0 });
  });

  test('equalizingScales(kernels, pairs) of chains ends where a transcription in numpy ends', () => {
    interface Case {
      shapes: [number, number][];
      kernels: number[][];
      scales: number[][];
    }
    for (const { shapes, kernels, scales: wanted } of golden<Case>('equalize')) {
      const list = kernels.map((values, k) => ({
        values: Float32Array.from(values),
        units: { kind: 'full', inputs: shapes[k]![0], outputs: shapes[k]![1] } as const,
      }));
      const pairs = list.slice(1).map((_, k) => ({ makers: [{ kernel: k }], readers: [{ kernel: k + 1 }] }));
      const { scales } = equalizingScales(list, pairs, { tolerance: 1e-10, sweeps: 10_000 });
      // Both end within 1e-10 of a fixed point, which chains approach by a constant factor a sweep.
      for (const [p, scale] of scales.entries())
        for (const [i, s] of scale.entries()) expect(Math.abs(Math.log(s / wanted[p]![i]!))).toBeLessThan(1e-7);
    }
  });

  test('equalizingScales(kernels, pairs) makes ranges equal on both sides, and leaves units of zeros', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(1000),
        (units, others, seed) => {
          const random = (i: number) => Math.sin(seed * 7.3 + i * 12.9898) * 10 ** (3 * Math.sin(i * seed + i));
          const first = Float32Array.from({ length: others * units }, (_, i) => random(i));
          const second = Float32Array.from({ length: units * others }, (_, i) => (i < others ? 0 : random(i + 100)));
          const [scale] = equalizingScales(
            [
              { values: first, units: { kind: 'full', inputs: others, outputs: units } },
              { values: second, units: { kind: 'full', inputs: units, outputs: others } },
            ],
            [{ makers: [{ kernel: 0 }], readers: [{ kernel: 1 }] }],
            ENDS,
          ).scales;
          const made = rangesOf(first, [others, units], -1).map((range, i) => range / scale![i]!);
          const read = rangesOf(second, [units, others], -2).map((range, i) => range * scale![i]!);
          expect(scale![0]).toBe(1);
          for (let i = 1; i < units; i++)
            if (made[i]! > 0) expect(Math.abs(Math.log(made[i]! / read[i]!))).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('equalize', () => {
  test('equalize(model) leaves the outputs and makes units equal; again it changes no bit', async () => {
    await withModel(mobile(), async (model) => {
      shake(model);
      const found = await equalize(model);
      expect(found.pairs.map(({ from, to }) => `${from} ${to}`)).toEqual([
        'conv deep',
        'deep point',
        'point apart',
        'apart out',
      ]);
      expect(found.skipped).toEqual([{ path: 'out', reason: 'it applies softmax, which no factor passes' }]);
      expect(found.residual).toBeLessThan(1e-4);
      expect(found.difference).toBeLessThan(ROUNDING);
      const x = normalTensor([3, 8, 8, 2]);
      expect(relative(await predict(model, x), await predict(found.model, x))).toBeLessThan(ROUNDING);
      x.dispose();
      const weights = new Map(weightsOf(found.model).map((weight) => [weight.path, weight]));
      const deep = weights.get('deep/depthwiseKernel')!;
      const point = weights.get('point/kernel')!;
      const [a, b] = [await valuesOf(deep.read()), await valuesOf(point.read())];
      const made = rangesOf(a, [9, 8], -1);
      const read = rangesOf(b, point.shape, -2);
      for (const [i, range] of made.entries()) expect(Math.abs(Math.log(range / read[i]!))).toBeLessThan(1e-4);

      const again = await equalize(found.model);
      expect(again.sweeps).toBe(0);
      for (const weight of weightsOf(again.model))
        expect(await valuesOf(weight.read())).toEqual(await valuesOf(weights.get(weight.path)!.read()));
      again.model.dispose();
      found.model.dispose();
    });
  });

  test('equalize(model) says what no factor passes: outputs, branches, shared layers, other activations, ReLU6, BatchNorm', async () => {
    const input = tf.input({ shape: [4] });
    const dense = (name: string, activation: 'relu' | 'tanh' | 'relu6' | 'linear' = 'linear') =>
      tf.layers.dense({ units: 4, activation, name });
    const [a, b, c, d] = [dense('a', 'relu6'), dense('b', 'tanh'), dense('c'), dense('d')];
    const bent = b.apply(a.apply(input));
    const twice = dense('twice');
    const branch = c.apply(twice.apply(twice.apply(bent)));
    const n = tf.layers.batchNormalization({ name: 'n' }).apply(d.apply(branch));
    const e = dense('e').apply(n) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([branch, e] as tf.SymbolicTensor[]) as tf.SymbolicTensor;
    await withModel(tf.model({ inputs: input, outputs: sum }), async (model) => {
      shake(model);
      const kept = await equalize(model);
      expect(kept.pairs).toEqual([]);
      expect(Object.fromEntries(kept.skipped.map(({ path, reason }) => [path, reason]))).toMatchObject({
        a: "ReLU6 between it and b cuts at 6, which no factor passes; relu6: 'replace' makes it a ReLU",
        b: 'it applies tanh, which no factor passes',
        twice: 'it is called twice',
        c: 'the model gives it out',
        d: 'n (BatchNormalization) stands between: fold it first',
        e: 'the model gives it out',
      });
      const replaced = await equalize(model, { relu6: 'replace' });
      expect(replaced.pairs.map(({ from, to }) => [from, to])).toEqual([['a', 'b']]);
      expect(replaced.replaced).toEqual(['a']);
      expect((replaced.model.getLayer('a').getConfig() as { activation: string }).activation).toBe('relu');
      kept.model.dispose();
      replaced.model.dispose();
    });
  });

  test('equalize(model) gives branches that meet in a sum, and all that read it, one factor: a residual net keeps what it says', async () => {
    const input = tf.input({ shape: [8, 8, 2] });
    const conv = (name: string, filters: number, kernelSize = 1, activation: 'relu' | 'linear' = 'linear') =>
      tf.layers.conv2d({ name, filters, kernelSize, activation, padding: 'same' });
    const stem = conv('stem', 4, 3).apply(input) as tf.SymbolicTensor;
    const inner = conv('expand', 6, 1, 'relu').apply(stem) as tf.SymbolicTensor;
    const branch = conv('contract', 4).apply(inner) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([stem, branch]) as tf.SymbolicTensor;
    const other = conv('other', 4).apply(sum) as tf.SymbolicTensor;
    const most = tf.layers.maximum().apply([sum, other]) as tf.SymbolicTensor;
    const flat = tf.layers.flatten().apply(tf.layers.reLU().apply(most)) as tf.SymbolicTensor;
    const out = tf.layers.dense({ units: 3, name: 'out' }).apply(flat) as tf.SymbolicTensor;
    await withModel(tf.model({ inputs: input, outputs: out }), async (model) => {
      shake(model);
      const { model: equal, pairs, skipped, difference } = await equalize(model);
      expect(pairs.map(({ from, to, others, units }) => [from, to, others, units])).toEqual([
        ['stem', 'expand', ['contract', 'other', 'out'], 4],
        ['expand', 'contract', [], 6],
      ]);
      expect(skipped).toEqual([{ path: 'out', reason: 'the model gives it out' }]);
      expect(pairs[0]!.factors[1] / pairs[0]!.factors[0]).toBeGreaterThan(1.1);
      // As above, and a sum of 256 numbers at the end: 2 · √256 · 2^-24 = 2e-6 more.
      expect(difference).toBeLessThan(ROUNDING);
      equal.dispose();
    });
  });

  test('equalize(model) leaves units alone that are a constant, whose bias would have to grow without bounds', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [4], activation: 'relu', name: 'a' }),
        tf.layers.dense({ units: 2, name: 'b' }),
      ],
    });
    await withModel(model, async () => {
      shake(model);
      tf.tidy(() => {
        const [kernel, bias] = model.layers[0]!.getWeights();
        model.layers[0]!.setWeights([tf.mul(kernel!, tf.tensor1d([1e-10, 1e-3, 1])), tf.add(tf.abs(bias!), 1)]);
      });
      const { model: equal, pairs, difference } = await equalize(model);
      expect(difference).toBeLessThan(ROUNDING);
      expect(pairs[0]!.factors[0]).toBeGreaterThan(1e-3);
      const bias = await valuesOf(tf.clone(equal.layers[0]!.getWeights()[1]!));
      const before = await valuesOf(tf.clone(model.layers[0]!.getWeights()[1]!));
      expect(bias[0]).toBe(before[0]);
      expect(bias[1]).not.toBe(before[1]);
      equal.dispose();
    });
  });

  test('equalize(model, {statistics}) absorbs biases that lie 3 deviations above 0; what is above stays the same', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [4], useBias: false, name: 'a' }),
        tf.layers.batchNormalization({ name: 'n' }),
        tf.layers.reLU(),
        tf.layers.dense({ units: 2, useBias: false, name: 'b' }),
      ],
    });
    await withModel(model, async () => {
      shake(model);
      tf.tidy(() => {
        const [, , mean, variance] = model.layers[1]!.getWeights();
        model.layers[1]!.setWeights([tf.tensor1d([0.5, 1, 2]), tf.tensor1d([9, 40, 1]), mean!, variance!]);
      });
      const folded = await foldBatchNorm(model);
      // Within half a deviation of the mean: none is cut.
      const x = tf.tidy(() => tf.mul(normalTensor([20, 4]), 0.2));
      const { model: equal, pairs, statistics } = await equalize(folded.model, { statistics: folded.statistics });
      expect(pairs[0]!.absorbed).toBe(2);
      const [s0, s1] = [9 - 1.5, 40 - 3].map((c) => c);
      expect(folded.statistics.a!.mean[0]! - 3 * folded.statistics.a!.std[0]!).toBeCloseTo(s0!, 5);
      expect(folded.statistics.a!.mean[1]! - 3 * folded.statistics.a!.std[1]!).toBeCloseTo(s1!, 5);
      // What is left of a mean is three deviations.
      for (const i of [0, 1]) expect(statistics.a!.mean[i]! / statistics.a!.std[i]!).toBeCloseTo(3, 4);
      expect(relative(await predict(folded.model, x), await predict(equal, x))).toBeLessThan(ROUNDING);
      x.dispose();
      folded.model.dispose();
      equal.dispose();
    });
  });

  test('equalize(model, {statistics}) refuses those of other layers; nothing leaks', async () => {
    await withModel(mobile(), async (model) => {
      const leak = await leakOf(async () => {
        const statistics = { other: { mean: new Float32Array(1), std: new Float32Array(1) } };
        await expect(equalize(model, { statistics })).rejects.toThrow(
          'equalize: statistics must be those of dense layers and convolutions of the model, got "other"',
        );
        const short = { out: { mean: new Float32Array(3), std: new Float32Array(1) } };
        await expect(equalize(model, { statistics: short })).rejects.toThrow('must have 3 entries, got 1');
        (await equalize(model)).model.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    });
  });
});
