import * as tf from '@tensorflow/tfjs';
import { parametrize, type Weight, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import type { OneShotMethod } from '../../src/one-shot/prune-kernel.ts';
import { type PruneOneShotOptions, pruneOneShot } from '../../src/one-shot/prune-one-shot.ts';
import { wanda } from '../../src/scores/wanda.ts';
import { casesOf, mlp, readWeight, setWeight, spread } from '../models.ts';
import { relativeError } from '../scores/net.ts';

interface Golden {
  call: string;
  x: number[];
  a: number[];
  b: number[];
  corrected: Record<string, number[]>;
}

/** What goes together: sums of a few inputs, so that what one loses another can make up for. */
function inputsFor(shape: readonly number[], examples = 24): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: examples * size }, (_, i) => {
    const [e, j] = [Math.floor(i / size), i % size];
    return Math.sin(1 + e * 1.7 + (j % 5)) + 0.5 * Math.sin(e * e + 0.3 * j) + 0.2 * Math.cos(3 * e * j);
  });
  return tf.tensor(values, [examples, ...shape]);
}

function convolutions(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'tanh',
        inputShape: [5, 5, 3],
        name: 'c',
      }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, activation: 'tanh', name: 'd' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5, name: 'out' }),
    ],
  });
  for (const { path, shape } of weightsOf(model, ({ property }: Weight) => /ernel/.test(property!)))
    setWeight(
      model,
      path,
      spread(
        shape.reduce((a, b) => a * b, 1),
        7,
      ),
    );
  return model;
}

const valuesOf = (model: tf.LayersModel): Promise<Float32Array[]> =>
  Promise.all(weightsOf(model).map(({ path }) => readWeight(model, path)));

/** Activations in float32, which a masked weight moves by a rounding at most; 2^6 of them, more on WebGPU. */
const TOLERANCE = tf.getBackend() === 'webgpu' ? 2 ** -10 : 2 ** -15;

