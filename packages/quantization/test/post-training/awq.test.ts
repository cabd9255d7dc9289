import * as tf from '@tensorflow/tfjs';
import { finiteValues, parametrize, weightsOf } from '@weightkit/core';
import { packCodes } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { type AwqLayer, type AwqOptions, awq, dequantizeValues } from '../../src/index.ts';
import { golden } from '../helpers.ts';
import { convolutions, dense, valuesOf, wave, withBoth } from './helpers.ts';

interface Golden {
  call: string;
  x: number[];
  a: number[];
  b: number[];
  values: Record<string, number[]>;
}

describe('awq', () => {
  it.each(golden<Golden>('awq-model'))('awq(model, { x }) is $call', async (g) => {
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
      const { layers } = await awq(model, { x });
      expect(layers.map(({ path, rows }) => [path, rows])).toEqual([
        ['a/kernel', 60],
        ['b/kernel', 60],
      ]);
      for (const [path, wanted] of Object.entries(g.values)) {
        const found = await finiteValues('test', weightsOf(model, path)[0]!);
        // Equal codes. Factors of the second are of means of float32 sums of 8 products, 2^-20 apart, and 2^-12 on WebGPU.
        const room = tf.getBackend() === 'webgpu' ? 2 ** -11 : 2 ** -19;
        for (const [i, value] of wanted.entries())
          expect(Math.abs(found[i]! - value)).toBeLessThanOrEqual(room * Math.abs(value));
      }
      x.dispose();
    });
  });

  it.each([
    {},
    { dtype: 'int3', group: 5 },
    { dtype: 'nf4', clip: false },
    { dtype: 'uint4', scheme: 'affine', group: 4 },
  ] as AwqOptions[])(
    'awq(model, { x }, %j) goes through convolutions, depthwise ones channel by channel',
    async (options) => {
      await withBoth(convolutions, [8, 5, 5, 3], async (model, data) => {
        const before = await valuesOf(model);
        const { layers, skipped, bytes, restore } = await awq(model, data, options);
        expect(
          layers.map(({ path, rows, quantized, factors, alphas }) => [
            path,
            rows,
            quantized.shape,
            factors.length,
            alphas.length,
          ]),
        ).toEqual([
          ['c/kernel', 8 * 25, [27, 4], 27, 1],
          ['d/depthwiseKernel', 8 * 9, [9, 8], 9 * 4, 4],
          ['out/kernel', 8, [72, 5], 72, 1],
        ]);
        expect(skipped).toEqual(['c/bias', 'd/bias', 'out/bias'].map((path) => ({ path, reason: 'it is no kernel' })));
        expect(bytes).toBe(layers.reduce((sum, layer) => sum + layer.bytes, 0));
        for (const { path, quantized, factors, error, nearest } of layers) {
          const values = await finiteValues('test', weightsOf(model, path)[0]!);
          const each = values.length / factors.length;
          const decoded = dequantizeValues(quantized).map((v, i) => v / factors[Math.floor(i / each)]!);
          expect(values).toEqual(decoded);
          expect(error).toBeGreaterThan(0);
          expect(error).toBeLessThanOrEqual(nearest);
        }
        const [{ quantized, factors }] = layers as [AwqLayer];
        if (quantized.dtype === 'int4') {
          const packed = packCodes(quantized.codes as Int8Array, 4);
          expect(layers[0]!.bytes).toBe(packed.length + 4 * quantized.scales!.length + 4 * factors.length);
        }
        restore();
        expect(await valuesOf(model)).toEqual(before);
      });
    },
  );

  it('awq(model, { x }, { resume }) goes on where a run ended, to the bit; a run that throws leaves the model as it was', async () => {
    await withBoth(convolutions, [8, 5, 5, 3], async (model, data) => {
      const before = await valuesOf(model);
      const steps: string[] = [];
      const onLayer: AwqOptions['onLayer'] = ({ path }, { done, total }) => {
        steps.push(`${path} ${done}/${total}`);
      };
      const whole = await awq(model, data, { dtype: 'int3', onLayer });
      expect(steps).toEqual(['c/kernel 1/3', 'd/depthwiseKernel 2/3', 'out/kernel 3/3']);
      const after = await valuesOf(model);
      whole.restore();
      const kept: AwqLayer[] = [];
      const stop = async (layer: AwqLayer) => {
        kept.push(structuredClone(layer));
        if (kept.length === 2) throw new Error('planted');
      };
      await expect(awq(model, data, { dtype: 'int3', onLayer: stop })).rejects.toThrow('planted');
      expect(await valuesOf(model)).toEqual(before);
      const again = await awq(model, data, { dtype: 'int3', resume: kept });
      expect(await valuesOf(model)).toEqual(after);
      expect(again.layers).toEqual(whole.layers);
      const refused = (layer: object, message: string) =>
        expect(awq(model, data, { resume: [{ ...kept[0]!, ...layer }] })).rejects.toThrow(message);
      await refused({ path: 'd' }, 'awq: resume[0] must be of c/kernel, got "d"');
      await refused({ factors: [1] }, 'awq: factors of c/kernel must be a Float32Array');
      await refused({ factors: new Float32Array(27) }, 'awq: factors of c/kernel must be finite and above 0, got 0');
      await refused({ factors: Float32Array.of(1, 1) }, 'awq: factors of c/kernel must be one for each input, got 2');
      await refused({ factors: new Float32Array(0) }, 'awq: factors of c/kernel must be one for each input, got 0');
      expect(await valuesOf(model)).toEqual(after);
    });
  });

  it('awq refuses NaN, parametrized kernels and wrong options, and leaves everything as it was', async () => {
    await withBoth(dense, [6, 8], async (model, data) => {
      const before = await valuesOf(model);
      const refused = (options: object, message: string, given: object = data) =>
        expect(awq(model, given as never, options as never)).rejects.toThrow(message);
      await refused({ dtype: 'int9' }, 'awq: dtype must be among');
      await refused({ filter: 'a/bias' }, 'awq: filter must match kernels of layers of class');
      await refused({ steps: 1.5 }, 'awq: steps must be an integer');
      await refused({ onLayer: 3 }, 'awq: onLayer must be a function, got 3');
      await refused({ resume: 3 }, 'awq: resume must be a list of layers of awq, got 3');
      await refused({ alpha: 0.5 }, 'awq: options');
      const nan = tf.fill([2, 8], Number.NaN);
      await refused({}, 'awq: activations must be finite, got NaN at the input of a/kernel[0]', { x: nan });
      nan.dispose();
      const handle = parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 1) });
      await refused({}, 'awq: weights must not be parametrized (fold them first), got b/kernel');
      handle.restore();
      const some = wave([6, 8], 4);
      const { layers, skipped, restore } = await awq(model, { x: some }, { filter: 'a/*kernel' });
      expect(layers.map(({ path }) => path)).toEqual(['a/kernel']);
      expect(skipped).toContainEqual({ path: 'b/kernel', reason: 'the filter leaves it out' });
      restore();
      some.dispose();
      expect(await valuesOf(model)).toEqual(before);
    });
  });
});
