import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMasks } from '../../src/masks/apply-masks.ts';
import { prune } from '../../src/masks/prune.ts';
import { pruneDuring } from '../../src/schedules/prune-during.ts';
import { mlp, setWeight, spread } from '../models.ts';

/** The zeros of each column of a mask. */
const zerosBy = (bits: ArrayLike<number>, columns: number): number[] =>
  Array.from({ length: columns }, (_, c) => Array.from(bits).filter((bit, i) => i % columns === c && bit === 0).length);

describe("prune(model, { scope: 'output' })", () => {
  it("prune(model, { scope: 'output' }) prunes each column by itself, exactly", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 99 }),
        async (inputs, units, percent) => {
          const model = tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [inputs], name: 'out' })] });
          const values = spread(inputs * units, 7);
          setWeight(model, 'out/kernel', values);
          const pruning = await prune(model, { sparsity: percent / 100, scope: 'output' });
          const bits = await pruning.masks['out/kernel']!.data();
          for (let c = 0; c < units; c++) {
            const column = Array.from({ length: inputs }, (_, r) => Math.abs(values[r * units + c]!));
            const kept = column.filter((_, r) => bits[r * units + c] === 1);
            const gone = column.filter((_, r) => bits[r * units + c] === 0);
            const wanted = (percent / 100) * inputs;
            expect(Math.abs(gone.length - wanted)).toBeLessThanOrEqual(0.5);
            expect(Math.max(0, ...gone)).toBeLessThanOrEqual(Math.min(Number.POSITIVE_INFINITY, ...kept));
          }
          pruning.dispose();
          model.dispose();
        },
      ),
      { numRuns: 30 },
    );
  });

  it("prune(model, { count, scope: 'output' }) takes a number of each output, of patterns their share, of gates each", async () => {
    const model = mlp();
    const pruning = await prune(model, { count: 1, scope: 'output' });
    expect(zerosBy(await pruning.masks['a/kernel']!.data(), 5)).toEqual([1, 1, 1, 1, 1]);
    await pruning.update({ sparsity: { 'a/kernel': 0.5 } });
    expect(zerosBy(await pruning.masks['a/kernel']!.data(), 5)).toEqual([2, 2, 2, 2, 2]);
    expect(zerosBy(await pruning.masks['b/kernel']!.data(), 3)).toEqual([1, 1, 1]);
    const data = JSON.parse(JSON.stringify(pruning));
    pruning.fold();
    const again = applyMasks(model, data);
    expect(again.toJSON()).toEqual(data);
    await again.update({ count: 3 });
    expect(zerosBy(await again.masks['b/kernel']!.data(), 3)).toEqual([3, 3, 3]);
    again.dispose();
    model.dispose();
    const lstm = tf.sequential({ layers: [tf.layers.lstm({ units: 2, inputShape: [3, 4], name: 'r' })] });
    const gates = await prune(lstm, { count: 1, scope: 'output' });
    expect(zerosBy(await gates.masks['r/cell/kernel']!.data(), 8)).toEqual(Array(8).fill(1));
    gates.dispose();
    lstm.dispose();
  });

  it("pruneDuring(model, schedule, { scope: 'output' }) and windows of depthwise kernels", async () => {
    const model = tf.sequential({
      layers: [tf.layers.depthwiseConv2d({ kernelSize: 2, inputShape: [3, 3, 3], depthMultiplier: 2, name: 'd' })],
    });
    const callback = pruneDuring(model, () => 0.5, { scope: 'output' });
    await callback.onBatchBegin();
    expect(zerosBy(await callback.pruning.masks['d/depthwiseKernel']!.data(), 6)).toEqual(Array(6).fill(2));
    callback.pruning.dispose();
    model.dispose();
  });

  it("prune(model, { scope: 'output' }) refuses structures, and counts above an output's entries", async () => {
    const model = mlp();
    const refused = (options: object, message: string) =>
      expect(prune(model, { scope: 'output', ...options } as never)).rejects.toThrow(message);
    await refused(
      { sparsity: 0.5, structure: 'unit' },
      'prune: structure must be \'entry\' where each output is pruned by itself, got "unit"',
    );
    await refused({ structure: { n: 2, m: 4 } }, "prune: structure must be 'entry' where each output");
    await refused(
      { count: 5 },
      'prune: count must be at most 4, the number of entries of an output of a/kernel, got 5',
    );
    await refused({ sparsity: 0.5, filter: '*/bias' }, 'prune: filter must match a weight that can be masked');
    expect(weightsOf(model)).toHaveLength(4);
    model.dispose();
  });
});
