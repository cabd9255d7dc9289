import * as tf from '@tensorflow/tfjs';
import { type Weight, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { pruneInRounds } from '../../src/masks/prune-in-rounds.ts';
import { scoreAll } from '../../src/scores/score.ts';
import { synFlow } from '../../src/scores/syn-flow.ts';
import { casesOf, setWeight, spread } from '../models.ts';
import { relativeError, withGradients } from './net.ts';

interface Golden {
  call: string;
  sizes: number[];
  log10: number;
  weights: number[][];
  scores: number[][];
}

/** 60 layers of sums of 4 products, and 60 products by powers of two that WebGPU rounds: 2^9 roundings of 2^-24, 2^4 times that there. */
const TOLERANCE = tf.getBackend() === 'webgpu' ? 2 ** -11 : 2 ** -15;
const DEEP = tf.getBackend() === 'webgpu' ? 20 : 100;

function chain(sizes: readonly number[], activation: 'relu' | 'tanh' | 'softmax' = 'relu'): tf.Sequential {
  const model = tf.sequential();
  for (const [i, units] of sizes.slice(1).entries())
    model.add(tf.layers.dense({ units, activation, ...(i === 0 && { inputShape: [sizes[0]!] }), name: `l${i}` }));
  return model;
}

const kernelsOf = (model: tf.LayersModel): Weight[] =>
  weightsOf(model, ({ property }: Weight) => /kernel|embeddings/i.test(property ?? ''));
const scoresOf = async (model: tf.LayersModel): Promise<Float32Array[]> =>
  scoreAll('test', kernelsOf(model), await synFlow(model));

describe('synFlow', () => {
  it.each(casesOf<Golden>('syn-flow'))('synFlow(model) is $call for sizes that flow 10^$log10', async (golden) => {
    // Biases and activations have no part in it.
    for (const activation of golden.sizes.length > 10 || tf.getBackend() === 'webgpu'
      ? (['relu'] as const)
      : (['relu', 'tanh', 'softmax'] as const)) {
      const model = chain(golden.sizes, activation);
      for (const [i, values] of golden.weights.entries()) {
        setWeight(model, `l${i}/kernel`, values);
        setWeight(model, `l${i}/bias`, Array(golden.sizes[i + 1]!).fill(-3));
      }
      const found = await scoresOf(model);
      for (const [i, scores] of golden.scores.entries())
        expect(relativeError(found[i]!, scores)).toBeLessThan(TOLERANCE);
      model.dispose();
    }
  });

  it(`synFlow(model) overflows nowhere in ${DEEP} layers that grow a thousand times each, and shares add up to 1`, async () => {
    const model = chain(Array(DEEP + 1).fill(3));
    for (let i = 0; i < DEEP; i++) setWeight(model, `l${i}/kernel`, Array(9).fill(i % 2 === 0 ? 1000 : -1000));
    for (const scores of await scoresOf(model)) {
      // By symmetry each has a ninth.
      for (const share of scores) expect(Math.abs(share - 1 / 9)).toBeLessThan(TOLERANCE * 2);
      expect(Math.abs(scores.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(TOLERANCE * 2);
    }
    model.dispose();
  });

  it('synFlow(model) keeps the shares of each layer at a sum of 1, whatever the weights, and scales do not matter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: -60, max: 60 }),
        async (sizes, seed, exponent) => {
          const model = chain(sizes);
          for (let i = 0; i < sizes.length - 1; i++)
            setWeight(model, `l${i}/kernel`, spread(sizes[i]! * sizes[i + 1]!, seed));
          const before = await scoresOf(model);
          for (const scores of before) expect(Math.abs(scores.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(TOLERANCE);
          const kernel = kernelsOf(model)[0]!;
          const scaled = tf.tidy(() => tf.mul(kernel.read(), 2 ** exponent));
          kernel.write(scaled);
          scaled.dispose();
          for (const [i, scores] of (await scoresOf(model)).entries())
            expect(relativeError(scores, before[i]!)).toBeLessThan(TOLERANCE);
          model.dispose();
        },
      ),
      { numRuns: tf.getBackend() === 'webgpu' ? 3 : 15 },
    );
  });

  it('synFlow(model) goes through branches, products, convolutions, BatchNorm, embeddings and nested models', async () => {
    await withGradients(async () => {
      const inputs = tf.input({ shape: [4, 4, 2] });
      const conv = (name: string, more: object) =>
        tf.layers.conv2d({ kernelSize: 3, filters: 2, padding: 'same', name, ...more });
      const a = conv('a', { activation: 'relu' }).apply(inputs) as tf.SymbolicTensor;
      const norm = tf.layers.batchNormalization({ name: 'n' }).apply(a) as tf.SymbolicTensor;
      const long = tf.layers
        .activation({ activation: 'sigmoid' })
        .apply(conv('b', {}).apply(norm)) as tf.SymbolicTensor;
      const sum = tf.layers.add().apply([inputs, long]) as tf.SymbolicTensor;
      const inner = tf.sequential({
        layers: [
          tf.layers.depthwiseConv2d({ kernelSize: 2, inputShape: [4, 4, 2], name: 'd' }),
          tf.layers.maxPooling2d({ poolSize: 3 }),
          tf.layers.flatten(),
        ],
      });
      const flat = inner.apply(sum) as tf.SymbolicTensor;
      const both = tf.layers
        .concatenate()
        .apply([flat, tf.layers.dropout({ rate: 0.5 }).apply(flat) as tf.SymbolicTensor]);
      const out = tf.layers.dense({ units: 2, activation: 'softmax', name: 'out' }).apply(both) as tf.SymbolicTensor;
      const model = tf.model({ inputs, outputs: out });
      const scale = 2 ** 70;
      for (const [path, n] of [
        ['a/kernel', 36],
        ['b/kernel', 36],
        ['out/kernel', 8],
      ] as const)
        setWeight(
          model,
          path,
          [...spread(n, 5)].map((v) => (path === 'b/kernel' ? v * scale : v / (path === 'a/kernel' ? scale : 1))),
        );
      const values = weightsOf(model).find(({ path }) => path.endsWith('d/depthwiseKernel'))!;
      setWeight(model, values.path, spread(8, 3));
      setWeight(model, 'n/gamma', [-2, 0.5]);
      setWeight(model, 'n/beta', [7, -7]);
      setWeight(model, 'n/movingVariance', [4, 0.25]);
      const found = await scoresOf(model);

      // The same by tfjs's ops on sizes, where nothing overflows: scales of 1.
      const names = ['a/kernel', 'b/kernel', values.path, 'out/kernel'];
      const shapes: [number, number, number, number][] = [
        [3, 3, 2, 2],
        [3, 3, 2, 2],
        [2, 2, 2, 1],
      ] as never;
      const sizes = [
        tf.tensor(spread(36, 5), shapes[0]),
        tf.tensor(spread(36, 5), shapes[1]),
        tf.tensor(spread(8, 3), shapes[2]),
        tf.tensor(spread(8, 5), [4, 2]),
      ].map((t) => tf.abs(t));
      const flow = (...[wa, wb, wd, wo]: tf.Tensor[]) => {
        const x = tf.ones([1, 4, 4, 2]) as tf.Tensor4D;
        const gamma = tf.div([2, 0.5], tf.sqrt([4 + 1e-3, 0.25 + 1e-3]));
        const ya = tf.mul(tf.conv2d(x, wa as tf.Tensor4D, 1, 'same'), gamma);
        const s = tf.add(x, tf.conv2d(ya as tf.Tensor4D, wb as tf.Tensor4D, 1, 'same'));
        const d = tf.depthwiseConv2d(s as tf.Tensor4D, wd as tf.Tensor4D, 1, 'valid');
        const f = tf.reshape(tf.maxPool(d as tf.Tensor4D, 3, 3, 'valid'), [1, 2]);
        return tf.sum(tf.matMul(tf.concat([f, f], 1), wo as tf.Tensor2D)) as tf.Scalar;
      };
      const total = flow(...sizes);
      const gradients = tf.grads(flow)(sizes);
      const paths = kernelsOf(model).map(({ path }) => path);
      for (const [i, name] of names.entries()) {
        const wanted = await tf.div(tf.mul(gradients[i]!, sizes[i]!), total).data();
        expect(relativeError(found[paths.indexOf(name)]!, wanted), name).toBeLessThan(TOLERANCE);
      }
      tf.dispose([total, ...sizes, ...gradients]);
      model.dispose();

      const words = tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 3, name: 'e' }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 1, name: 'o', kernelInitializer: 'ones' }),
        ],
      });
      setWeight(words, 'e/embeddings', [1, -2, 3, 0, 0, 1, 1, 1, 2, -1]);
      const [embeddings] = await scoresOf(words);
      // Every word stands at each of three places: |w| over the sum of sizes, 12.
      expect(
        relativeError(
          embeddings!,
          [1, 2, 3, 0, 0, 1, 1, 1, 2, 1].map((v) => v / 12),
        ),
      ).toBeLessThan(TOLERANCE);
      words.dispose();
    });
  });

  it('synFlow(model) leaves every weight, activation and tensor as it was, and refuses what it does not know', async () => {
    const model = chain([3, 4, 2], 'tanh');
    const layer = model.layers[0] as unknown as { activation: unknown; call: unknown; kernel: unknown };
    const before = [layer.activation, layer.call, layer.kernel];
    const values = await model.getWeights()[0]!.data();
    await synFlow(model);
    expect(await leakOf(() => synFlow(model))).toEqual({ tensors: 0, variables: 0 });
    expect([layer.activation, layer.call, layer.kernel]).toEqual(before);
    expect(await model.getWeights()[0]!.data()).toEqual(values);
    setWeight(model, 'l1/kernel', Array(8).fill(Number.NaN));
    const refused = () =>
      expect(synFlow(model)).rejects.toThrow('synFlow: weights must be finite, got NaN at l1/kernel[0]');
    await refused();
    expect(await leakOf(refused)).toEqual({ tensors: 0, variables: 0 });
    expect(layer.activation).toBe(before[0]);
    const rnn = tf.sequential({ layers: [tf.layers.lstm({ units: 2, inputShape: [3, 2], name: 'r' })] });
    await expect(synFlow(rnn)).rejects.toThrow(
      'synFlow: layers must be linear but for their activation, got "r of class LSTM"',
    );
    const open = tf.sequential({
      layers: [tf.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [null, null, 1] as never })],
    });
    await expect(synFlow(open)).rejects.toThrow('synFlow: model must have inputs of known size');
    for (const one of [model, rnn, open]) one.dispose();
  });

  it('synFlow(model) is 0 where nothing flows', async () => {
    const model = chain([2, 2, 1]);
    setWeight(model, 'l1/kernel', [0, 0]);
    expect((await scoresOf(model)).flatMap((s) => [...s])).toEqual(Array(6).fill(0));
    model.dispose();
  });
});

