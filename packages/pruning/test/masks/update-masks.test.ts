import * as tf from '@tensorflow/tfjs';
import { parametrizationsOf, parametrize, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { polynomialDecay } from '../../src/schedules/polynomial-decay.ts';
import { batch, casesOf, mlp, readWeight, setWeight, spread, zerosAt } from '../models.ts';

interface AgainCase {
  call: string;
  shape: [number, number];
  amounts: number[];
  w: number[];
  masks: number[][];
}

const flat = (n: number) => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [n], name: 'd' })] });

describe('update', () => {
  it.each(casesOf<AgainCase>('again'))(
    'update({ count }) prunes the remainder as torch does: $call',
    async (golden) => {
      const model = flat(golden.w.length);
      setWeight(model, 'd/kernel', golden.w);
      const pruning = await prune(model, { count: 0 });
      let count = 0;
      for (const [i, more] of golden.amounts.entries()) {
        count += more;
        await pruning.update({ count });
        expect(Array.from(await pruning.masks['d/kernel']!.data())).toEqual(golden.masks[i]);
      }
      pruning.dispose();
      model.dispose();
    },
  );

  it('update() along a schedule has exact counts and nested masks, whatever the weights become', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.constantFrom('layer' as const, 'global' as const),
        fc.integer(),
        async (n, final, scope, seed) => {
          const model = flat(n);
          const schedule = polynomialDecay({ final, end: 5, frequency: 1 });
          const pruning = await prune(model, { sparsity: 0, scope });
          let before: number[] = [];
          for (let step = 0; step <= 5; step++) {
            const noise = tf.randomNormal([n], 0, 1, 'float32', seed + step);
            setWeight(model, 'd/kernel', await noise.data());
            noise.dispose();
            await pruning.update({ sparsity: schedule(step)! });
            const bits = await pruning.masks['d/kernel']!.data();
            const zeros = Array.from(bits, (bit, i) => (bit === 0 ? i : -1)).filter((i) => i >= 0);
            expect(Math.abs(zeros.length - schedule(step)! * n)).toBeLessThanOrEqual(0.5);
            expect(before.every((i) => zeros.includes(i))).toBe(true);
            before = zeros;
          }
          pruning.dispose();
          model.dispose();
        },
      ),
      { numRuns: 15, seed: 6 },
    );
  });

  it('update() scores the current raw weights: what became small goes, what was pruned stays', async () => {
    const model = flat(4);
    setWeight(model, 'd/kernel', [1, 2, 3, 4]);
    const pruning = await prune(model, { count: 1 });
    setWeight(model, 'd/kernel', [100, 50, 60, 0.5]);
    await pruning.update({ count: 2 });
    expect(await readWeight(model, 'd/kernel')).toEqual(Float32Array.of(0, 50, 60, 0));
    pruning.dispose();
    model.dispose();
  });

  it('update({ regrow: true }) lets pruned entries return with their raw weights, up to fewer zeros', async () => {
    const model = flat(4);
    setWeight(model, 'd/kernel', [1, 2, 3, 4]);
    const pruning = await prune(model, { count: 2 });
    setWeight(model, 'd/kernel', [100, 50, 60, 0.5]);
    await pruning.update({ count: 2 }, { regrow: true });
    expect(await readWeight(model, 'd/kernel')).toEqual(Float32Array.of(100, 0, 60, 0));
    await pruning.update({ count: 1 }, { regrow: true });
    expect(await readWeight(model, 'd/kernel')).toEqual(Float32Array.of(100, 50, 60, 0));
    pruning.dispose();
    model.dispose();
  });

  it('update() to fewer zeros without regrow is refused by path and number, and changes nothing', async () => {
    const model = mlp();
    const layered = await prune(model, { sparsity: 0.5 });
    await expect(layered.update({ count: 9 })).rejects.toThrow(
      new RangeError('update: zeros of a/kernel must be at least 10 unless regrow is true, got 9'),
    );
    expect(layered.report().zeros).toBe(18);
    layered.dispose();
    const joint = await prune(model, { sparsity: 0.5, scope: 'global' });
    await expect(joint.update({ sparsity: 0.4 })).rejects.toThrow('update: zeros of all weights must be at least 18');
    joint.dispose();
    model.dispose();
  });

  it('update() to the zeros there are reads nothing: not even a NaN disturbs it', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    setWeight(model, 'a/kernel', new Float32Array(20).fill(Number.NaN));
    await pruning.update({ sparsity: 0.5 });
    expect(pruning.report().zeros).toBe(18);
    pruning.dispose();
    model.dispose();
  });

  it('update() refuses a NaN by path and index, and no mask has changed', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.5 });
    const bad = spread(15);
    bad[4] = Number.NaN;
    setWeight(model, 'b/kernel', bad);
    const before = zerosAt(await readWeight(model, 'a/kernel'));
    await expect(pruning.update({ sparsity: 0.8 })).rejects.toThrow(
      new RangeError('update: weights must be finite, got NaN at b/kernel[4]'),
    );
    expect(zerosAt(await readWeight(model, 'a/kernel'))).toEqual(before);
    pruning.dispose();
    model.dispose();
  });

  it('update() sees the weight below a transform on top, not through it', async () => {
    const model = flat(4);
    setWeight(model, 'd/kernel', [1, 2, 3, 4]);
    const pruning = await prune(model, { count: 0 });
    const flip = parametrize(weightsOf(model, 'd/kernel')[0]!, { forward: (w) => tf.sub(10, w) });
    await pruning.update({ count: 2 });
    expect(Array.from(await pruning.masks['d/kernel']!.data())).toEqual([0, 0, 1, 1]);
    flip.restore();
    pruning.dispose();
    model.dispose();
  });

  it('update() keeps the optimizer and its state, and training goes on from it', async () => {
    const model = mlp();
    const { x, y } = batch();
    const optimizer = tf.train.adam(0.01);
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const pruning = await prune(model, { sparsity: 0.2 });
    await model.fit(x, y, { epochs: 2, verbose: 0 });
    const state = async () =>
      Promise.all(
        (await optimizer.getWeights()).map(async ({ name, tensor }) => [name, Array.from(await tensor.data())]),
      );
    const before = await state();
    const mask = pruning.masks['a/kernel'];
    await pruning.update({ sparsity: 0.7 });
    expect(await state()).toEqual(before);
    expect(model.optimizer).toBe(optimizer);
    expect(pruning.masks['a/kernel']).toBe(mask);
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    expect(await pruning.verify()).toEqual({ pruned: 24, nonzero: 0, first: null }); // 14 of 20 and 10.5, to even, of 15
    pruning.dispose();
    tf.dispose([x, y]);
    model.dispose();
    optimizer.dispose();
  });

  it('two updates at once keep what either pruned', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0 });
    await Promise.all([pruning.update({ sparsity: 0.3 }), pruning.update({ sparsity: 0.6 })]);
    expect(pruning.report().weights.map(({ zeros }) => zeros)).toEqual([12, 9]);
    pruning.dispose();
    model.dispose();
  });

  it('update() overtaken by a dispose is an error and touches no weight', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.3 });
    const before = await readWeight(model, 'b/kernel');
    const late = pruning.update({ sparsity: 0.6 });
    pruning.dispose();
    await expect(late).rejects.toThrow('update: pruning must be in place');
    expect(parametrizationsOf(model)).toEqual([]);
    expect(zerosAt(await readWeight(model, 'a/kernel'))).toHaveLength(0);
    expect(zerosAt(before)).not.toHaveLength(0);
    model.dispose();
  });

  it('update() leaves no tensor behind, done or refused', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.1 });
    expect(await leakOf(() => pruning.update({ sparsity: 0.4 }, { regrow: true }))).toEqual({
      tensors: 0,
      variables: 0,
    });
    setWeight(model, 'b/kernel', new Float32Array(15).fill(Number.NaN));
    expect((await leakOf(() => pruning.update({ sparsity: 0.9 }).catch(() => undefined))).tensors).toBe(0);
    pruning.dispose();
    model.dispose();
  });

  it('update() refuses bad arguments', async () => {
    const model = mlp();
    const pruning = await prune(model, { sparsity: 0.1 });
    await expect(pruning.update({ sparsity: 1 })).rejects.toThrow('update: sparsity must be in [0, 1), got 1');
    await expect(pruning.update({ count: 16 })).rejects.toThrow('entries of b/kernel, got 16');
    await expect(pruning.update({ sparsity: 0.5 }, { grow: true } as object)).rejects.toThrow(
      'update: options must be among regrow, got "grow"',
    );
    await expect(pruning.update({ sparsity: 0.5 }, { regrow: 1 } as object)).rejects.toThrow(
      'update: regrow must be a boolean, got 1',
    );
    pruning.dispose();
    model.dispose();
  });
});
