import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import { equalize, foldBatchNorm } from '../../src/index.ts';
import { equalizingScales } from '../../src/repair/equalizing-scales.ts';
import { bitsOf, golden } from '../helpers.ts';
import { distance, inStock, predict } from './graph-answers.ts';
import { biasedGraph, concatGraph, doubledGraph, normGraph } from './graphs.ts';
import { normalTensor, predict as predictLayers, relative } from './helpers.ts';

/** As in graph-repairs.test.ts: four layers of sums of n ≤ 99 products, 4 · 2 · 10 · 2^-24 = 5e-6, and outputs of a quarter of their terms. */
const ROUNDING = 2e-5;

const weightIn = async (model: tf.GraphModel, name: string): Promise<Float32Array> =>
  valuesOf(
    weightsOf(model)
      .find(({ path }) => path === name)!
      .read(),
  );

describe('equalize through a concatenation', () => {
  test('equalizingScales(kernels, groups) with parts of units ends where a transcription in numpy ends', () => {
    interface Case {
      widths: [number, number, number, number];
      kernels: number[][];
      scales: number[];
    }
    for (const { widths, kernels, scales: wanted } of golden<Case>('equalize-concat')) {
      const [left, right, wide, side] = widths;
      const shapes = [
        [3, left],
        [3, right],
        [left + right, wide],
        [right, side],
      ] as const;
      const list = kernels.map((values, k) => ({
        values: Float32Array.from(values),
        units: { kind: 'full', inputs: shapes[k]![0], outputs: shapes[k]![1] } as const,
      }));
      const group = {
        makers: [
          { kernel: 0, from: 0, width: left },
          { kernel: 1, from: left, width: right },
        ],
        readers: [{ kernel: 2 }, { kernel: 3, from: left, width: right }],
        units: left + right,
      };
      const { scales } = equalizingScales(list, [group], { tolerance: 1e-12, sweeps: 100 });
      // One group: the fixed point is reached at once.
      for (const [i, s] of scales[0]!.entries()) expect(Math.abs(Math.log(s / wanted[i]!))).toBeLessThan(1e-12);
    }
  });

  test('equalize(graph) gives branches that stand side by side factors of their own, and leaves the outputs', async () => {
    const [even, model] = [await concatGraph(false), await concatGraph(true)];
    const x = normalTensor([32, 8, 8, 2]);
    const truth = await predict(model, x);
    const found = await equalize(model, { probes: x });
    expect(found.pairs.map(({ from, to, others, units }) => [from, to, others, units])).toEqual([
      ['left', 'wide', ['right', 'side'], 9],
      ['wide', 'head', ['side'], 5],
    ]);
    expect(found.skipped).toEqual([{ path: 'head', reason: 'the model gives it out' }]);
    expect(found.difference).toBeLessThan(ROUNDING);
    expect(relative(truth, await predict(found.model, x))).toBeLessThan(ROUNDING);
    const again = await equalize(found.model);
    expect(again.sweeps).toBe(0);
    const wide = await weightIn(found.model, 'wide_k');
    expect(bitsOf(await weightIn(again.model, 'wide_k'))).toEqual(bitsOf(wide));
    // Channels that were 100 : 1 are what they are of even units in a uint8 file.
    const broken = distance(truth, await inStock(model, x));
    const repaired = distance(truth, await inStock(found.model, x));
    const best = distance(truth, await inStock(even, x));
    expect(broken).toBeGreaterThan(0.1);
    expect(repaired).toBeLessThan(Math.max(0.02, 2 * best));
    for (const one of [x, even, model, found.model, again.model]) one.dispose();
  });

  test('equalize(graph) leaves what the model is given where it stands beside units, and scales these', async () => {
    const model = await concatGraph(true, true);
    const x = normalTensor([16, 8, 8, 2]);
    const truth = await predict(model, x);
    const before = await weightIn(model, 'wide_k');
    const found = await equalize(model, { probes: x });
    expect(found.pairs[0]).toMatchObject({ from: 'left', to: 'wide', others: ['right', 'side'], units: 11 });
    expect(found.difference).toBeLessThan(ROUNDING);
    expect(relative(truth, await predict(found.model, x))).toBeLessThan(ROUNDING);
    // The first two channels of what `wide` reads are the input: only the factors of what it makes are theirs.
    const after = await weightIn(found.model, 'wide_k');
    const ratio = (channel: number, unit: number) => after[5 * channel + unit]! / before[5 * channel + unit]!;
    for (let unit = 0; unit < 5; unit++) expect(ratio(1, unit) / ratio(0, unit)).toBeCloseTo(1, 6);
    expect(ratio(4, 0) / ratio(0, 0)).not.toBeCloseTo(1, 1);
    for (const one of [x, model, found.model]) one.dispose();
  });

  test('equalize(graph) passes places that are doubled by Pack and Reshape', async () => {
    const model = await doubledGraph();
    const x = normalTensor([4, 4, 4, 2]);
    const truth = await predict(model, x);
    const found = await equalize(model, { probes: x });
    expect(found.pairs.map(({ from, to, units }) => [from, to, units])).toEqual([['small', 'large', 4]]);
    expect(found.pairs[0]!.factors[1] / found.pairs[0]!.factors[0]).toBeGreaterThan(1.1);
    expect(relative(truth, await predict(found.model, x))).toBeLessThan(ROUNDING);
    for (const one of [x, model, found.model]) one.dispose();
  });

  test('equalize(model) passes Concatenate of layers, one after another, and refuses one that has the same units twice', async () => {
    const dense = (units: number, name: string) =>
      tf.layers.dense({ units, activation: 'relu', name, kernelInitializer: 'randomNormal' });
    const input = tf.input({ shape: [5] });
    const a = dense(3, 'a').apply(input) as tf.SymbolicTensor;
    const b = dense(4, 'b').apply(a) as tf.SymbolicTensor;
    const ab = tf.layers.concatenate().apply([a, b]) as tf.SymbolicTensor;
    const c = dense(2, 'c').apply(ab) as tf.SymbolicTensor;
    const abc = tf.layers.concatenate().apply([ab, c]) as tf.SymbolicTensor;
    const model = tf.model({
      inputs: input,
      outputs: tf.layers.dense({ units: 2, name: 'out' }).apply(abc) as tf.SymbolicTensor,
    });
    const x = normalTensor([8, 5]);
    const truth = await predictLayers(model, x);
    const found = await equalize(model, { probes: x });
    expect(found.pairs.map(({ from, units }) => [from, units])).toEqual([['a', 9]]);
    expect(found.difference).toBeLessThan(ROUNDING);
    expect(relative(truth, await predictLayers(found.model, x))).toBeLessThan(ROUNDING);
    const d = dense(3, 'd').apply(input) as tf.SymbolicTensor;
    const twice = tf.layers.concatenate({ name: 'twice' }).apply([d, d]) as tf.SymbolicTensor;
    const end = tf.layers.dense({ units: 2, name: 'end' }).apply(twice) as tf.SymbolicTensor;
    const other = tf.model({ inputs: input, outputs: end });
    const kept = await equalize(other);
    expect(kept.pairs).toEqual([]);
    expect(kept.skipped[0]).toEqual({ path: 'd', reason: 'twice joins the same units in two places' });
    for (const one of [x, model, found.model, other, kept.model]) one.dispose();
  });
});

