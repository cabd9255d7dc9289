import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import { correctBias, dequantize, equalize, foldBatchNorm, quantize, quantizeModel } from '../../src/index.ts';
import { bitsOf } from '../helpers.ts';
import { distance, inStock, predict } from './graph-answers.ts';
import { normGraph, residualGraph } from './graphs.ts';
import { normalTensor, relative } from './helpers.ts';

/**
 * Seven layers of sums of n ≤ 36 products, each rounded to 2 · √n · 2^-24 of its largest term before and after: 7 · 2 · 6 · 2^-24 = 5e-6, and
 * outputs of a quarter of the terms that they are sums of.
 */
const ROUNDING = 2e-5;

const bits = async (model: tf.GraphModel) => {
  const all = new Map<string, number[]>();
  for (const weight of weightsOf(model)) all.set(weight.path, bitsOf(await valuesOf(weight.read())));
  return all;
};

describe('equalize', () => {
  test('equalize(graph) finds pairs, sums and branches, leaves the outputs, and again it changes no bit', async () => {
    const model = await residualGraph(true);
    const before = await bits(model);
    const x = normalTensor([16, 8, 8, 2]);
    const truth = await predict(model, x);
    const found = await equalize(model, { probes: x });
    expect(found.pairs.map(({ from, to, others, units }) => [from, to, others, units])).toEqual([
      ['project', 'expand', ['contract', 'last'], 4],
      ['expand', 'contract', [], 6],
      ['last', 'head', [], 5],
    ]);
    expect(Object.fromEntries(found.skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      stem: "ReLU6 between it and deep cuts at 6, which no factor passes; relu6: 'bound' gives each unit a bound of its own, 'replace' makes it a ReLU",
      deep: "ReLU6 between it and project cuts at 6, which no factor passes; relu6: 'bound' gives each unit a bound of its own, 'replace' makes it a ReLU",
      head: 'the model gives it out',
    });
    expect(found.residual).toBeLessThan(1e-4);
    expect(found.difference).toBeLessThan(ROUNDING);
    expect(relative(truth, await predict(found.model, x))).toBeLessThan(ROUNDING);
    // The ranges that were 100 : 1 in any of the makers are the same in the largest of them as in the largest of the readers.
    const weights = new Map(weightsOf(found.model).map((weight) => [weight.path, weight]));
    const largest = async (path: string, unitOf: (entry: number) => number): Promise<number[]> => {
      const result = new Array<number>(4).fill(0);
      for (const [i, value] of (await valuesOf(weights.get(path)!.read())).entries())
        result[unitOf(i)] = Math.max(result[unitOf(i)]!, Math.abs(value));
      return result;
    };
    const [a, b] = [await largest('project_k', (i) => i % 4), await largest('contract_k', (i) => i % 4)];
    const [c, d] = [
      await largest('expand_k', (i) => Math.floor(i / 6)),
      await largest('last_k', (i) => Math.floor(i / 5) % 4),
    ];
    for (let i = 0; i < 4; i++)
      expect(Math.abs(Math.log(Math.max(a[i]!, b[i]!) / Math.max(c[i]!, d[i]!)))).toBeLessThan(1e-4);

    const again = await equalize(found.model);
    expect(again.sweeps).toBe(0);
    expect(await bits(again.model)).toEqual(await bits(found.model));
    expect(await bits(model)).toEqual(before);
    for (const one of [x, model, found.model, again.model]) one.dispose();
  });

  test("equalize(graph, {relu6: 'bound'}) passes ReLU6 by a bound for each unit, 'replace' takes it away", async () => {
    const model = await residualGraph(true);
    const x = tf.tidy(() => tf.mul(normalTensor([16, 8, 8, 2]), 3));
    const truth = await predict(model, x);
    const bounded = await equalize(model, { relu6: 'bound', probes: x });
    expect(bounded.pairs.map(({ from, to }) => [from, to]).slice(0, 2)).toEqual([
      ['stem', 'deep'],
      ['deep', 'project'],
    ]);
    expect(bounded.replaced).toEqual(['stem', 'deep']);
    expect(bounded.difference).toBeLessThan(ROUNDING);
    const bound = weightsOf(bounded.model).find(({ path }) => path === 'stem/bound')!;
    const { factors } = bounded.pairs[0]!;
    const bounds = await valuesOf(bound.read());
    expect(Math.max(...bounds) / (6 / factors[0])).toBeCloseTo(1, 6);
    // Where it is found again, the bound scales with its units.
    const again = await equalize(bounded.model, { probes: x });
    expect([again.sweeps, again.pairs.length, again.difference]).toEqual([0, 5, 0]);
    const replaced = await equalize(model, { relu6: 'replace' });
    expect(replaced.replaced).toEqual(['stem', 'deep']);
    // Something was cut.
    expect(relative(truth, await predict(replaced.model, x))).toBeGreaterThan(0.01);
    for (const one of [x, model, bounded.model, again.model, replaced.model]) one.dispose();
  });

  test('equalize(graph) of units of 100 : 1 makes a uint8 file in stock what it is of even units', async () => {
    const [even, model] = [await residualGraph(false), await residualGraph(true)];
    const x = normalTensor([64, 8, 8, 2], 9);
    const truth = await predict(even, x);
    expect(relative(truth, await predict(model, x))).toBeLessThan(ROUNDING);
    const equal = await equalize(model);
    const broken = distance(truth, await inStock(model, x));
    const repaired = distance(truth, await inStock(equal.model, x));
    expect(broken).toBeGreaterThan(0.2);
    expect(repaired).toBeLessThan(0.03);
    for (const one of [x, even, model, equal.model]) one.dispose();
  });

  test('equalize(graph) leaks nothing, refuses statistics and what is no weight by path and index', async () => {
    const model = await residualGraph(true);
    const leak = await leakOf(async () => {
      (await equalize(model, { relu6: 'bound' })).model.dispose();
      const statistics = { sum: { mean: new Float32Array(4), std: new Float32Array(4) } };
      await expect(equalize(model, { statistics })).rejects.toThrow(
        'statistics must be those of dense layers and convolutions of the model',
      );
      const wrong = tf.ones([2, 8, 8, 3]);
      await expect(equalize(model, { probes: wrong })).rejects.toThrow('equalize: probes must have shape');
      wrong.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    const [weight] = weightsOf(model).filter(({ path }) => path === 'expand_k');
    const broken = await valuesOf(weight!.read());
    broken[7] = Number.NaN;
    tf.tidy(() => weight!.write(tf.tensor(broken, [...weight!.shape])));
    await expect(equalize(model)).rejects.toThrow('equalize: weights must be finite, got NaN at expand_k[7]');
    model.dispose();
  });
});

describe('correctBias', () => {
  for (const batch of [null, 1])
    test(`correctBias(graph, x) gives units the means that they had, in batches of ${batch ?? 'any size'}`, async () => {
      const model = await residualGraph(false, batch);
      const before = await bits(model);
      const x = tf.tidy(() => tf.add(normalTensor([8, 8, 8, 2]), 1));
      const { model: better, corrected, skipped, error } = await correctBias(model, x);
      expect(corrected.map(({ path, units }) => [path, units])).toEqual([
        ['stem', 4],
        ['deep', 4],
        ['project', 4],
        ['expand', 6],
        ['contract', 4],
        ['last', 5],
        ['head', 3],
      ]);
      expect(skipped).toEqual([]);
      expect(error!.after).toBeLessThan(error!.before / 2);
      // Of the first layer the correction is known: the mean of (W − Ŵ) x, by a convolution of its own.
      const kernel = await valuesOf(
        weightsOf(model)
          .find(({ path }) => path === 'stem_k')!
          .read(),
      );
      const lost = dequantize(quantize(kernel)).map((value, i) => kernel[i]! - value);
      const expected = await valuesOf(
        tf.tidy(() => tf.mean(tf.conv2d(x as tf.Tensor4D, tf.tensor4d(lost, [3, 3, 2, 4]), 1, 'same'), [0, 1, 2])),
      );
      const bias = async (of: tf.GraphModel) =>
        valuesOf(
          weightsOf(of)
            .find(({ path }) => path === 'stem_b')!
            .read(),
        );
      const [was, is] = [await bias(model), await bias(better)];
      // Means of 512 sums of 18 products of size 1, twice, and a bias of size 1: 2^-24 · (√18 · 2 + 1) · 2.
      for (const [i, value] of expected.entries()) expect(Math.abs(is[i]! - was[i]! - value)).toBeLessThan(1.2e-6);
      expect(await bits(model)).toEqual(before);
      for (const one of [x, model, better]) one.dispose();
    });

  test('correctBias(graph, x) makes the means of the rounded model those of the model, in a file that stock loads', async () => {
    const model = await residualGraph(false);
    const x = tf.tidy(() => tf.add(normalTensor([32, 8, 8, 2]), 1));
    const { model: better } = await correctBias(model, x);
    const meansOf = (said: Float32Array) =>
      [0, 1, 2].map((unit) => said.filter((_, i) => i % 3 === unit).reduce((sum, value) => sum + value / 32, 0));
    const truth = meansOf(await predict(model, x));
    const { artifacts } = await quantizeModel(better, { filter: '*_k', dtype: 'uint8' });
    const stock = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
    const means = meansOf(await predict(stock, x));
    // Each bias of the last layers is rounded to float32, and so are sums of 32 outputs of size 4: 2^-24 · 4 · √32 · 4.
    for (const [i, mean] of means.entries()) expect(Math.abs(mean - truth[i]!)).toBeLessThan(1e-5);
    for (const one of [x, model, better, stock]) one.dispose();
  });

  test('correctBias(graph, x, {dtype}) by pattern makes the means of a file that is rounded so, and a kernel without one shifts nothing', async () => {
    const model = await residualGraph(false);
    const x = tf.tidy(() => tf.add(normalTensor([32, 8, 8, 2]), 1));
    const coarse = ['project_k', 'expand_k', 'contract_k', 'last_k', 'head_k'].map((path) => [path, 'uint8'] as const);
    const dtype = { deep_k: 'uint16' as const, ...Object.fromEntries(coarse) };
    const { model: better, corrected } = await correctBias(model, x, { dtype });
    // Both run the same convolution of the same numbers.
    expect(corrected.find(({ path }) => path === 'stem')!.largest).toBe(0);
    const meansOf = (said: Float32Array) =>
      [0, 1, 2].map((unit) => said.filter((_, i) => i % 3 === unit).reduce((sum, value) => sum + value / 32, 0));
    const truth = meansOf(await predict(model, x));
    const means = async (of: tf.GraphModel) => {
      const { artifacts } = await quantizeModel(of, { dtype });
      const stock = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
      const found = meansOf(await predict(stock, x));
      stock.dispose();
      return found.reduce((most, mean, i) => Math.max(most, Math.abs(mean - truth[i]!)), 0);
    };
    // As above; for 8 bits in all kernels, the biases are others.
    expect(await means(better)).toBeLessThan(1e-5);
    const { model: plain } = await correctBias(model, x);
    expect(await means(plain)).toBeGreaterThan(1e-4);
    for (const one of [x, model, better, plain]) one.dispose();
  });

  test('correctBias(graph) leaks nothing and refuses statistics', async () => {
    const model = await residualGraph(false);
    const leak = await leakOf(async () => {
      const x = normalTensor([2, 8, 8, 2]);
      (await correctBias(model, x)).model.dispose();
      const other = { none: 'uint8' } as const;
      await expect(correctBias(model, x, { dtype: other })).rejects.toThrow(
        'correctBias: patterns of dtype must match a weight',
      );
      await expect(correctBias(model, {})).rejects.toThrow('correctBias: data must be tensors for a GraphModel');
      const wrong = tf.tidy(() => tf.where(tf.equal(tf.range(0, 256), 200).reshape([2, 8, 8, 2]), Number.NaN, x));
      await expect(correctBias(model, wrong)).rejects.toThrow(
        'correctBias: data must be finite, got NaN at data[1][72]',
      );
      wrong.dispose();
      x.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
  });
});

describe('foldBatchNorm', () => {
  for (const biased of [false, true])
    test(`foldBatchNorm(graph) puts FusedBatchNorm into the kernel ${biased ? 'and bias ' : ''}before it`, async () => {
      const model = await normGraph(biased);
      const before = await bits(model);
      const x = normalTensor([8, 8, 8, 2]);
      const truth = await predict(model, x);
      const {
        model: folded,
        folded: pairs,
        skipped,
        difference,
        statistics,
      } = await foldBatchNorm(model, { probes: x });
      expect([pairs, skipped]).toEqual([[{ path: 'norm', into: 'conv', units: 4 }], []]);
      expect(Object.keys(statistics)).toEqual(['conv']);
      // Sums of 18 products, scaled and shifted, before and after: 2 · (√18 + 2) · 2^-24, and outputs of a half of their terms.
      expect(difference).toBeLessThan(2e-6);
      expect(relative(truth, await predict(folded, x))).toBeLessThan(2e-6);
      const added = biased ? 'b' : 'norm/bias';
      const weights = new Map(weightsOf(folded).map((weight) => [weight.path, weight]));
      expect([...weights.keys()].sort()).toEqual([added, 'k'].sort());
      const read = async (of: tf.GraphModel, name: string) =>
        valuesOf(
          weightsOf(of)
            .find(({ path }) => path === name)!
            .read(),
        );
      const [kernel, gamma, beta, mean, variance] = await Promise.all(
        ['k', 'gamma', 'beta', 'mean', 'variance'].map((name) => read(model, name)),
      );
      const scale = Array.from(gamma!, (value, i) => value / Math.sqrt(variance![i]! + 0.125));
      expect(await read(folded, 'k')).toEqual(kernel!.map((value, i) => value * scale[i % 4]!));
      const bias = biased ? await read(model, 'b') : new Float32Array(4);
      for (const [i, value] of (await read(folded, added)).entries())
        expect(value).toBeCloseTo(beta![i]! + (bias[i]! - mean![i]!) * scale[i]!, 6);
      expect(await bits(model)).toEqual(before);
      expect(await leakOf(async () => (await foldBatchNorm(model)).model.dispose())).toEqual({
        tensors: 0,
        variables: 0,
      });
      const equal = await equalize(folded);
      expect(equal.skipped).toEqual([{ path: 'conv', reason: 'the model gives it out' }]);
      for (const one of [x, model, folded, equal.model]) one.dispose();
    });

  test('foldBatchNorm(graph) says why a batch normalization stays, and what has none stays to the bit', async () => {
    const read = await normGraph(false, ['conv']);
    const kept = await foldBatchNorm(read);
    expect(kept.folded).toEqual([]);
    expect(kept.skipped).toEqual([{ path: 'norm', reason: 'conv before it is read elsewhere too' }]);
    const plain = await residualGraph(false);
    const same = await foldBatchNorm(plain);
    expect([same.folded, same.skipped, same.difference]).toEqual([[], [], 0]);
    expect(await bits(same.model)).toEqual(await bits(plain));
    for (const one of [read, kept.model, plain, same.model]) one.dispose();
  });
});