describe('pruneInRounds', () => {
  const rounds = tf.getBackend() === 'webgpu' ? 5 : 30;

  it('pruneInRounds(model, { score: synFlow }) empties no layer where one score does', async () => {
    const sizes = [8, 8, 2, 8, 2];
    const make = () => {
      const model = chain(sizes);
      for (let i = 0; i < 4; i++) setWeight(model, `l${i}/kernel`, spread(sizes[i]! * sizes[i + 1]!, 7));
      return model;
    };
    // What stays is the axiom's least: 6 of 112 entries, where a path has 4.
    const options = { sparsity: 0.9, scope: 'global' } as const;
    const model = make();
    const pruning = await pruneInRounds(model, { ...options, rounds, score: synFlow });
    const kept = pruning.report().weights.map(({ parameters, zeros }) => parameters - zeros);
    expect(kept.reduce((a, b) => a + b, 0)).toBe(112 - Math.round(0.9 * 112));
    expect(Math.min(...kept)).toBeGreaterThan(0);
    expect((await pruning.verify()).nonzero).toBe(0);
    pruning.dispose();
    model.dispose();
  });

  it('pruneInRounds(model, options) follows the exponential schedule, and makes a score for each round', async () => {
    const model = chain([10, 10, 10]);
    const seen: number[] = [];
    const pruning = await pruneInRounds(model, {
      sparsity: { 'l0/kernel': 0.75, '**/kernel': 0.5 },
      rounds: 2,
      score: async () => {
        const zeros = await Promise.all(
          kernelsOf(model).map(async (w) => tf.tidy(() => tf.sum(tf.cast(tf.equal(w.read(), 0), 'int32'))).data()),
        );
        seen.push(...zeros.map((z) => z[0]!));
        return tf.abs;
      },
    });
    // 1 - 0.25^(1/2) and 1 - 0.5^(1/2) of 100.
    expect(seen).toEqual([0, 0, 50, 29]);
    expect(pruning.report().weights.map(({ zeros }) => zeros)).toEqual([75, 50]);
    pruning.dispose();
    const once = await pruneInRounds(model, { sparsity: 0.5, rounds: 1, score: () => tf.abs });
    once.restore();
    const same = await prune(model, { sparsity: 0.5 });
    expect(once.toJSON().masks).toEqual(same.toJSON().masks);
    same.dispose();
    model.dispose();
  });

  it('pruneInRounds(model, options) refuses wrong options, and leaves no mask where a score fails', async () => {
    const model = chain([3, 3]);
    const refused = (options: object, message: string) =>
      expect(pruneInRounds(model, { sparsity: 0.5, score: () => tf.abs, ...options } as never)).rejects.toThrow(
        message,
      );
    await refused({ sparsity: 1 }, 'pruneInRounds: sparsity must be in [0, 1), got 1');
    await refused({ count: 1 }, 'pruneInRounds: options must be among');
    await refused({ rounds: 0 }, 'pruneInRounds: rounds must be an integer of 1 or more, got 0');
    await refused({ score: 1 }, 'pruneInRounds: score must be a function, got 1');
    await refused({ structure: { n: 2, m: 4 } }, 'pruneInRounds: structure must not be { n, m }');
    await refused({ scope: 'all' }, 'pruneInRounds: scope must be');
    await refused({ score: () => 1 }, 'pruneInRounds: score must return a score or a promise of one, got 1');
    let made = 0;
    const failing = async () => {
      made++;
      if (made === 2) throw new Error('mine');
      return tf.abs;
    };
    const run = async () => {
      made = 0;
      await refused({ score: failing, rounds: 3 }, 'mine');
    };
    await run();
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    expect((await prune(model, { sparsity: 0.5 })).sparsity).toBeCloseTo(4 / 9);
    model.dispose();
  });
});
