import * as tf from '@tensorflow/tfjs';
import { finiteValues, parametrize, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import { type AdaRoundLayer, type AdaRoundOptions, adaRound, dequantizeValues } from '../../src/index.ts';
import { convolutions, dense, valuesOf, withBoth } from './helpers.ts';

const QUICK: AdaRoundOptions = { iterations: 60, learningRate: 0.1 };

describe('adaRound', () => {
  it.each([{}, { dtype: 'int3', group: 5 }, { dtype: 'uint4', scheme: 'affine', group: 4 }] as AdaRoundOptions[])(
    'adaRound(model, { x }, %j) goes through convolutions, depthwise ones channel by channel',
    async (options) => {
      await withBoth(convolutions, [8, 5, 5, 3], async (model, data) => {
        const before = await valuesOf(model);
        const { layers, skipped, bytes, restore } = await adaRound(model, data, { ...QUICK, ...options });
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
          expect(error).toBeLessThanOrEqual(nearest);
        }
        // 8 rows of 72 inputs: much can move without being seen.
        expect(layers[2]!.moved).toBeGreaterThan(0);
        expect(layers[2]!.error).toBeLessThan(layers[2]!.nearest);
        restore();
        expect(await valuesOf(model)).toEqual(before);
      });
    },
  );

  it('adaRound(model, { x }, { resume }) goes on where a run ended, to the bit; a run that throws leaves the model as it was', async () => {
    await withBoth(convolutions, [8, 5, 5, 3], async (model, data) => {
      const before = await valuesOf(model);
      const steps: string[] = [];
      const onLayer: AdaRoundOptions['onLayer'] = ({ path }, { done, total }) => {
        steps.push(`${path} ${done}/${total}`);
      };
      const whole = await adaRound(model, data, { ...QUICK, onLayer });
      expect(steps).toEqual(['c/kernel 1/3', 'd/depthwiseKernel 2/3', 'out/kernel 3/3']);
      const after = await valuesOf(model);
      whole.restore();
      const kept: AdaRoundLayer[] = [];
      const stop = async (layer: AdaRoundLayer) => {
        kept.push(structuredClone(layer));
        if (kept.length === 2) throw new Error('planted');
      };
      await expect(adaRound(model, data, { ...QUICK, onLayer: stop })).rejects.toThrow('planted');
      expect(await valuesOf(model)).toEqual(before);
      const again = await adaRound(model, data, { ...QUICK, resume: kept });
      expect(await valuesOf(model)).toEqual(after);
      expect(again.layers).toEqual(whole.layers);
      await expect(adaRound(model, data, { resume: [kept[1]!] })).rejects.toThrow(
        'adaRound: resume[0] must be of c/kernel, got "d/depthwiseKernel"',
      );
      expect(await valuesOf(model)).toEqual(after);
    });
  });

  it('adaRound refuses NaN, parametrized kernels and wrong options, and leaves everything as it was', async () => {
    await withBoth(dense, [6, 8], async (model, data) => {
      const before = await valuesOf(model);
      const refused = (options: object, message: string, given: object = data) =>
        expect(adaRound(model, given as never, options as never)).rejects.toThrow(message);
      await refused({ dtype: 'mxfp4' }, 'adaRound: dtype must be of integers');
      await refused({ filter: 'a/bias' }, 'adaRound: filter must match kernels of layers of class');
      await refused({ onLayer: 3 }, 'adaRound: onLayer must be a function, got 3');
      await refused({ resume: 3 }, 'adaRound: resume must be a list of layers of adaRound, got 3');
      await refused({ alpha: 0.5 }, 'adaRound: options');
      const nan = tf.fill([2, 8], Number.NaN);
      await refused({}, 'adaRound: activations must be finite, got NaN at the input of a/kernel[0]', { x: nan });
      nan.dispose();
      const handle = parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 1) });
      await refused({}, 'adaRound: weights must not be parametrized (fold them first), got b/kernel');
      handle.restore();
      const { layers, skipped, restore } = await adaRound(model, data, { ...QUICK, filter: 'a/*kernel' });
      expect(layers.map(({ path }) => path)).toEqual(['a/kernel']);
      expect(skipped).toContainEqual({ path: 'b/kernel', reason: 'the filter leaves it out' });
      restore();
      expect(await valuesOf(model)).toEqual(before);
    });
  });
});
