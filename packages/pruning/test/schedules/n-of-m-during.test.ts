import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyMasks } from '../../src/masks/apply-masks.ts';
import type { MasksJSON } from '../../src/masks/masks-json.ts';
import { prune } from '../../src/masks/prune.ts';
import { constantSparsity } from '../../src/schedules/constant-sparsity.ts';
import { nOfMSteps } from '../../src/schedules/n-of-m-steps.ts';
import { polynomialDecay } from '../../src/schedules/polynomial-decay.ts';
import { type PruneDuringOptions, pruneDuring } from '../../src/schedules/prune-during.ts';
import type { Schedule } from '../../src/schedules/schedule.ts';
import { nOfM } from '../../src/structures/n-of-m.ts';
import { batch, mlp, readWeight, setWeight, spread } from '../models.ts';

/** How many are kept in each group of m along axis 0 of a matrix [rows, columns]. */
function keptIn(bits: ArrayLike<number>, [rows, columns]: [number, number], m: number): number[] {
  const kept: number[] = [];
  for (let column = 0; column < columns; column++)
    for (let from = 0; from < rows; from += m) {
      let sum = 0;
      for (let row = from; row < Math.min(rows, from + m); row++) sum += bits[row * columns + column]!;
      kept.push(sum);
    }
  return kept;
}

