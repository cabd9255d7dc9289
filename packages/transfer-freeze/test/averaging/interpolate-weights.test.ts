import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { interpolateWeights } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import { read } from '../net.ts';

const built = (seed: number, units = 3): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({
        units,
        inputShape: [2],
        kernelInitializer: tf.initializers.randomNormal({ seed }),
        name: 'fc',
      }),
    ],
  });
const kernelOf = (model: tf.LayersModel) => read(weightsOf(model, 'fc/kernel')[0]!.variable!);

describe('interpolateWeights', () => {
  it('goes from one end to the other, the ends bit for bit, and says how far it is', async () => {
    const [model, a, b] = [built(1), built(2), built(3)];
    const [from, to] = await Promise.all([a, b].map(kernelOf));
    const length = Math.hypot(...from!.map((value, i) => value - to![i]!));
    for (const alpha of [0, 0.25, 0.7, 1]) {
      const report = await interpolateWeights(model, a, b, alpha);
      expect(await kernelOf(model)).toEqual(from!.map((value, i) => (1 - alpha) * value + alpha * to![i]!));
      expect([report.interpolated, report.entries]).toEqual([['fc/kernel', 'fc/bias'], 9]);
      // Six numbers below 4, rounded to float32.
      expect(Math.abs(report.fromDistance - alpha * length)).toBeLessThan(6 * 4 * 2 ** -24);
      expect(Math.abs(report.toDistance - (1 - alpha) * length)).toBeLessThan(6 * 4 * 2 ** -24);
    }
    for (const one of [model, a, b]) one.dispose();
  });

  it('names what differs at either end, and changes nothing', async () => {
    const [model, wide] = [built(1), built(2, 4)];
    const before = await kernelOf(model);
    await expect(interpolateWeights(model, model, wide, 0.5)).rejects.toThrow(
      'interpolateWeights: what is averaged must have every weight in its shape: to has fc/kernel as [2,4], not [2,3]; to has fc/bias as [4], not [3]',
    );
    await expect(interpolateWeights(model, model, model, 1.5)).rejects.toThrow(
      'interpolateWeights: alpha must be a number from 0 to 1, got 1.5',
    );
    expect(await kernelOf(model)).toEqual(before);
    for (const one of [model, wide]) one.dispose();
  });
});
