import * as tf from '@tensorflow/tfjs';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { capture, parametrize } from '../../src/index.ts';
import { fill, numbers } from '../models.ts';

describe('capture', () => {
  it('capture(model, layers, batch) holds what a forward pass by hand computes, by path or by layer', async () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [tf.layers.dense({ units: 3, inputShape: [2], activation: 'relu', name: 'hidden' })],
    });
    // A model that stands first in a Sequential is run layer by layer and has no call of its own.
    const model = tf.sequential({
      layers: [tf.layers.reshape({ targetShape: [2], inputShape: [2, 1], name: 'in' }), inner],
    });
    model.add(tf.layers.dense({ units: 2, name: 'out' }));
    fill(model);
    const x = numbers([4, 2], 1);
    const batch = tf.reshape(x, [4, 2, 1]);
    const captured = capture(model, ['inner/hidden', model.layers[2]!, 'inner'], batch);
    const [k, b, k2, b2] = model.getWeights() as tf.Tensor2D[];
    const hidden = tf.tidy(() => tf.relu(tf.add(tf.matMul(x as tf.Tensor2D, k!), b!)));
    const out = tf.tidy(() => tf.add(tf.matMul(hidden as tf.Tensor2D, k2!), b2!));
    const want: [string, tf.Tensor, tf.Tensor][] = [
      ['inner/hidden', x, hidden],
      ['inner', x, hidden],
      ['out', hidden, out],
    ];
    expect(captured.calls.map(({ path }) => path)).toEqual(want.map(([path]) => path));
    for (const [i, { inputs, outputs }] of captured.calls.entries()) {
      expect([inputs.length, outputs.length]).toEqual([1, 1]);
      // Sums of three products of values below 2, fused with bias and relu or not: 1e-6 is over 4 ulp.
      expect(maxAbsDifference(await inputs[0]!.data(), await want[i]![1].data())).toBeLessThan(1e-6);
      expect(maxAbsDifference(await outputs[0]!.data(), await want[i]![2].data())).toBeLessThan(1e-6);
    }
    captured.dispose();
    captured.dispose();
    expect(captured.calls).toEqual([]);
    tf.dispose([hidden, out, x, batch]);
    model.dispose();
  });

  it('capture(model, undefined, batch) takes every layer; a shared layer and a cell over time have several calls', async () => {
    const shared = tf.layers.dense({ units: 1, name: 'shared' });
    const [a, b] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const both = [a, b].map((input) => shared.apply(input) as tf.SymbolicTensor);
    const sequence = tf.layers
      .reshape({ targetShape: [2, 1], name: 'seq' })
      .apply(tf.layers.concatenate({ name: 'cat' }).apply(both) as tf.SymbolicTensor);
    const output = tf.layers.gru({ units: 1, name: 'rnn', returnState: true }).apply(sequence) as tf.SymbolicTensor[];
    const model = tf.model({ inputs: [a, b], outputs: output[0]! });
    const x = [tf.ones([3, 2]), tf.zeros([3, 2])];
    const captured = capture(model, undefined, x);
    expect(captured.calls.map(({ path, inputs, outputs }) => [path, inputs.length, outputs.length])).toEqual([
      ['shared', 1, 1],
      ['shared', 1, 1],
      ['cat', 2, 1],
      ['seq', 1, 1],
      ['rnn/cell', 2, 2],
      ['rnn/cell', 2, 2],
      ['rnn', 1, 2],
    ]);
    // Either input may come first.
    const firsts = await Promise.all(captured.calls.slice(0, 2).map(({ inputs }) => inputs[0]!.data()));
    expect(firsts.map(([value]) => value).sort()).toEqual([0, 1]);
    captured.dispose();
    tf.dispose(x);
    model.dispose();
  });

  it('capture runs for inference: dropout passes all through and BatchNormalization statistics stay', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dropout({ rate: 0.9, inputShape: [4], name: 'drop' }),
        tf.layers.batchNormalization({ name: 'bn' }),
      ],
    });
    const x = numbers([8, 4], 3);
    const before = await Promise.all(model.getWeights().map((w) => w.data()));
    const { calls, dispose } = capture(model, ['drop'], x);
    expect(await calls[0]!.outputs[0]!.data()).toEqual(await x.data());
    expect(await Promise.all(model.getWeights().map((w) => w.data()))).toEqual(before);
    dispose();
    x.dispose();
    model.dispose();
  });

  it('capture leaks nothing, leaves calls as they were, and sees parametrized weights', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'd', kernelInitializer: 'ones' })],
    });
    parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, 3) });
    const own = model.layers[0]!.call;
    const x = tf.ones([1, 1]);
    let value: Float32Array | undefined;
    const { tensors } = await leakOf(async () => {
      const { calls, dispose } = capture(model, ['d', 'd', model.layers[0]!], x);
      expect(calls.length).toBe(1);
      value = await valuesOf(tf.clone(calls[0]!.outputs[0]!));
      dispose();
    });
    expect([tensors, value![0]]).toEqual([0, 3]);
    expect(model.layers[0]!.call).toBe(own);
    x.dispose();
    model.dispose();
  });

  it('capture frees everything and unwraps every layer when the model throws on the way', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
    });
    model.layers[1]!.call = () => {
      throw new Error('broken');
    };
    const x = tf.ones([1, 2]);
    expect((await leakOf(() => expect(() => capture(model, undefined, x)).toThrow('broken'))).tensors).toBe(0);
    expect(Object.hasOwn(model.layers[0]!, 'call')).toBe(false);
    const wrong = tf.ones([1, 3]);
    expect((await leakOf(() => expect(() => capture(model, ['a'], wrong)).toThrow())).tensors).toBe(0);
    tf.dispose([x, wrong]);
    model.dispose();
  });

  it('capture(model, an unknown layer) throws with the paths there are and runs nothing', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' })] });
    const x = tf.ones([1, 2]);
    expect(() => capture(model, ['b'], x)).toThrow('capture: layers must be in the model (there are a), got "b"');
    expect(() => capture(model, [tf.layers.flatten({ name: 'f' })], x)).toThrow('got "f"');
    expect(() => capture(model, [null as never], x)).toThrow(RangeError);
    expect(() => capture(model, 'a' as never, x)).toThrow('capture: layers must be a list of paths or layers, got "a"');
    for (const bad of [null, model.layers[0]])
      expect(() => capture(bad as never, undefined, x)).toThrow('capture: model must be a LayersModel, got ');
    for (const bad of [null, [x, 1]])
      expect(() => capture(model, undefined, bad as never)).toThrow('capture: batch must be a tensor or a list');
    expect(capture(model, [], x).calls).toEqual([]);
    x.dispose();
    model.dispose();
  });
});
