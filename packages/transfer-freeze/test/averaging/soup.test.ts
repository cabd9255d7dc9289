import * as tf from '@tensorflow/tfjs';
import { checkpointOf, parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { soup } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import { read } from '../net.ts';

/** Without names of its own but for one, of seeded weights. */
function built(seed: number, units = 3): tf.Sequential {
  const start = (more: number) => tf.initializers.randomNormal({ seed: 10 * seed + more });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [2], kernelInitializer: start(1), biasInitializer: start(2) }),
      tf.layers.batchNormalization({ movingMeanInitializer: start(3) }),
      tf.layers.dense({ units, kernelInitializer: start(4), name: 'head' }),
    ],
  });
}

const valuesIn = (model: tf.LayersModel) => Promise.all(weightsOf(model).map(({ variable }) => read(variable!)));

/** Σ shares · values in float64, rounded once. */
const mixed = (all: readonly Float32Array[][], shares: readonly number[]) =>
  all[0]!.map((one, w) =>
    Float32Array.from(one, (_, k) => all.reduce((sum, values, i) => sum + shares[i]! * values[w]![k]!, 0)),
  );

describe('soup', () => {
  it('is the mean of all weights, rounded once, of models and of checkpoints', async () => {
    const models = [built(1), built(2), built(3)];
    const all = await Promise.all(models.map(valuesIn));
    const made = built(4);
    const file = await checkpointOf(models[1]!);
    const report = await soup(made, [models[0]!, file, models[2]!]);
    const wanted = mixed(all, [1 / 3, 1 / 3, 1 / 3]);
    expect(await valuesIn(made)).toEqual(wanted);
    expect(report.averaged).toEqual(weightsOf(made).map(({ path }) => path));
    expect([report.entries, report.shares]).toEqual([8 + 4 + 16 + 12 + 3, [1 / 3, 1 / 3, 1 / 3]]);
    for (const [i, distance] of report.distances.entries()) {
      const square = all[i]!.reduce(
        (sum, values, w) => sum + values.reduce((s, value, k) => s + (value - wanted[w]![k]!) ** 2, 0),
        0,
      );
      // 43 squares in float64.
      expect(Math.abs(distance - Math.sqrt(square))).toBeLessThan(43 * 2 ** -52);
    }
    expect(await Promise.all(models.map(valuesIn))).toEqual(all);
    for (const model of [...models, made]) model.dispose();
  });

  it('of one model, of copies of it, or with all of the shares is that model, bit for bit', async () => {
    const [model, other, made] = [built(1), built(2), built(3)];
    const values = await valuesIn(model);
    expect((await soup(made, [model])).distances).toEqual([0]);
    expect(await valuesIn(made)).toEqual(values);
    await soup(model, [model, made, model]);
    expect(await valuesIn(model)).toEqual(values);
    expect((await soup(made, [other, model], { shares: [0, 7] })).shares).toEqual([0, 1]);
    expect(await valuesIn(made)).toEqual(values);
    for (const one of [model, other, made]) one.dispose();
  });

  it('divides shares by their sum and sets the weights of the filter alone, parametrized ones by what they compute', async () => {
    const [a, b, made] = [built(1), built(2), built(3)];
    const all = await Promise.all([a, b].map(valuesIn));
    const before = await valuesIn(made);
    const doubled = parametrize(a.getLayer('head'), 'kernel', { forward: (w) => tf.mul(w, 2) });
    const halved = parametrize(made.getLayer('head'), 'kernel', {
      forward: (w) => tf.mul(w, 0.5),
      rightInverse: (w) => tf.mul(w, 2),
    });
    await soup(made, [a, b], { shares: [1, 3], filter: 'head/*' });
    const twice = all[0]!.map((values, w) => (w === 6 ? values.map((value) => 2 * value) : values));
    const wanted = mixed([twice, all[1]!], [0.25, 0.75]).map((values, w) =>
      w === 6 ? values.map((value) => 2 * value) : values,
    );
    const after = await valuesIn(made);
    expect(after.slice(6)).toEqual(wanted.slice(6));
    expect(after.slice(0, 6)).toEqual(before.slice(0, 6));
    for (const one of [doubled, halved]) one.restore();
    for (const one of [a, b, made]) one.dispose();
  });

  it('names every difference in one error, refuses what is not finite, and changes nothing', async () => {
    const [a, wide, made] = [built(1), built(2, 5), built(3)];
    const alone = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], name: 'head' })] });
    const before = await valuesIn(made);
    const leak = await leakOf(async () => {
      await expect(soup(made, [a, wide, alone], { filter: ['head/*', '*/gamma'] })).rejects.toThrow(
        /^soup: what is averaged must have every weight in its shape: ingredients\[1\] has head\/kernel as \[4,5\], not \[4,3\]; ingredients\[1\] has head\/bias as \[5\], not \[3\]; ingredients\[2\] has no \S+\/gamma to take \(the source has nothing of this name\), got 3$/,
      );
      await expect(soup(made, [a, a], { shares: [1] })).rejects.toThrow(
        'soup: shares must be one for each ingredient, 2, got 1',
      );
      await expect(soup(made, [a, a], { shares: [0, 0] })).rejects.toThrow('soup: shares must have a sum above 0');
      await expect(soup(made, [a, a], { shares: [2, -1] })).rejects.toThrow(
        'soup: shares must be numbers of 0 or more',
      );
      await expect(soup(made, [])).rejects.toThrow('soup: ingredients must be one or more, got 0');
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    const wild = tf.fill([3], Number.NaN);
    weightsOf(a, 'head/bias')[0]!.variable!.assign(wild as never);
    await expect(soup(made, [made, a], { shares: [1, 0] })).rejects.toThrow(
      'soup: ingredients[1] must be finite, got NaN at head/bias[0]',
    );
    expect(await valuesIn(made)).toEqual(before);
    wild.dispose();
    for (const one of [a, wide, made, alone]) one.dispose();
  });
});