describe('pruneOneShot', () => {
  it.each(casesOf<Golden>('one-shot-model'))('pruneOneShot(model, { x }) is $call', async (golden) => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 12, inputShape: [8], activation: 'relu', name: 'a' }),
        tf.layers.dense({ units: 4, name: 'b' }),
      ],
    });
    setWeight(model, 'a/kernel', golden.a);
    setWeight(model, 'b/kernel', golden.b);
    const x = tf.tensor(golden.x, [60, 8]);
    const pruning = await pruneOneShot(model, { x }, { sparsity: 0.5 });
    for (const [path, corrected] of Object.entries(golden.corrected)) {
      const found = await readWeight(model, path);
      expect([...found].map((v) => v === 0)).toEqual(corrected.map((v) => v === 0));
      expect(relativeError(found, corrected)).toBeLessThan(TOLERANCE);
    }
    expect(pruning.layers.map(({ path, zeros, rows, dead }) => [path, zeros, rows, dead])).toEqual([
      ['a/kernel', 48, 60, 0],
      ['b/kernel', 24, 60, 0],
    ]);
    pruning.dispose();
    x.dispose();
    model.dispose();
  });

  it.each([{ sparsity: 0.5 }, { structure: { n: 2, m: 4 } }] as PruneOneShotOptions[])(
    'pruneOneShot(model, { x }, %j) changes what layers add up less than Wanda does, and Wanda less than magnitude',
    async (amount) => {
      const errors: Record<string, number[]> = {};
      for (const method of ['sparsegpt', 'wanda', 'magnitude'] as OneShotMethod[]) {
        const model = tf.sequential({ layers: [tf.layers.dense({ units: 10, inputShape: [16], name: 'out' })] });
        setWeight(model, 'out/kernel', spread(160, 7));
        const scale = tf.tensor(Float32Array.from({ length: 16 }, (_, j) => 1 + (j % 4)));
        const x = tf.tidy(() => tf.mul(inputsFor([16], 40), scale));
        const before = tf.tidy(() => model.predictOnBatch(x) as tf.Tensor);
        const pruning = await pruneOneShot(model, { x }, { ...amount, method });
        expect(pruning.sparsity).toBe(0.5);
        expect((await pruning.verify()).nonzero).toBe(0);
        const { error } = pruning.layers[0]!;
        // The bias is 0: what the layer adds up is what it gives.
        const measured = tf.tidy(() => {
          const after = model.predictOnBatch(x) as tf.Tensor;
          return tf.div(tf.norm(tf.sub(before, after)), tf.norm(before)) as tf.Scalar;
        });
        expect(Math.abs((await measured.data())[0]! - error)).toBeLessThan(TOLERANCE);
        errors[method] = [error];
        pruning.dispose();
        tf.dispose([x, before, measured, scale]);
        model.dispose();
      }
      expect(errors.sparsegpt![0]).toBeLessThan(errors.wanda![0]!);
      expect(errors.wanda![0]).toBeLessThan(errors.magnitude![0]!);
    },
  );

  it("pruneOneShot(model, { x }, { method: 'wanda' }) is the score of wanda, each layer seeing what the pruned ones give", async () => {
    const model = mlp();
    const x = inputsFor([4]);
    const before = await valuesOf(model);
    const pruning = await pruneOneShot(model, { x }, { sparsity: 0.5, method: 'wanda' });
    const bits = { ...pruning.toJSON().masks };
    pruning.restore();
    expect(await valuesOf(model)).toEqual(before);
    const first = await prune(model, {
      sparsity: 0.5,
      scope: 'output',
      filter: 'a/kernel',
      score: await wanda(model, { x }),
    });
    expect(first.toJSON().masks['a/kernel']).toEqual(bits['a/kernel']);
    const second = await prune(model, {
      sparsity: 0.5,
      scope: 'output',
      filter: 'b/kernel',
      score: await wanda(model, { x }),
    });
    expect(second.toJSON().masks['b/kernel']).toEqual(bits['b/kernel']);
    second.dispose();
    first.dispose();
    x.dispose();
    model.dispose();
  });

  it.each(['sparsegpt', 'wanda', 'magnitude'] as OneShotMethod[])(
    'pruneOneShot(model, { x }, { method: %j }) goes through convolutions, depthwise ones channel by channel, in exact numbers',
    async (method) => {
      const model = convolutions();
      const x = inputsFor([5, 5, 3], 8);
      const before = await valuesOf(model);
      const pruning = await pruneOneShot(model, { x }, { sparsity: { '**/kernel': 0.5, 'd/*': 1 / 3 }, method });
      expect(pruning.layers.map(({ path, parameters, zeros, rows }) => [path, parameters, zeros, rows])).toEqual([
        ['c/kernel', 108, method === 'wanda' ? 4 * 14 : 54, 8 * 25],
        ['d/depthwiseKernel', 72, 24, 8 * 9],
        ['out/kernel', 360, 180, 8],
      ]);
      const depthwise = await pruning.masks['d/depthwiseKernel']!.data();
      for (let c = 0; c < 4; c++) {
        const own = Array.from(depthwise).filter((_, i) => Math.floor((i % 8) / 2) === c);
        if (method !== 'magnitude') expect(own.filter((bit) => bit === 0)).toHaveLength(6);
      }
      for (const { error } of pruning.layers) expect(error).toBeGreaterThan(0);
      expect((await pruning.verify()).nonzero).toBe(0);
      pruning.restore();
      expect(await valuesOf(model)).toEqual(before);
      pruning.dispose();
      const quarters = await pruneOneShot(model, { x }, { structure: { n: 1, m: 4 }, method });
      // 3 channels: a group of 3, which keeps 1.
      expect(quarters.layers.map(({ path, zeros }) => [path, zeros])).toEqual([
        ['c/kernel', 72],
        ['out/kernel', 270],
      ]);
      expect(quarters.report().skipped.map(({ path }) => path)).toContain('d/depthwiseKernel');
      quarters.fold();
      quarters.dispose();
      expect((await readWeight(model, 'c/kernel')).filter((v) => v === 0)).toHaveLength(72);
      x.dispose();
      model.dispose();
    },
  );

  it('pruneOneShot(model, { x }) corrects a convolution: its outputs change less than by the same masks alone', async () => {
    const model = convolutions();
    const x = inputsFor([5, 5, 3], 8);
    const before = await readWeight(model, 'c/kernel');
    const outputs = async () => {
      const given = tf.tidy(() => model.layers[0]!.apply(x) as tf.Tensor);
      return given.data().finally(() => given.dispose());
    };
    // tf's own convolution says what the layer gives: linear, so that all counts.
    (model.layers[0] as unknown as { activation: unknown }).activation = (
      tf.layers.dense({ units: 1, activation: 'linear' }) as unknown as { activation: unknown }
    ).activation;
    const whole = await outputs();
    const pruning = await pruneOneShot(model, { x }, { sparsity: 0.5, filter: 'c/kernel' });
    const distance = (given: ArrayLike<number>) =>
      Math.hypot(...whole.map((v, i) => v - given[i]!)) / Math.hypot(...whole);
    const corrected = distance(await outputs());
    expect(Math.abs(corrected - pruning.layers[0]!.error)).toBeLessThan(TOLERANCE);
    const bits = await pruning.masks['c/kernel']!.data();
    pruning.restore();
    setWeight(
      model,
      'c/kernel',
      before.map((v, i) => v * bits[i]!),
    );
    expect(corrected).toBeLessThan(0.9 * distance(await outputs()));
    x.dispose();
    model.dispose();
  });

  it('pruneOneShot(model, { x }) makes the weights of dead inputs 0, by SparseGPT, and says how many there are', async () => {
    const model = mlp();
    const x = tf.tensor2d([1, 0, 2, 0, 3, 0, 1, 0, 2, 0, 5, 0], [3, 4]);
    const pruning = await pruneOneShot(model, { x }, { sparsity: 0.25, filter: 'a/kernel' });
    expect(pruning.layers[0]!.dead).toBe(2);
    const values = await readWeight(model, 'a/kernel');
    expect([...values.slice(5, 10), ...values.slice(15, 20)]).toEqual(Array(10).fill(0));
    pruning.dispose();
    x.dispose();
    model.dispose();
  });

  it('pruneOneShot(model, { x }) holds the zeros while the model trains on, updates, and goes into a file as masks do', async () => {
    const model = mlp();
    model.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
    const x = inputsFor([4]);
    const y = tf.ones([24, 3]);
    const pruning = await pruneOneShot(model, { x }, { sparsity: 0.5 });
    await model.fit(x, y, { epochs: 2, verbose: 0 });
    expect(await pruning.verify()).toEqual({ pruned: 18, nonzero: 0, first: null });
    await pruning.update({ sparsity: 0.75 });
    expect(pruning.report().zeros).toBe(15 + 11);
    expect(Object.keys(pruning.toJSON().masks)).toEqual(['a/kernel', 'b/kernel']);
    pruning.dispose();
    tf.dispose([x, y]);
    model.dispose();
  });

  it.each(['global', 'lamp', 'erk'] as const)(
    'pruneOneShot(model, { x }, { scope: %j }) has in each kernel as many zeros as prune by magnitude in that scope',
    async (scope) => {
      const model = mlp();
      const x = inputsFor([4]);
      setWeight(
        model,
        'a/kernel',
        spread(20).map((v) => v / 2),
      );
      const share = { sparsity: 0.6, scope };
      const plain = await prune(model, share);
      const zeros = plain.report().weights.map((weight) => weight.zeros);
      plain.restore();
      expect(new Set(zeros.map((n, i) => n / [20, 15][i]!)).size).toBe(2);
      for (const method of ['sparsegpt', 'magnitude'] as const) {
        const pruning = await pruneOneShot(model, { x }, { ...share, method });
        expect(pruning.report().weights.map((weight) => weight.zeros)).toEqual(zeros);
        pruning.restore();
      }
      // Wanda takes as many of each of the 5 and 3 outputs.
      const pruning = await pruneOneShot(model, { x }, { ...share, method: 'wanda' });
      for (const [i, { path }] of pruning.layers.entries()) {
        const units = [5, 3][i]!;
        const each = pruning.layers[i]!.zeros / units;
        expect(each, path).toBe(Math.round(each));
        expect(Math.abs(each - zeros[i]! / units), path).toBeLessThanOrEqual(0.5);
      }
      pruning.restore();
      x.dispose();
      model.dispose();
    },
  );

  it("pruneOneShot(model, { x }, { scope: 'global' }) may take all of one kernel and none of another", async () => {
    const model = mlp();
    const x = inputsFor([4]);
    setWeight(
      model,
      'a/kernel',
      spread(20).map((v) => v * 1e-6),
    );
    const pruning = await pruneOneShot(model, { x }, { sparsity: 4 / 7, scope: 'global' });
    expect(pruning.layers.map(({ zeros }) => zeros)).toEqual([20, 0]);
    expect((await pruning.verify()).nonzero).toBe(0);
    pruning.dispose();
    x.dispose();
    model.dispose();
  });

  it('pruneOneShot(model, { x }) refuses NaN, wrong options, other kernels, and leaves everything as it was', async () => {
    const model = mlp();
    const x = inputsFor([4], 6);
    const bad = tf.fill([2, 4], Number.NaN);
    const before = await valuesOf(model);
    const refused = (options: object, message: string, data: object = { x }) =>
      expect(pruneOneShot(model, data as never, options as never)).rejects.toThrow(message);
    const run = async () => {
      await refused(
        { sparsity: 0.5 },
        'pruneOneShot: activations must be finite, got NaN at the input of a/kernel[0]',
        { x: bad },
      );
      await refused({ sparsity: 0.5 }, 'pruneOneShot: x must be', {});
      await refused({ sparsity: 1 }, 'pruneOneShot: sparsity must be in [0, 1), got 1');
      await refused({}, 'pruneOneShot: amount must have exactly one of sparsity and count');
      await refused({ count: 1 }, 'pruneOneShot: options must be among');
      await refused({ structure: 'unit' }, 'pruneOneShot: structure must be { n, m }, or left out, got "unit"');
      await refused({ structure: { n: 2, m: 4, axis: 0 } }, 'pruneOneShot: axis must be left out');
      await refused(
        { structure: { n: 2, m: 4 }, sparsity: 0.5 },
        'pruneOneShot: sparsity must be left out for { n, m }',
      );
      await refused(
        { sparsity: 0.5, method: 'obs' },
        "pruneOneShot: method must be 'sparsegpt', 'wanda' or 'magnitude'",
      );
      await refused(
        { sparsity: 0.5, scope: 'output' },
        "pruneOneShot: scope must be 'layer', 'global', 'lamp' or 'erk', got \"output\"",
      );
      await refused(
        { structure: { n: 2, m: 4 }, scope: 'global' },
        'pruneOneShot: scope must be left out for { n, m }',
      );
      await refused(
        { sparsity: { 'a/*': 0.5 }, scope: 'lamp' },
        'pruneOneShot: scope must be left out for { n, m } and for sparsities by pattern, which say it, got "lamp"',
      );
      await refused({ sparsity: 0.5, blockSize: 0 }, 'pruneOneShot: blockSize must be an integer of 1 or more, got 0');
      await refused({ sparsity: 0.5, dampening: 0 }, 'pruneOneShot: dampening must be finite and above 0, got 0');
      await refused(
        { sparsity: 0.5, filter: 'a/*' },
        'pruneOneShot: filter must match kernels of layers of class Dense',
      );
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    expect(await valuesOf(model)).toEqual(before);
    // The second layer's input overflows once the first is pruned: the first is put back.
    setWeight(
      model,
      'a/kernel',
      spread(20).map((v) => v * 3e38),
    );
    setWeight(model, 'b/kernel', spread(15));
    (model.layers[0] as unknown as { activation: unknown }).activation = (
      tf.layers.dense({ units: 1, activation: 'linear' }) as unknown as { activation: unknown }
    ).activation;
    const large = await valuesOf(model);
    await refused({ sparsity: 0.25, method: 'magnitude' }, 'pruneOneShot: ', { x });
    expect(await valuesOf(model)).toEqual(large);
    setWeight(model, 'a/kernel', spread(20));
    const doubled = parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, 2) });
    await refused({ sparsity: 0.5 }, 'pruneOneShot: weights must not be parametrized (fold them first), got a/kernel');
    doubled.restore();
    const run2 = async () => (await pruneOneShot(model, { x }, { sparsity: 0.5 })).dispose();
    expect(await leakOf(run2)).toEqual({ tensors: 0, variables: 0 });
    tf.dispose([x, bad]);
    model.dispose();
  });
});
