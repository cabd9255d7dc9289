import * as tf from '@tensorflow/tfjs';
import { capture, type Weight, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import type { OneShotMethod } from '../../src/one-shot/prune-kernel.ts';
import { type PruneOneShotOptions, pruneOneShot } from '../../src/one-shot/prune-one-shot.ts';
import { wanda } from '../../src/scores/wanda.ts';
import { casesOf, readWeight, setWeight, spread } from '../models.ts';
import { relativeError } from '../scores/net.ts';

interface Golden {
  call: string;
  layer: 'SimpleRNN' | 'LSTM' | 'GRU' | 'SeparableConv2D' | 'Conv2DTranspose';
  config: object;
  method: OneShotMethod;
  sparsity: number;
  shape: number[];
  x: number[];
  weights: Record<string, number[]>;
  corrected: Record<string, number[]>;
}

const MAKERS = {
  SimpleRNN: tf.layers.simpleRNN,
  LSTM: tf.layers.lstm,
  GRU: tf.layers.gru,
  SeparableConv2D: tf.layers.separableConv2d,
  Conv2DTranspose: tf.layers.conv2dTranspose,
} as unknown as Record<string, (config: object) => tf.layers.Layer>;

const isKernel = ({ property }: Weight): boolean => /ernel/.test(property!);

/** States of a few time steps in float32, through sigmoids, into a solve of condition 1e3 or less; WebGPU approximates both. */
const TOLERANCE = tf.getBackend() === 'webgpu' ? 2 ** -9 : 2 ** -14;

/** What goes together, with inputs of different sizes. */
function inputsFor(shape: readonly number[], examples = 24): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: examples * size }, (_, i) => {
    const [e, j] = [Math.floor(i / size), i % size];
    return (
      (1 + (j % 3)) * (Math.sin(1 + e * 1.7 + (j % 5)) + 0.5 * Math.sin(e * e + 0.3 * j) + 0.2 * Math.cos(3 * e * j))
    );
  });
  return tf.tensor(values, [examples, ...shape]);
}

/** A model with fixed weights. */
function modelOf(...layers: tf.layers.Layer[]): tf.Sequential {
  const model = tf.sequential({ layers });
  for (const [i, { path, shape }] of weightsOf(model, isKernel).entries())
    setWeight(
      model,
      path,
      spread(
        shape.reduce((a, b) => a * b, 1),
        [7, 11, 13][i % 3],
      ),
    );
  return model;
}

/** Layers with every kind of kernel here, and inputs. */
const KINDS: [string, () => tf.layers.Layer[], number[]][] = [
  ['SimpleRNN', () => [tf.layers.simpleRNN({ units: 8, inputShape: [4, 8] })], [4, 8]],
  ['LSTM', () => [tf.layers.lstm({ units: 8, inputShape: [4, 8] })], [4, 8]],
  ['GRU', () => [tf.layers.gru({ units: 8, inputShape: [4, 8] })], [4, 8]],
  [
    'Bidirectional',
    () => [
      tf.layers.bidirectional({
        layer: tf.layers.lstm({ units: 8 }) as tf.RNN,
        mergeMode: 'concat',
        inputShape: [4, 8],
      } as never),
    ],
    [4, 8],
  ],
  [
    'RNN of cells',
    () => [
      tf.layers.rnn({
        cell: [tf.layers.gruCell({ units: 4 }), tf.layers.simpleRNNCell({ units: 4 })],
        inputShape: [4, 8],
      } as never),
    ],
    [4, 8],
  ],
  [
    'SeparableConv2D',
    () => [tf.layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, inputShape: [6, 6, 4] })],
    [6, 6, 4],
  ],
  [
    'Conv2DTranspose',
    () => [tf.layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, inputShape: [3, 3, 4] })],
    [3, 3, 4],
  ],
  [
    'ConvLSTM2D',
    () => [tf.layers.convLstm2d({ filters: 4, kernelSize: 2, inputShape: [2, 4, 4, 4] }) as tf.layers.Layer],
    [2, 4, 4, 4],
  ],
];

