import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { greedySoup, reestimateBatchNorm } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import { read } from '../net.ts';

/** A model of one number, and a normalization beside it. */
function built(value: number): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.batchNormalization({ inputShape: [1], name: 'norm' }),
      tf.layers.dense({
        units: 1,
        useBias: false,
        kernelInitializer: tf.initializers.constant({ value }),
        name: 'fc',
      }),
    ],
  });
}

const numberIn = async (model: tf.LayersModel) => (await read(weightsOf(model, 'fc/kernel')[0]!.variable!))[0]!;

/** The recipe of the paper, on numbers. */
function recipe(values: readonly number[], scoreOf: (value: number) => number) {
  const mean = (places: readonly number[]) =>
    Math.fround(places.reduce((sum, i) => sum + values[i]! / places.length, 0));
  const order = values.map((_, i) => i).sort((a, b) => scoreOf(mean([b])) - scoreOf(mean([a])) || a - b);
  let chosen: number[] = [];
  for (const i of order)
    if (chosen.length === 0 || scoreOf(mean([...chosen, i])) >= scoreOf(mean(chosen))) chosen = [...chosen, i];
  return { chosen, mean: mean(chosen) };
}

describe('greedySoup', () => {
  it.each([[[8, 3, 1, 2]], [[1, 5, 5, -4]], [[0, 0, 0]], [[6]], [[-3, 11, 2.5, 4, 4.5]]])(
    'takes of %j what does not make the mean worse, from the best on',
    async (values) => {
      const model = built(0);
      const parts = values.map(built);
      const score = (value: number) => -((value - 2.25) ** 2);
      const report = await greedySoup(model, parts, async () => score(await numberIn(model)));
      const wanted = recipe(values, score);
      expect(report.chosen).toEqual(wanted.chosen);
      expect(await numberIn(model)).toBe(wanted.mean);
      expect([report.score, report.scores]).toEqual([score(wanted.mean), values.map(score)]);
      expect(report.score).toBeGreaterThanOrEqual(Math.max(...report.scores));
      for (const one of [model, ...parts]) one.dispose();
    },
  );

  it('refuses the model as an ingredient, for means are tried in it', async () => {
    const [model, other] = [built(1), built(2)];
    await expect(greedySoup(model, [other, model], () => 0)).rejects.toThrow(
      'greedySoup: ingredients must be others than the model, got "it as ingredients[1]"',
    );
    expect(await numberIn(model)).toBe(1);
    for (const one of [model, other]) one.dispose();
  });

  it('lets evaluate estimate statistics, and gives all weights back where it fails', async () => {
    const [model, one, two] = [built(7), built(1), built(2)];
    const x = tf.tensor2d([1, 2, 6], [3, 1]);
    const before = await Promise.all(weightsOf(model).map(({ variable }) => read(variable!)));
    let calls = 0;
    const evaluate = async () => {
      await reestimateBatchNorm(model, x);
      calls++;
      return calls === 3 ? Number.NaN : 1;
    };
    const leak = await leakOf(async () => {
      calls = 0;
      await expect(greedySoup(model, [one, two], evaluate, { filter: 'fc/*' })).rejects.toThrow(
        'greedySoup: evaluate must give a finite number, got NaN',
      );
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(await Promise.all(weightsOf(model).map(({ variable }) => read(variable!)))).toEqual(before);
    await greedySoup(model, [one, two], evaluate, { filter: 'fc/*' });
    expect([calls, await numberIn(model)]).toEqual([6, 1.5]);
    x.dispose();
    for (const each of [model, one, two]) each.dispose();
  });
});
