import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MaskOptions, mask, type NoAmount } from '../../src/masks/mask.ts';
import { casesOf, spread } from '../models.ts';

interface Structured {
  call: string;
  shape: number[];
  amount: number;
  n: 1 | 2 | 3 | 'max';
  dim: number;
  w: number[];
  mask: number[];
}

interface Drawn extends Omit<Structured, 'n'> {
  drawn: number[];
}

const amountOf = (amount: number) => (Number.isInteger(amount) ? { count: amount } : { sparsity: amount });
const bitsOf = async (m: Promise<tf.Tensor>): Promise<number[]> => Array.from(await valuesOf(await m));

describe('mask with a structure', () => {
  it.each(casesOf<Structured>('structured'))(
    'mask(w, amount, { structure: { axis } }) is that of torch: $call',
    async (golden) => {
      const w = tf.tensor(golden.w, golden.shape);
      const reduce = ({ 1: 'l1', 2: 'l2', 3: { norm: 3 }, max: 'max' } as const)[golden.n];
      const m = mask(w, amountOf(golden.amount), { structure: { axis: golden.dim }, reduce });
      expect(await bitsOf(m)).toEqual(golden.mask);
      w.dispose();
    },
  );

  it.each(casesOf<Drawn>('random-structured'))(
    'mask(w, amount, { score }) of the same draws is that of torch: $call',
    async (golden) => {
      const w = tf.tensor(golden.w, golden.shape);
      const axis = (golden.dim + golden.shape.length) % golden.shape.length;
      const along = golden.shape.map((size, i) => (i === axis ? size : 1));
      const score = (x: tf.Tensor) => tf.add(tf.zerosLike(x), tf.reshape(tf.tensor1d(golden.drawn), along));
      const m = mask(w, amountOf(golden.amount), { structure: { axis: golden.dim }, score, reduce: 'max' });
      expect(await bitsOf(m)).toEqual(golden.mask);
      w.dispose();
    },
  );

  it('mask(w, amount, { structure: { block } }) prunes whole blocks, smaller ones at the edges too', async () => {
    const w = tf.tensor2d([
      [1, 1, 9, 9, 2],
      [1, 1, 9, 9, 2],
      [5, 5, 3, 3, 8],
    ]);
    const m = mask(w, { count: 3 }, { structure: { block: [2, 2] } });
    // Means by blocks: 1, 9, 2 and 5, 3, 8.
    expect(await bitsOf(m)).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1]);
    const row = mask(w, { sparsity: 0.5 }, { structure: { block: [3] } });
    // Blocks of three in a row: means 11/3, 5.5, 11/3, 5.5, 13/3, 5.5.
    expect(await bitsOf(row)).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1]);
    w.dispose();
  });

  it('mask(w, {}, { structure: { n, m } }) keeps n of m down the columns, or along the axis that is named', async () => {
    const w = tf.tensor2d(spread(24), [8, 3]);
    const columns = await bitsOf(mask(w, {}, { structure: { n: 2, m: 4 } }));
    for (let column = 0; column < 3; column++)
      for (const from of [0, 4])
        expect([0, 1, 2, 3].reduce((sum, i) => sum + columns[(from + i) * 3 + column]!, 0)).toBe(2);
    const rows = await bitsOf(mask(w, {}, { structure: { n: 1, m: 3, axis: -1 } }));
    for (let row = 0; row < 8; row++) expect(rows.slice(3 * row, 3 * row + 3).sort()).toEqual([0, 0, 1]);
    w.dispose();
  });

  it('mask(w, { sparsity }, { structure: { axis } }) has an exact number of slices, and at least one is left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.constantFrom(1, 4, 8),
        async (units, inputs, sparsity, multipleOf) => {
          const w = tf.tensor(spread(units * inputs), [inputs, units]);
          const bits = await bitsOf(mask(w, { sparsity }, { structure: { axis: 1 }, multipleOf }));
          w.dispose();
          const columns = Array.from({ length: units }, (_, u) => bits.filter((_, i) => i % units === u));
          for (const column of columns) expect(new Set(column).size).toBe(1);
          const kept = columns.filter(([bit]) => bit === 1).length;
          const exact = Math.min(units - 1, sparsity * units);
          if (multipleOf === 1) expect(Math.abs(units - kept - exact)).toBeLessThanOrEqual(0.5);
          else expect(kept === units || kept % multipleOf === 0).toBe(true);
          // Never more pruned than asked for, and less than one multiple more kept.
          expect(units - kept).toBeLessThanOrEqual(exact + 0.5);
          expect(kept).toBeGreaterThanOrEqual(1);
          expect(kept - (units - exact)).toBeLessThan(multipleOf + 0.5);
        },
      ),
      { numRuns: 60, seed: 8 },
    );
  });

  it('mask(w, amount, { structure }) leaves one tensor, the result, and refuses what it cannot mean', async () => {
    const w = tf.tensor2d(spread(12), [4, 3]);
    const refused = (amount: object, options: object, message: string) =>
      expect(mask(w, amount as NoAmount, options as MaskOptions)).rejects.toThrow(message);
    const run = async () => {
      (await mask(w, { count: 1 }, { structure: { block: [2, 2] } })).dispose();
      await refused(
        { count: 3 },
        { structure: { axis: 1 } },
        'mask: count must be at most 2, one less than the number of groups of w, got 3',
      );
      await refused(
        { count: 1 },
        { structure: { axis: 2 } },
        'mask: axis must be in [-2, 2) for w of shape [4,3], got 2',
      );
      await refused({ count: 1 }, { structure: { axis: [] } }, 'mask: axis must name an axis');
      await refused({ count: 1 }, { structure: { block: [1, 2, 2] } }, 'mask: block must have at most 2 sizes for w');
      await refused({ count: 1 }, { structure: { block: [0] } }, 'mask: block must be a list of integers of 1 or more');
      await refused(
        { count: 1 },
        { structure: 'unit' },
        "mask: structure must be 'entry', { axis }, { block } or { n, m }",
      );
      await refused({ count: 1 }, { structure: 'units' }, "mask: structure must be 'entry', 'unit', 'channel'");
      await refused({ count: 1 }, { structure: { n: 2, m: 4 } }, 'mask: amount must be {} for { n, m }');
      await refused({}, { structure: { n: 5, m: 4 } }, 'mask: n must be an integer from 1 to 4, got 5');
      await refused({}, { structure: { n: 2 } }, 'mask: m must be an integer of 1 or more');
      await refused({}, { structure: { axis: 1 } }, 'mask: amount must have exactly one of sparsity and count');
      await refused(
        { count: 1 },
        { structure: { axis: 1, blok: 2 } },
        'mask: structure must be among axis, got "blok"',
      );
      await refused({ count: 1 }, { reduce: 'l1' }, 'mask: reduce must be left out where no groups are pruned');
      await refused(
        { count: 1 },
        { structure: { axis: 1 }, reduce: 'l3' },
        "mask: reduce must be 'mean', 'l1', 'l2', 'max' or { norm }",
      );
      await refused(
        { count: 1 },
        { structure: { axis: 1 }, multipleOf: 0 },
        'mask: multipleOf must be an integer of 1 or more',
      );
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    const vector = tf.tensor1d([1, 2]);
    await expect(mask(vector, { count: 1 }, { structure: { axis: 0 } })).rejects.toThrow(
      "mask: structure must be 'entry' for what has no two axes (leave it out by filter), got w of shape [2]",
    );
    tf.dispose([w, vector]);
  });
});
