import * as tf from '@tensorflow/tfjs';
import { finiteValues, parametrize, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import { type HqqLayer, hqq, hqqValues } from '../../src/index.ts';
import { recurrentModel } from '../helpers.ts';

const valuesOf = async (model: tf.LayersModel): Promise<[string, number[]][]> => {
  const found: [string, number[]][] = [];
  for (const weight of weightsOf(model)) found.push([weight.path, [...(await finiteValues('test', weight))]]);
  return found;
};

describe('hqq', () => {
  it('hqq(model) rounds kernels of every kind by hqqValues, says why the rest stays, and restores', async () => {
    const tensors = tf.memory().numTensors;
    const { model, x } = recurrentModel();
    const before = await valuesOf(model);
    const held = tf.memory().numTensors;
    const steps: string[] = [];
    const { layers, skipped, bytes, restore } = await hqq(model, {
      bits: 3,
      group: 8,
      onLayer: ({ path }, { done, total }) => {
        steps.push(`${path} ${done}/${total}`);
      },
    });
    expect(tf.memory().numTensors).toBe(held);
    expect(steps).toEqual([
      'conv/kernel 1/4',
      'lstm/cell/kernel 2/4',
      'lstm/cell/recurrentKernel 3/4',
      'out/kernel 4/4',
    ]);
    expect(skipped.every(({ reason }) => reason === 'it is no kernel')).toBe(true);
    expect(skipped.length + layers.length).toBe(before.length);
    const values = new Map(before);
    for (const { path, quantized, error, spread } of layers) {
      const [inputs, outputs] = quantized.shape;
      const wanted = hqqValues(Float32Array.from(values.get(path)!), [inputs, outputs], { bits: 3, group: 8 });
      expect(quantized).toEqual(wanted);
      expect(await finiteValues('test', weightsOf(model, path)[0]!)).toEqual(wanted.values);
      expect(error).toBeLessThanOrEqual(spread * (1 + 2 ** -20));
    }
    // conv: 18 inputs, 4 outputs: 72 codes of 3 bits and 12 groups of 8 bytes.
    expect(layers[0]!.bytes).toBe(27 + 12 * 8);
    expect(bytes).toBe(layers.reduce((sum, layer) => sum + layer.bytes, 0));
    restore();
    expect(await valuesOf(model)).toEqual(before);
    tf.dispose(x);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('hqq refuses NaN, parametrized kernels and wrong options; what onLayer throws leaves everything as it was', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [4], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
    });
    const before = await valuesOf(model);
    await expect(hqq(model, { filter: 'a/bias' })).rejects.toThrow('hqq: filter must match weights of rank 2 or more');
    await expect(hqq(model, { group: 0 })).rejects.toThrow('hqq: group must be an integer');
    const seen: HqqLayer[] = [];
    const stop = (layer: HqqLayer) => {
      seen.push(layer);
      if (seen.length === 2) throw new Error('planted');
    };
    await expect(hqq(model, { bits: 2, onLayer: stop })).rejects.toThrow('planted');
    expect(await valuesOf(model)).toEqual(before);
    const handle = parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 1) });
    await expect(hqq(model)).rejects.toThrow('hqq: weights must not be parametrized (fold them first), got b/kernel');
    handle.restore();
    const nan = tf.fill([4, 3], Number.NaN);
    weightsOf(model, 'a/kernel')[0]!.write(nan);
    await expect(hqq(model)).rejects.toThrow('hqq: weights must be finite, got NaN at a/kernel[0]');
    nan.dispose();
    model.dispose();
  });
});
