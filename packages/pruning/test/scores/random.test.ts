import * as tf from '@tensorflow/tfjs';
import { fillUniform, randomKey } from '@weightkit/numerics';
import { valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { mask } from '../../src/masks/mask.ts';
import { prune } from '../../src/masks/prune.ts';
import { random } from '../../src/scores/random.ts';

describe('random', () => {
  const w = tf.keep(tf.ones([20, 30]));
  const scores = (seed: number, path: string) => valuesOf(random({ seed })(w, { path }));

  it('random({ seed }) is the uniform stream of seed and path', async () => {
    const expected = fillUniform(new Float32Array(600), randomKey(3, 'a/kernel'));
    expect(await scores(3, 'a/kernel')).toEqual(expected);
  });

  it('random({ seed }) has another stream for another path and another seed', async () => {
    const one = await scores(3, 'a/kernel');
    expect(await scores(3, 'b/kernel')).not.toEqual(one);
    expect(await scores(4, 'a/kernel')).not.toEqual(one);
  });

  it('random({ seed }) ignores the weight: a constant is pruned in a pattern without structure', async () => {
    const bits = await valuesOf(await mask(w, { sparsity: 0.5 }, { score: random({ seed: 1 }) }));
    expect(bits.filter((b) => b === 0).length).toBe(300);
    // Zeros in the first half of a random half of 600: hypergeometric, mean 150, standard deviation 6.1; 6 of them is 37.
    const early = bits.slice(0, 300).filter((b) => b === 0).length;
    expect(Math.abs(early - 150)).toBeLessThan(37);
  });

  it('prune with random({ seed }) gives a model that is built twice the same masks', async () => {
    const build = () =>
      tf.sequential({ layers: [tf.layers.dense({ units: 5, inputShape: [6] }), tf.layers.dense({ units: 4 })] });
    const bits = async () => {
      const pruning = await prune(build(), { sparsity: 0.5, score: random({ seed: 2 }) });
      await pruning.update({ sparsity: 0.75 });
      return Promise.all(Object.values(pruning.masks).map(async (m) => Array.from(await m.data())));
    };
    expect(await bits()).toEqual(await bits());
  });

  it('random refuses a seed that is no safe integer, and unknown options', () => {
    expect(() => random({ seed: 0.5 })).toThrow(new RangeError('random: seed must be a safe integer, got 0.5'));
    // @ts-expect-error the seed is required
    expect(() => random({})).toThrow(new RangeError('random: seed must be a safe integer, got undefined'));
    expect(() => random({ seed: 1, sed: 2 } as { seed: number })).toThrow(TypeError);
  });
});
