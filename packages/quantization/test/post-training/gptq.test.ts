import * as tf from '@tensorflow/tfjs';
import { finiteValues, parametrize, weightsOf } from '@weightkit/core';
import { packCodes } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { dequantizeValues, type GptqLayer, type GptqOptions, gptq } from '../../src/index.ts';
import { golden } from '../helpers.ts';
import { convolutions, dense, valuesOf, wave, withBoth, withWeights } from './helpers.ts';

interface Golden {
  call: string;
  x: number[];
  a: number[];
  b: number[];
  values: Record<string, number[]>;
}

/** Activations of float32, summed in any order: of sums of 60 products, more on WebGPU. */
const TOLERANCE = tf.getBackend() === 'webgpu' ? 2 ** -10 : 2 ** -15;

describe('gptq', () => {
  it.each(golden<Golden>('gptq-model'))('gptq(model, { x }) is $call', async (g) => {
    await withBoth(dense, [1, 8], async (model) => {
      for (const path of ['a', 'b'] as const) {
        const [kernel] = weightsOf(model, `${path}/kernel`);
        const [bias] = weightsOf(model, `${path}/bias`);
        tf.tidy(() => {
          kernel!.write(tf.tensor(g[path], [...kernel!.shape]));
          bias!.write(tf.zeros([...bias!.shape]));
        });
      }
      const x = tf.tensor(g.x, [60, 8]);
      const { layers } = await gptq(model, { x });
      expect(layers.map(({ path, rows, dead }) => [path, rows, dead])).toEqual([
        ['a/kernel', 60, 0],
        ['b/kernel', 60, 0],
      ]);
      for (const [path, wanted] of Object.entries(g.values)) {
        const found = await finiteValues('test', weightsOf(model, path)[0]!);
        // Equal codes; scales of a column are those of the weights as they were given.
        expect([...found]).toEqual(wanted);
      }
      x.dispose();
    });
  });

  it.each([
    {},
    { dtype: 'int3', group: 5 },
    { dtype: 'nf4', actOrder: true },
    { dtype: 'uint4', scheme: 'affine', group: 4 },
  ] as GptqOptions[])(
    'gptq(model, { x }, %j) goes through convolutions, depthwise ones channel by channel',
    async (options) => {
      await withBoth(convolutions, [8, 5, 5, 3], async (model, data) => {
        const before = await valuesOf(model);
        const { layers, skipped, bytes, restore } = await gptq(model, data, options);
        expect(layers.map(({ path, rows, quantized }) => [path, rows, quantized.shape])).toEqual([
          ['c/kernel', 8 * 25, [27, 4]],
          ['d/depthwiseKernel', 8 * 9, [9, 8]],
          ['out/kernel', 8, [72, 5]],
        ]);
        expect(skipped).toEqual(['c/bias', 'd/bias', 'out/bias'].map((path) => ({ path, reason: 'it is no kernel' })));
        expect(bytes).toBe(layers.reduce((sum, layer) => sum + layer.bytes, 0));
        for (const { path, quantized, error, nearest } of layers) {
          const values = await finiteValues('test', weightsOf(model, path)[0]!);
          expect(values).toEqual(dequantizeValues(quantized));
          expect(error).toBeGreaterThan(0);
          expect(error).toBeLessThan(nearest);
        }
        const [{ quantized }] = layers as [GptqLayer];
        if (quantized.dtype === 'int4') {
          const packed = packCodes(quantized.codes as Int8Array, 4);
          expect(layers[0]!.bytes).toBe(packed.length + 4 * quantized.scales!.length);
        }
        restore();
        expect(await valuesOf(model)).toEqual(before);
      });
    },
  );

  it('gptq(model, { x }): error is by how much the outputs of a linear layer change', async () => {
    const linear = () => {
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: 6, useBias: false, inputShape: [10], name: 'a' })],
      });
      return withWeights(model);
    };
    await withBoth(linear, [30, 10], async (model, data) => {
      const outputs = async () => {
        const y = model.predictOnBatch(data.x) as tf.Tensor;
        return Float64Array.from(await y.data().finally(() => y.dispose()));
      };
      const before = await outputs();
      const { layers } = await gptq(model, data, { dtype: 'int3' });
      const after = await outputs();
      const norm = (v: Float64Array) => Math.sqrt(v.reduce((sum, y) => sum + y * y, 0));
      const measured = norm(before.map((y, i) => y - after[i]!)) / norm(before);
      expect(Math.abs(measured - layers[0]!.error)).toBeLessThan(TOLERANCE);
    });
  });

  it('gptq(model, { x }, { resume }) goes on where a run ended, to the bit; a run that throws leaves the model as it was', async () => {
    await withBoth(convolutions, [8, 5, 5, 3], async (model, data) => {
      const before = await valuesOf(model);
      const steps: string[] = [];
      const onLayer: GptqOptions['onLayer'] = ({ path }, { done, total }) => {
        steps.push(`${path} ${done}/${total}`);
      };
      const whole = await gptq(model, data, { dtype: 'int3', onLayer });
      expect(steps).toEqual(['c/kernel 1/3', 'd/depthwiseKernel 2/3', 'out/kernel 3/3']);
      const after = await valuesOf(model);
      whole.restore();
      const kept: GptqLayer[] = [];
      const stop = async (layer: GptqLayer) => {
        kept.push(structuredClone(layer));
        if (kept.length === 2) throw new Error('planted');
      };
      await expect(gptq(model, data, { dtype: 'int3', onLayer: stop })).rejects.toThrow('planted');
      expect(await valuesOf(model)).toEqual(before);
      const seen: string[] = [];
      const again = await gptq(model, data, {
        dtype: 'int3',
        resume: kept,
        onLayer: ({ path }) => {
          seen.push(path);
        },
      });
      expect(seen).toEqual(['out/kernel']);
      expect(await valuesOf(model)).toEqual(after);
      expect(again.layers).toEqual(whole.layers);
      await expect(gptq(model, data, { resume: [kept[1]!] })).rejects.toThrow(
        'gptq: resume[0] must be of c/kernel, got "d/depthwiseKernel"',
      );
      expect(await valuesOf(model)).toEqual(after);
    });
  });

  it('gptq(model, { x }, { filter }) says why weights stay, and counts dead inputs', async () => {
    await withBoth(dense, [1, 8], async (model) => {
      const x = tf.tidy(() => tf.concat([wave([20, 5], 2), tf.zeros([20, 3])], 1));
      const { layers, skipped } = await gptq(model, { x }, { filter: 'a/*kernel' });
      expect(layers.map(({ path, dead }) => [path, dead])).toEqual([['a/kernel', 3]]);
      expect(skipped).toEqual([
        { path: 'a/bias', reason: 'it is no kernel' },
        { path: 'b/kernel', reason: 'the filter leaves it out' },
        { path: 'b/bias', reason: 'it is no kernel' },
      ]);
      const kernel = await finiteValues('test', weightsOf(model, 'a/kernel')[0]!);
      expect(kernel.slice(5 * 12).every((v) => v === 0)).toBe(true);
      x.dispose();
    });
  });

  it('gptq refuses NaN, parametrized kernels and wrong options, and leaves everything as it was', async () => {
    await withBoth(dense, [6, 8], async (model, data) => {
      const before = await valuesOf(model);
      const refused = (options: object, message: string, given: object = data) =>
        expect(gptq(model, given as never, options as never)).rejects.toThrow(message);
      await refused({ dtype: 'int9' }, 'gptq: dtype must be among');
      await refused({ filter: 'a/bias' }, 'gptq: filter must match kernels of layers of class');
      await refused({ group: 1.5 }, 'gptq: group must be an integer');
      await refused({ onLayer: 3 }, 'gptq: onLayer must be a function, got 3');
      await refused({ resume: 3 }, 'gptq: resume must be a list of layers of gptq, got 3');
      await refused({}, 'gptq: data must be a plain object, got 3', 3 as never);
      const nan = tf.fill([2, 8], Number.NaN);
      await refused({}, 'gptq: activations must be finite, got NaN at the input of a/kernel[0]', { x: nan });
      nan.dispose();
      const handle = parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 1) });
      await refused({}, 'gptq: weights must not be parametrized (fold them first), got b/kernel');
      handle.restore();
      expect(await valuesOf(model)).toEqual(before);
    });
  });
});
