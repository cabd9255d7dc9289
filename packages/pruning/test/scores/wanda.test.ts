import * as tf from '@tensorflow/tfjs';
import { type Weight, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { scoreAll } from '../../src/scores/score.ts';
import { wanda } from '../../src/scores/wanda.ts';
import { casesOf, mlp, setWeight, spread } from '../models.ts';
import { freeNet, type NetGolden, netOf, relativeError } from './net.ts';

/** Norms in float64 of activations that float32 computed, through a tanh: 2^5 roundings of 2^-24; WebGPU's tanh is an approximation. */
const TOLERANCE = tf.getBackend() === 'webgpu' ? 2 ** -12 : 2 ** -18;

describe('wanda', () => {
  it.each(casesOf<NetGolden>('wanda'))('wanda(model, { x }) is $call of $net', async (golden) => {
    const { model, data } = netOf(golden);
    const score = await wanda(model, { x: data.x });
    const weights = weightsOf(model).filter(({ path }) => path in golden.scores);
    const found = await scoreAll('test', weights, score);
    for (const [i, { path }] of weights.entries())
      expect(relativeError(found[i]!, golden.scores[path]!)).toBeLessThan(TOLERANCE);
    freeNet({ model, data });
  });

  it("prune(model, { score: await wanda(model, { x }), scope: 'output' }) takes the same number of each output, the least by the golden", async () => {
    for (const golden of casesOf<NetGolden>('wanda')) {
      const { model, data } = netOf(golden);
      const pruning = await prune(model, { sparsity: 0.5, scope: 'output', score: await wanda(model, { x: data.x }) });
      for (const [path, scores] of Object.entries(golden.scores)) {
        const bits = await pruning.masks[path]!.data();
        const outputs = golden.weights[path]!.shape.at(-1)!;
        const length = scores.length / outputs;
        for (let o = 0; o < outputs; o++) {
          const line = Array.from({ length }, (_, k) => k * outputs + o);
          const kept = line.filter((i) => bits[i] === 1);
          // Halves to the even number: 2 of 4 and of 5, 9 of 18, 14 of 27.
          expect(length - kept.length).toBe({ 4: 2, 5: 2, 18: 9, 27: 14 }[length]);
          const least = Math.min(...kept.map((i) => scores[i]!));
          expect(Math.max(...line.filter((i) => bits[i] === 0).map((i) => scores[i]!))).toBeLessThanOrEqual(least);
        }
      }
      pruning.dispose();
      freeNet({ model, data });
    }
  });

  it('prune(model, { score: await wanda(model, { x }), structure }) takes 2:4 and units', async () => {
    const golden = casesOf<NetGolden>('wanda')[0]!;
    const { model, data } = netOf(golden);
    const score = await wanda(model, { x: data.x });
    const quarters = await prune(model, { structure: { n: 2, m: 4 }, filter: 'a/kernel', score });
    expect(quarters.sparsity).toBe(0.5);
    quarters.restore();
    const units = await prune(model, { count: 2, structure: 'unit', filter: 'a/kernel', score });
    expect(units.report().groups[0]!.pruned).toHaveLength(2);
    units.dispose();
    freeNet({ model, data });
  });

  it('wanda(model, { x }) sees the windows of every kind of convolution as tfjs computes them', async () => {
    const channels = 2;
    const conv = (size: number, stride: number, padding: 'same' | 'valid', dilationRate: number) => ({
      kernelSize: size,
      strides: stride,
      padding,
      dilationRate,
      useBias: false,
      kernelInitializer: 'ones' as const,
      depthwiseInitializer: 'ones' as const,
      pointwiseInitializer: 'ones' as const,
    });
    // TensorFlow's own kernel does not dilate.
    const undilated = tf.getBackend() === 'tensorflow' ? { dilationRate: 1 } : {};
    const kinds: ((o: ReturnType<typeof conv>) => [tf.layers.Layer, number[]])[] = [
      (o) => [tf.layers.conv1d({ ...o, filters: 1, inputShape: [7, channels] }), [7, channels]],
      (o) => [tf.layers.conv2d({ ...o, filters: 1, inputShape: [7, 6, channels] }), [7, 6, channels]],
      (o) => [
        tf.layers.conv3d({ ...o, dilationRate: 1, filters: 1, inputShape: [4, 5, 4, channels] }),
        [4, 5, 4, channels],
      ],
      (o) => [tf.layers.depthwiseConv2d({ ...o, inputShape: [7, 6, channels] }), [7, 6, channels]],
      (o) => [tf.layers.conv2dTranspose({ ...o, filters: 1, inputShape: [4, 3, channels] }), [4, 3, channels]],
      ({ kernelInitializer: _, ...o }) => [
        tf.layers.separableConv2d({ ...o, ...undilated, filters: 1, inputShape: [7, 6, channels] }),
        [7, 6, channels],
      ],
      (o) => [
        tf.layers.conv3dTranspose({ ...o, filters: 1, inputShape: [2, 3, 2, channels] }) as tf.layers.Layer,
        [2, 3, 2, channels],
      ],
    ];
    await fc.assert(
      fc.asyncProperty(
        // tfjs 4.22 computes transposed Conv3D wrong on wasm.
        fc.integer({ min: 0, max: ({ webgpu: 1, wasm: 5 } as Record<string, number>)[tf.getBackend()] ?? 6 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom('same' as const, 'valid' as const),
        fc.integer({ min: 1, max: 2 }),
        async (kind, size, stride, padding, dilation) => {
          // Of windows smaller than the stride tfjs 4.22 pads Conv3D and its transpose by a negative number on some backends.
          const [layer, shape] = kinds[kind]!(
            conv(
              kind === 2 || kind === 6 ? Math.max(size, stride) : size,
              stride,
              padding,
              stride === 1 ? dilation : 1,
            ),
          );
          const model = tf.sequential({ layers: [layer] });
          const x = tf.tensor(
            spread(
              shape.reduce((a, b) => a * b, 2),
              13,
            ),
            [2, ...shape],
          );
          const [weight] = weightsOf(model, ({ property }: Weight) => /ernel/.test(property!));
          const [scores] = await scoreAll('test', [weight!], await wanda(model, { x }));
          // Of a kernel with one 1 the squares of the outputs add up to the square of the norm there.
          for (let i = 0; i < scores!.length; i++) {
            setWeight(
              model,
              weight!.path,
              Float32Array.from(scores!, (_, k) => (k === i ? 1 : 0)),
            );
            const sum = tf.tidy(() => tf.sum(tf.square(model.predictOnBatch(x) as tf.Tensor)));
            expect(Math.abs(Math.sqrt((await sum.data())[0]!) - scores![i]!)).toBeLessThan(2 ** -14);
            sum.dispose();
          }
          x.dispose();
          model.dispose();
        },
      ),
      { numRuns: tf.getBackend() === 'webgpu' ? 2 : 24 },
    );
  });

  it('wanda(model, { x }) reads channelsFirst, longer dense inputs, shared layers and nested models', async () => {
    const inner = tf.sequential({
      layers: [
        tf.layers.dense({ units: 2, inputShape: [3, 4], name: 'in', useBias: false, kernelInitializer: 'ones' }),
      ],
    });
    const inputs = tf.input({ shape: [3, 4] });
    const once = inner.apply(inputs) as tf.SymbolicTensor;
    const shared = tf.layers.dense({ units: 2, name: 'shared', kernelInitializer: 'identity', useBias: false });
    const twice = shared.apply(shared.apply(once)) as tf.SymbolicTensor;
    const model = tf.model({ inputs, outputs: twice });
    const x = tf.tensor(spread(24, 7), [2, 3, 4]);
    const kernels = weightsOf(model);
    const [first, second] = await scoreAll('test', kernels, await wanda(model, { x }));
    const columns = [0, 1, 2, 3].map((j) => Math.hypot(...[...spread(24, 7)].filter((_, i) => i % 4 === j)));
    expect(
      relativeError(
        first!,
        columns.flatMap((c) => [c, c]),
      ),
    ).toBeLessThan(TOLERANCE);
    // The identity twice: the same inputs count twice.
    const sums = Array.from({ length: 6 }, (_, r) =>
      [...spread(24, 7)].slice(4 * r, 4 * r + 4).reduce((a, b) => a + b, 0),
    );
    expect(
      relativeError(second!, [Math.SQRT2 * Math.hypot(...sums), 0, 0, Math.SQRT2 * Math.hypot(...sums)]),
    ).toBeLessThan(TOLERANCE);
    tf.dispose(x);
    model.dispose();
  });

  it('wanda(model, { x }) refuses NaN, no data, and weights that it does not know, and leaves nothing', async () => {
    const model = mlp();
    const [x, bad, empty] = [tf.ones([2, 4]), tf.fill([2, 4], Number.NaN), tf.zeros([0, 4])];
    const run = async () => {
      await expect(wanda(model, { x: bad })).rejects.toThrow(
        'wanda: activations must be finite, got NaN at the input of a/kernel[0]',
      );
      await expect(wanda(model, { x: empty })).rejects.toThrow('wanda: x must have one example or more');
      await expect(wanda(model, {} as never)).rejects.toThrow('wanda: x must be');
      await wanda(model, { x });
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    const words = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 3, name: 'e' }),
        tf.layers.dense({ units: 1, name: 'o' }),
      ],
    });
    const steps = tf.ones([2, 3]);
    const score = await wanda(words, { x: steps });
    await expect(prune(words, { sparsity: 0.5, score })).rejects.toThrow(
      /^wanda: score must be of a kernel of a layer of class Dense, .* of the model that it was made for \(leave others out by filter\), got "e\/embeddings"/,
    );
    tf.dispose([x, bad, empty, steps]);
    model.dispose();
    words.dispose();
  });
});