describe('absorption of high biases in a graph', () => {
  interface Case {
    kernel: number[];
    bias: number[];
    after: number[];
    last: number[];
    x: number[];
    mean: number[];
    std: number[];
    absorbed: number;
    biases: [number[], number[]];
    before: number[];
    outputs: number[];
    below: number;
  }
  const modelOf = (one: Case, activation?: 'Relu' | 'Relu6') =>
    biasedGraph(
      {
        kernel: tf.tensor2d(one.kernel, [3, 4]),
        bias: tf.tensor1d(one.bias),
        after: tf.tensor2d(one.after, [4, 2]),
        last: tf.tensor1d(one.last),
      },
      activation,
    );

  for (const one of golden<Case>('absorb'))
    test(`equalize(graph, {statistics}) moves constants as numpy does, with ${one.below} numbers below them`, async () => {
      const model = await modelOf(one);
      const x = tf.tensor2d(one.x, [64, 3]);
      const statistics = { first: { mean: Float32Array.from(one.mean), std: Float32Array.from(one.std) } };
      const found = await equalize(model, { statistics, probes: x });
      expect(found.pairs.map(({ from, to, absorbed }) => [from, to, absorbed])).toEqual([
        ['first', 'second', one.absorbed],
      ]);
      // Each bias is rounded to float32 once or twice, and its factor is one of some sweeps of a tolerance of 1e-4.
      for (const [name, wanted] of [
        ['bias', one.biases[0]],
        ['last', one.biases[1]],
      ] as const)
        for (const [i, value] of (await weightIn(found.model, name)).entries())
          expect(Math.abs(value - wanted[i]!)).toBeLessThan(3e-6 * Math.max(1, Math.abs(wanted[i]!)));
      // Sums of four and three products of at most 100: 2^-24 · 4 · 100.
      const said = await predict(found.model, x);
      for (const [i, value] of said.entries()) expect(Math.abs(value - one.outputs[i]!)).toBeLessThan(3e-5);
      // Exact where all of a unit lies above its constant, and what the report says where not.
      const largest = one.before.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const changed =
        one.outputs.reduce((most, value, i) => Math.max(most, Math.abs(value - one.before[i]!)), 0) / largest;
      expect(Math.abs(found.difference! - changed)).toBeLessThan(2e-6);
      expect(changed > 1e-3).toBe(one.below > 0);
      expect(found.statistics.first!.mean[0]).toBeGreaterThan(0);
      for (const each of [x, model, found.model]) each.dispose();
    });

  test("equalize(graph, {statistics: 'probes'}) finds the statistics that numpy has, and a bound moves with its unit", async () => {
    const [one] = golden<Case>('absorb');
    const x = tf.tensor2d(one!.x.slice(3), [63, 3]);
    const model = await modelOf(one!, 'Relu6');
    const truth = await predict(model, x);
    const found = await equalize(model, { relu6: 'bound', statistics: 'probes', probes: x });
    expect(found.pairs[0]!.absorbed).toBe(one!.absorbed);
    const { mean, std } = found.statistics.first!;
    // After the constants are gone, μ is at most 3 σ.
    for (const [i, value] of mean.entries()) expect(value).toBeLessThanOrEqual(3 * std[i]! * (1 + 1e-6));
    // In float32, over 63 numbers of 10: √63 · 10 · 2^-24, by deviations of a quarter.
    const kernel = await weightIn(found.model, 'kernel');
    for (const [i, value] of std.entries())
      expect(Math.abs((value * one!.kernel[i]!) / kernel[i]! / one!.std[i]! - 1)).toBeLessThan(2e-5);
    expect(relative(truth, await predict(found.model, x))).toBeLessThan(2e-6);
    const leak = await leakOf(async () => {
      (await equalize(model, { relu6: 'bound', statistics: 'probes', probes: x })).model.dispose();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    for (const each of [x, model, found.model]) each.dispose();
  });

  test('foldBatchNorm(graph) tells mean and deviation of the units that it folds, which equalize(graph) takes', async () => {
    const model = await normGraph(false);
    const { statistics, model: folded } = await foldBatchNorm(model);
    expect(Object.keys(statistics)).toEqual(['conv']);
    expect(statistics.conv!.mean).toEqual(await weightIn(model, 'beta'));
    expect(statistics.conv!.std).toEqual((await weightIn(model, 'gamma')).map(Math.abs));
    const equal = await equalize(folded, { statistics });
    expect(equal.statistics).toEqual(statistics);
    for (const one of [model, folded, equal.model]) one.dispose();
  });

  test('equalize(graph, {statistics}) refuses what is not of its nodes', async () => {
    const model = await modelOf(golden<Case>('absorb')[0]!);
    const wrong = (statistics: unknown) => expect(equalize(model, { statistics: statistics as 'probes' })).rejects;
    await wrong('probes').toThrow("equalize: statistics: 'probes' must come with probes");
    await wrong('data').toThrow("equalize: statistics must be those of layers by path, or 'probes'");
    const units = { mean: new Float32Array(4), std: new Float32Array(4) };
    await wrong({ bent: units }).toThrow(
      'equalize: statistics must be those of dense layers and convolutions of the model',
    );
    await wrong({ first: { ...units, std: new Float32Array(3) } }).toThrow(
      'equalize: std of the statistics of first must have 4 entries',
    );
    model.dispose();
    const layers = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    const probes = tf.ones([1, 2]);
    await expect(equalize(layers, { statistics: 'probes', probes })).rejects.toThrow(
      'equalize: statistics must be those of layers for a model of layers',
    );
    for (const one of [layers, probes]) one.dispose();
  });

  test('equalize(model, {statistics}) moves no constant into a transposed convolution, whose border sees a part of its window', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: 1, activation: 'relu', inputShape: [4, 4, 2], name: 'first' }),
        tf.layers.conv2dTranspose({ filters: 2, kernelSize: 3, name: 'larger' }),
      ],
    });
    const statistics = { first: { mean: new Float32Array(3).fill(9), std: new Float32Array(3).fill(1) } };
    const found = await equalize(model, { statistics });
    expect(found.pairs.map(({ from, to, absorbed }) => [from, to, absorbed])).toEqual([['first', 'larger', 0]]);
    expect(found.difference).toBeLessThan(ROUNDING);
    for (const one of [model, found.model]) one.dispose();
  });
});
