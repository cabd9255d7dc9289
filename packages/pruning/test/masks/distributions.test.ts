import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erk } from '../../src/masks/erk.ts';
import { lampZeros } from '../../src/masks/lamp.ts';
import { prune } from '../../src/masks/prune.ts';
import { casesOf, setWeight } from '../models.ts';

interface ErkCase {
  call: string;
  shapes: number[][];
  sparsity: number;
  power: number;
  sparsities: number[];
}

interface LampCase {
  call: string;
  shapes: [number, number][];
  sparsity: number;
  w: number[][];
  masks: number[][];
}

describe('erk', () => {
  it.each(casesOf<ErkCase>('erk'))('erk(shapes, options) is $call', ({ shapes, sparsity, power, sparsities }) => {
    // Fewer than 2^5 roundings in float64, of numbers below 1 in the end.
    for (const [i, found] of erk(shapes, { sparsity, power }).entries())
      expect(Math.abs(found - sparsities[i]!)).toBeLessThan(2 ** -48);
  });

  it('erk(shapes, { sparsity }) has that sparsity in all, and each in [0, 1)', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (shapes, sparsity) => {
          const counts = shapes.map((s) => s.reduce((a, b) => a * b, 1));
          const found = erk(shapes, { sparsity });
          const total = counts.reduce((a, b) => a + b, 0);
          const zeros = found.reduce((sum, s, i) => sum + s * counts[i]!, 0);
          expect(Math.abs(zeros / total - sparsity)).toBeLessThan(1e-12);
          expect(found.every((s) => s >= 0 && s < 1)).toBe(true);
        },
      ),
      { numRuns: 100, seed: 9 },
    );
  });

  it('erk refuses what it cannot mean', () => {
    expect(() => erk([[2, 2]], { sparsity: 1 })).toThrow('erk: sparsity must be in [0, 1), got 1');
    expect(() => erk([[2, 0]], { sparsity: 0.5 })).toThrow('erk: shapes must be lists of integers of 1 or more');
    expect(() => erk([[2, 2]], { sparsity: 0.5, power: -1 })).toThrow('erk: power must be from 0 to 10, got -1');
  });
});

function chain({ shapes, w }: LampCase): tf.Sequential {
  const model = tf.sequential();
  for (const [i, [rows, units]] of shapes.entries())
    model.add(tf.layers.dense({ units, name: `d${i}`, ...(i === 0 && { inputShape: [rows] }) }));
  for (const [i, values] of w.entries()) setWeight(model, `d${i}/kernel`, values);
  return model;
}

describe('prune by distributions', () => {
  it.each(casesOf<LampCase>('lamp'))("prune(model, { scope: 'lamp' }) has the masks of $call", async (golden) => {
    const model = chain(golden);
    const pruning = await prune(model, { sparsity: golden.sparsity, scope: 'lamp' });
    for (const [i, expected] of golden.masks.entries())
      expect(Array.from(await pruning.masks[`d${i}/kernel`]!.data())).toEqual(expected);
    pruning.dispose();
    model.dispose();
  });

  it("prune(model, { scope: 'erk' }) gives each layer the nearest number to what erk says", async () => {
    const golden = casesOf<LampCase>('lamp')[0]!;
    const model = chain(golden);
    const pruning = await prune(model, { sparsity: 0.6, scope: 'erk' });
    const wanted = erk(golden.shapes, { sparsity: 0.6 });
    for (const [i, { zeros, parameters }] of pruning.report().weights.entries())
      expect(Math.abs(zeros - wanted[i]! * parameters)).toBeLessThanOrEqual(0.5);
    pruning.dispose();
    model.dispose();
  });

  it('lampZeros keeps the largest of every layer, prunes exactly so many, and refuses negative scores', () => {
    const scores = [Float32Array.of(1e-20, 2e-20, 3e-20), Float32Array.of(5, 6, 7, 8), Float32Array.of(0, 0)];
    expect(lampZeros('f', scores, 6).reduce((a, b) => a + b, 0)).toBe(6);
    expect(lampZeros('f', scores, 7)).toEqual([2, 3, 2]);
    // Scores whose squares float32 does not hold count like others.
    expect(lampZeros('f', [Float32Array.of(1e-30, 1e-30), Float32Array.of(1e30, 1e30)], 2)).toEqual([1, 1]);
    expect(() => lampZeros('f', [Float32Array.of(-1)], 0)).toThrow(
      "f: scores must be 0 or more for scope 'lamp', got -1",
    );
  });
});
