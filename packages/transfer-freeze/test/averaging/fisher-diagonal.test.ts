import * as tf from '@tensorflow/tfjs';
import type { Checkpoint } from '@weightkit/checkpoint';
import { leakOf, maxAbsDifference } from '@weightkit/testing';
import { fisherDiagonal, freeze } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import { classifier } from '../classifier.ts';
import golden from '../golden/ewc.json' with { type: 'json' };

/** Squares of gradients below 2, each off by some 40 roundings; WGSL allows exp and tanh a few more. */
const TOLERANCE = 4 * 2 * 80 * 2 ** -24;

const valuesIn = ({ tensors }: Checkpoint) => Promise.all(tensors.map((one) => one.values() as Promise<Float32Array>));

/** A constant distribution over two classes, the bias of one unit or of two. */
function constant(bias: number[]): tf.Sequential {
  const activation = bias.length === 1 ? 'sigmoid' : 'softmax';
  const layer = tf.layers.dense({ units: bias.length, inputShape: [1], name: 'out', activation });
  const model = tf.sequential({ layers: [layer] });
  tf.tidy(() => model.setWeights([tf.zeros([1, bias.length]), tf.tensor1d(bias)]));
  return model;
}

describe('fisherDiagonal', () => {
  for (const labels of ['given', 'all', 'gaussian'] as const)
    it(`is that of torch, one example at a time, by labels that are ${labels}`, async () => {
      const { model, x, labels: rows } = classifier();
      const y = rows(golden.first);
      model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      const fisher = await fisherDiagonal(model, labels === 'given' ? { x, y } : { x }, { labels });
      expect(fisher.tensors.map(({ name, shape }) => [name, shape])).toEqual([
        ['a/kernel', [3, 4]],
        ['b/kernel', [4, 3]],
        ['b/bias', [3]],
      ]);
      for (const [i, values] of (await valuesIn(fisher)).entries())
        expect(maxAbsDifference(values, golden[labels][i]!)).toBeLessThan(TOLERANCE);
      tf.dispose([x, y]);
      model.dispose();
    });

  it('takes labels that are drawn as if they were given, as often as the model expects them', async () => {
    const p = 0.75;
    const model = constant([Math.log(p / (1 - p))]);
    const x = tf.zeros([64, 1]);
    const of = async (seed: number) =>
      (await valuesIn(await fisherDiagonal(model, { x }, { labels: 'drawn', filter: 'out/bias', seed })))[0]![0]!;
    // (1 - p)² where the label is 1, p² where it is 0.
    const first = await of(3);
    const zeros = (first - (1 - p) ** 2) / (p ** 2 - (1 - p) ** 2);
    expect(Math.abs(zeros * 64 - Math.round(zeros * 64))).toBeLessThan(64 * 2 * TOLERANCE);
    // Five standard deviations of a share among 64.
    expect(Math.abs(zeros - (1 - p))).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 64));
    expect(await of(3)).toBe(first);
    tf.dispose(x);
    model.dispose();
  });

  it('is the same of one probability and of two', async () => {
    const x = tf.zeros([2, 1]);
    const found: number[] = [];
    for (const bias of [[2], [0, 2]]) {
      const model = constant(bias);
      const [values] = await valuesIn(await fisherDiagonal(model, { x }, { labels: 'all', filter: 'out/bias' }));
      found.push(values![bias.length - 1]!);
      model.dispose();
    }
    const p = 1 / (1 + Math.exp(-2));
    for (const one of found) expect(Math.abs(one - p * (1 - p))).toBeLessThan(TOLERANCE);
    tf.dispose(x);
  });

  it('takes a class that is certain and one that cannot be as they are', async () => {
    const model = constant([200, -200]);
    const x = tf.zeros([2, 1]);
    for (const labels of ['all', 'drawn'] as const) {
      const [values] = await valuesIn(await fisherDiagonal(model, { x }, { labels, filter: 'out/bias' }));
      expect([...values!]).toEqual([0, 0]);
    }
    tf.dispose(x);
    model.dispose();
  });

  it('adds what was before, as much of it as is said', async () => {
    const { model, x, labels } = classifier();
    const y = labels(golden.first);
    const loss = (label: tf.Tensor, p: tf.Tensor) => tf.neg(tf.sum(tf.mul(label, tf.log(p))));
    const first = await fisherDiagonal(model, { x, y, loss });
    const [one, both] = [
      await valuesIn(first),
      await valuesIn(await fisherDiagonal(model, { x, y, loss }, { previous: first, decay: 0.5 })),
    ];
    // Half of a float is one, and so is the sum but for one rounding.
    for (const [i, values] of both.entries())
      expect(
        maxAbsDifference(
          values,
          one[i]!.map((v) => 1.5 * v),
        ),
      ).toBe(0);
    await expect(fisherDiagonal(model, { x, y, loss }, { previous: { ...first, tensors: [] } })).rejects.toThrow(
      'fisherDiagonal: checkpoint must have a/kernel',
    );
    tf.dispose([x, y]);
    model.dispose();
  });

  it('leaves frozen weights out unless they are asked for, and nothing behind', async () => {
    const { model, x, labels } = classifier();
    const y = labels(golden.first);
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    const frozen = await freeze(model, 'a/*');
    const names = async (filter?: string) =>
      (await fisherDiagonal(model, { x, y }, filter ? { filter } : {})).tensors.map(({ name }) => name);
    expect(await names()).toEqual(['b/kernel', 'b/bias']);
    expect(await names('a/*')).toEqual(['a/kernel']);
    expect(await leakOf(() => names())).toEqual({ tensors: 0, variables: 0 });
    const failing = () =>
      fisherDiagonal(model, { x, y, loss: () => 3 as never }).catch(({ message }: Error) =>
        expect(message).toMatch('loss must return'),
      );
    expect(await leakOf(failing)).toEqual({ tensors: 0, variables: 0 });
    frozen.unfreeze();
    tf.dispose([x, y]);
    model.dispose();
  });

  it('is xᵀx of linear regression, for each of several outputs, by the variance that is said', async () => {
    const input = tf.input({ shape: [2] });
    const outputs = [tf.layers.dense({ units: 2, name: 'two' }), tf.layers.dense({ units: 1, name: 'one' })].map(
      (layer) => layer.apply(input) as tf.SymbolicTensor,
    );
    const model = tf.model({ inputs: input, outputs });
    const x = tf.tensor2d([1, 2, 3, -1, 0, 5], [3, 2]);
    // Means of the squares of both columns.
    const squares = [10 / 3, 10];
    const of = async (options: object) =>
      valuesIn(await fisherDiagonal(model, { x }, { labels: 'gaussian', ...options }));
    for (const [options, two, one] of [
      [{}, 1, 0.5],
      [{ variance: 4 }, 4, 4],
    ] as const) {
      const wanted = [
        squares.flatMap((s) => [s / two, s / two]),
        [1 / two, 1 / two],
        squares.map((s) => s / one),
        [1 / one],
      ];
      const found = await of(options);
      // Numbers up to 20, three squares, a root, a division and a sum: fewer than 16 roundings.
      for (const [i, values] of found.entries())
        expect(maxAbsDifference(values, wanted[i]!)).toBeLessThan(20 * 16 * 2 ** -23);
    }
    expect(await leakOf(() => of({}))).toEqual({ tensors: 0, variables: 0 });
    await expect(of({ variance: 0 })).rejects.toThrow('fisherDiagonal: variance must be above 0, and finite');
    await expect(of({ variance: 2, labels: 'all' })).rejects.toThrow(
      'fisherDiagonal: variance must be left out unless',
    );
    await expect(fisherDiagonal(model, { x, y: [x, x] }, { labels: 'gaussian' })).rejects.toThrow('fisherDiagonal: ');
    x.dispose();
    model.dispose();
  });

  it('refuses outputs that are no probabilities, and squares that are not finite', async () => {
    const linear = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [1], name: 'out', kernelInitializer: 'ones' })],
    });
    const x = tf.tensor2d([3], [1, 1]);
    const run = () => fisherDiagonal(linear, { x }, { labels: 'all' });
    await expect(run()).rejects.toThrow('fisherDiagonal: outputs must be probabilities of classes');
    expect(await leakOf(() => run().catch(() => {}))).toEqual({ tensors: 0, variables: 0 });
    const large = { x, y: x, loss: (_: tf.Tensor, z: tf.Tensor) => tf.mul(tf.sum(z), 1e30) };
    await expect(fisherDiagonal(linear, large)).rejects.toThrow('fisherDiagonal: squares of gradients must be finite');
    tf.dispose(x);
    linear.dispose();
  });
});