describe('n of m while the model trains', () => {
  let model: tf.Sequential;
  let x: tf.Tensor;
  let y: tf.Tensor;

  beforeEach(() => {
    model = mlp();
    ({ x, y } = batch(8)); // 4 steps in an epoch
    model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'meanSquaredError' });
  });

  afterEach(() => {
    model.dispose();
    tf.dispose([x, y]);
  });

  /** How many of each 4 inputs of a/kernel are kept, at most and at least, at the end of each step of two epochs. */
  async function trained(schedule: Schedule, options: PruneDuringOptions): Promise<number[][]> {
    const callback = pruneDuring(model, schedule, options);
    const seen: number[][] = [];
    const look = {
      onBatchEnd: async () => {
        const kept = keptIn(await callback.pruning.masks['a/kernel']!.data(), [4, 5], 4);
        seen.push([Math.min(...kept), Math.max(...kept)]);
      },
    };
    await model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, callbacks: [callback, look] });
    expect((await callback.pruning.verify()).nonzero).toBe(0);
    callback.pruning.dispose();
    return seen;
  }

  it('pruneDuring(model, nOfMSteps({ n: [4, 3, 2], m: 4 })) goes from 4 of 4 by 3 to 2', async () => {
    const schedule = nOfMSteps({ n: [4, 3, 2], m: 4, begin: 1, frequency: 3 });
    expect(await trained(schedule, { structure: { n: 2, m: 4 } })).toEqual(
      [4, 4, 4, 4, 3, 3, 3, 2].map((kept) => [kept, kept]),
    );
  });

  it('pruneDuring(model, constantSparsity, { n, m }) is dense until begin, then n of m', async () => {
    const schedule = constantSparsity({ sparsity: 0.5, begin: 5 });
    expect(await trained(schedule, { structure: { n: 2, m: 4 } })).toEqual(
      [4, 4, 4, 4, 4, 2, 2, 2].map((kept) => [kept, kept]),
    );
  });

  it('pruneDuring(model, polynomialDecay, { n, m }) keeps m - s * m, rounded half to even', async () => {
    const schedule = polynomialDecay({ final: 0.75, power: 1, end: 6, frequency: 1 });
    // s * 4 is 0, .5, 1, 1.5, 2, 2.5, 3: 0, 0, 1, 2, 2, 2, 3 go.
    expect(await trained(schedule, { structure: { n: 1, m: 4 } })).toEqual(
      [4, 4, 3, 2, 2, 2, 1, 1].map((kept) => [kept, kept]),
    );
  });

  it('pruneDuring: a schedule that keeps fewer than n of m ends fit, masks as they were', async () => {
    const callback = pruneDuring(model, constantSparsity({ sparsity: 0.75, begin: 2 }), { structure: { n: 2, m: 4 } });
    await expect(model.fit(x, y, { epochs: 1, batchSize: 2, verbose: 0, callbacks: callback })).rejects.toThrow(
      new RangeError('pruneDuring: schedule must keep 2 of 4 or more, as the structure says, got 0.75'),
    );
    expect(callback.pruning.sparsity).toBe(0);
    callback.pruning.dispose();
  });

  it('pruneDuring with { n, m, regrow: true } lets entries return; without, a falling schedule is refused', async () => {
    const falling = (step: number) => [0.5, undefined, 0.25][step];
    const seen = await trained(falling, { structure: { n: 2, m: 4 }, regrow: true });
    expect(seen.slice(0, 3)).toEqual([
      [2, 2],
      [2, 2],
      [3, 3],
    ]);
    await expect(trained(falling, { structure: { n: 2, m: 4 } })).rejects.toThrow(
      'update: zeros of a/kernel must be at least 2 unless regrow is true, got 1',
    );
  });

  it('update({ count }) of 3 of 4 leaves 2 of 4: the masks are nested, and those of the largest among what is left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 4 }), async (seed, later) => {
        const net = mlp();
        const values = Float32Array.from({ length: 15 }, (_, i) => ((i * (2 * seed + 1)) % 31) - 15);
        setWeight(net, 'b/kernel', values);
        const pruning = await prune(net, { structure: { n: 4, m: 5 }, filter: 'b/kernel' });
        const before = await pruning.masks['b/kernel']!.data();
        const left = values.map((v, i) => (before[i] === 1 ? Math.abs(v) : Number.NEGATIVE_INFINITY));
        await pruning.update({ count: Math.max(1, later) });
        const after = Uint8Array.from(await pruning.masks['b/kernel']!.data());
        expect(after).toEqual(nOfM(left, [5, 3], 0, { n: 5 - Math.max(1, later), m: 5 }));
        pruning.dispose();
        net.dispose();
      }),
      { numRuns: 12, seed: 9 },
    );
  });

  it('update({ sparsity: { pattern } }) of { n, m } leaves what no pattern matches', async () => {
    const pruning = await prune(model, { structure: { n: 4, m: 4 } });
    await pruning.update({ sparsity: { 'b/*': 0.5 } });
    expect(keptIn(await pruning.masks['a/kernel']!.data(), [4, 5], 4)).toEqual([4, 4, 4, 4, 4]);
    // Of 5 inputs the fifth is a group of its own, which keeps 2 or all.
    expect(keptIn(await pruning.masks['b/kernel']!.data(), [5, 3], 4)).toEqual([2, 1, 2, 1, 2, 1]);
    pruning.dispose();
  });

  it('toJSON() after an update says how many of m are kept now, and applyMasks goes on from there', async () => {
    const pruning = await prune(model, { structure: { n: 3, m: 4 } });
    await pruning.update({ count: 2 });
    const json = JSON.parse(JSON.stringify(pruning)) as MasksJSON;
    expect(json.structure).toEqual({ n: 2, m: 4 });
    pruning.restore();
    const again = applyMasks(model, json);
    await expect(again.update({ count: 1 })).rejects.toThrow('update: zeros of a/kernel must be at least 2');
    await again.update({ count: 3 });
    expect(keptIn(await again.masks['a/kernel']!.data(), [4, 5], 4)).toEqual([1, 1, 1, 1, 1]);
    again.dispose();
  });

  it('update() of { n, m } refuses to leave none of m, and changes nothing', async () => {
    setWeight(model, 'a/kernel', spread(20));
    const pruning = await prune(model, { structure: { n: 2, m: 4 } });
    const before = await readWeight(model, 'a/kernel');
    await expect(pruning.update({ count: 4 })).rejects.toThrow(
      new RangeError('update: count must be at most 3, one less than the m of { n, m }, got 4'),
    );
    expect(await readWeight(model, 'a/kernel')).toEqual(before);
    pruning.dispose();
  });
});