describe('pruneOneShot of layers with several kernels', () => {
  it.each(casesOf<Golden>('one-shot-layers'))('pruneOneShot(model, { x }) is numpy: $call', async (golden) => {
    const layer = MAKERS[golden.layer]!({ ...golden.config, inputShape: golden.shape.slice(1) });
    const model = tf.sequential({ layers: [layer] });
    const path = new Map(weightsOf(model).map((weight) => [weight.property!, weight.path]));
    for (const [name, values] of Object.entries(golden.weights)) setWeight(model, path.get(name)!, values);
    const x = tf.tensor(golden.x, golden.shape);
    const pruning = await pruneOneShot(model, { x }, { sparsity: golden.sparsity, method: golden.method });
    expect(pruning.layers.map((one) => one.path)).toEqual(Object.keys(golden.corrected).map((name) => path.get(name)!));
    for (const [name, corrected] of Object.entries(golden.corrected)) {
      const found = await readWeight(model, path.get(name)!);
      expect([...found].map((v) => v === 0)).toEqual(corrected.map((v) => v === 0));
      expect(relativeError(found, corrected)).toBeLessThan(TOLERANCE);
    }
    pruning.dispose();
    x.dispose();
    model.dispose();
  });

  it.each(KINDS)(
    'pruneOneShot(model, { x }) changes what the kernels of %s add up less than magnitude does, at 50 % and 2:4',
    async (_, layers, shape) => {
      const model = modelOf(...layers());
      const x = inputsFor(shape);
      const before = await Promise.all(weightsOf(model).map(({ path }) => readWeight(model, path)));
      for (const amount of [{ sparsity: 0.5 }, { structure: { n: 2, m: 4 } }] as PruneOneShotOptions[]) {
        const errors: Record<string, number[]> = {};
        for (const method of ['sparsegpt', 'wanda', 'magnitude'] as OneShotMethod[]) {
          const pruning = await pruneOneShot(model, { x }, { ...amount, method });
          expect((await pruning.verify()).nonzero).toBe(0);
          if (method !== 'wanda' || amount.structure) expect(pruning.sparsity).toBe(0.5);
          errors[method] = pruning.layers.map(({ error }) => error);
          pruning.restore();
        }
        for (const [i, error] of errors.sparsegpt!.entries()) expect(error).toBeLessThan(errors.magnitude![i]!);
      }
      expect(await Promise.all(weightsOf(model).map(({ path }) => readWeight(model, path)))).toEqual(before);
      x.dispose();
      model.dispose();
    },
  );

  it('pruneOneShot(model, { x }) reports for a transposed convolution by how much its outputs change', async () => {
    const layer = tf.layers.conv2dTranspose({
      filters: 3,
      kernelSize: 3,
      strides: 2,
      inputShape: [3, 4, 2],
      padding: 'same',
    });
    const model = modelOf(layer);
    const x = inputsFor([3, 4, 2], 12);
    const before = tf.tidy(() => model.predictOnBatch(x) as tf.Tensor);
    const pruning = await pruneOneShot(model, { x }, { sparsity: 0.5 });
    const measured = tf.tidy(() => {
      const after = model.predictOnBatch(x) as tf.Tensor;
      return tf.div(tf.norm(tf.sub(before, after)), tf.norm(before)) as tf.Scalar;
    });
    expect(Math.abs((await measured.data())[0]! - pruning.layers[0]!.error)).toBeLessThan(TOLERANCE);
    expect(pruning.layers[0]!.rows).toBe(12 * 6 * 8);
    tf.dispose([x, before, measured]);
    pruning.dispose();
    model.dispose();
  });

  it('pruneOneShot(model, { x }) sees the states of all time steps, the pointwise kernel what the pruned depthwise one gives', async () => {
    const model = modelOf(tf.layers.lstm({ units: 3, inputShape: [5, 2] }));
    const x = inputsFor([5, 2], 4);
    const pruning = await pruneOneShot(model, { x }, { sparsity: 0.5 });
    expect(pruning.layers.map(({ path, rows }) => [path.split('/').at(-1), rows])).toEqual([
      ['kernel', 20],
      ['recurrentKernel', 20],
    ]);
    // The first state is 0 for every example, no unit is always.
    expect(pruning.layers.map(({ dead }) => dead)).toEqual([0, 0]);
    pruning.dispose();
    const separable = modelOf(
      tf.layers.separableConv2d({ filters: 2, kernelSize: 3, inputShape: [5, 5, 2], name: 's', useBias: false }),
    );
    const images = inputsFor([5, 5, 2], 6);
    const both = await pruneOneShot(
      separable,
      { x: images },
      { sparsity: { '**/depthwiseKernel': 0.5, '**/pointwiseKernel': 0 } },
    );
    expect(both.layers[1]!.error).toBe(0);
    const changed = tf.tidy(() => separable.predictOnBatch(images) as tf.Tensor);
    both.fold();
    const folded = capture(separable, ['s'], images);
    expect([...(await changed.data())]).toEqual([...(await folded.calls[0]!.outputs[0]!.data())]);
    folded.dispose();
    both.dispose();
    tf.dispose([x, images, changed]);
    separable.dispose();
    model.dispose();
  });

  it("pruneOneShot(model, { x }, { method: 'wanda' }) is the score of wanda on recurrent, separable and transposed kernels", async () => {
    for (const [, layers, shape] of KINDS) {
      const model = modelOf(...layers());
      const x = inputsFor(shape, 6);
      const kernels = weightsOf(model, isKernel);
      // One kernel at a time: in one call each sees the pruned ones before it.
      for (const { path } of kernels) {
        const pruning = await pruneOneShot(model, { x }, { sparsity: 0.5, method: 'wanda', filter: path });
        const bits = pruning.toJSON().masks[path];
        pruning.restore();
        const scored = await prune(model, {
          sparsity: 0.5,
          scope: 'output',
          filter: path,
          score: await wanda(model, { x }),
        });
        expect(scored.toJSON().masks[path]).toEqual(bits);
        scored.restore();
      }
      x.dispose();
      model.dispose();
    }
  });

  it('pruneOneShot(model, { x }) takes a batch of fixed size, refuses layers that keep a state, and leaks nothing', async () => {
    const fixed = tf.sequential({ layers: [tf.layers.gru({ units: 3, batchInputShape: [6, 4, 2] })] });
    const x = inputsFor([4, 2], 6);
    expect(await leakOf(async () => (await pruneOneShot(fixed, { x }, { sparsity: 0.5 })).dispose())).toEqual({
      tensors: 0,
      variables: 0,
    });
    const stateful = tf.sequential({
      layers: [tf.layers.lstm({ units: 3, batchInputShape: [6, 4, 2], stateful: true, name: 'kept' })],
    });
    const message = 'model must have no layers that keep a state, got "kept"';
    await expect(pruneOneShot(stateful, { x }, { sparsity: 0.5 })).rejects.toThrow(`pruneOneShot: ${message}`);
    await expect(wanda(stateful, { x })).rejects.toThrow(`wanda: ${message}`);
    x.dispose();
    stateful.dispose();
    fixed.dispose();
  });

  it('pruneOneShot(model, { x }) refuses states that are not finite, by the kernel that they go into, and puts all back', async () => {
    const model = modelOf(tf.layers.simpleRNN({ units: 2, activation: 'linear', inputShape: [4, 2], name: 'r' }));
    const x = tf.fill([3, 4, 2], 3e30);
    setWeight(model, weightsOf(model)[1]!.path, [1e20, 0, 0, 1e20]);
    const before = await Promise.all(weightsOf(model).map(({ path }) => readWeight(model, path)));
    await expect(pruneOneShot(model, { x }, { sparsity: 0.5 })).rejects.toThrow(
      /^pruneOneShot: activations must be finite, got .* at the input of r\/cell\/recurrentKernel/,
    );
    expect(await Promise.all(weightsOf(model).map(({ path }) => readWeight(model, path)))).toEqual(before);
    x.dispose();
    model.dispose();
  });
});
