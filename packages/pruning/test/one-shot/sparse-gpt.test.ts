import * as tf from '@tensorflow/tfjs';
import { inverseFactor, matrixProduct, solveTriangular } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutSmallest } from '../../src/one-shot/smallest.ts';
import { type KernelMatrix, type Pattern, sparseGpt } from '../../src/one-shot/sparse-gpt.ts';
import { casesOf } from '../models.ts';

interface Golden {
  call: string;
  inputs: number;
  outputs: number;
  options: { sparsity?: number; prunen?: number; prunem?: number; blocksize?: number; percdamp?: number };
  x: number[];
  w: number[];
  pruned: number[];
  corrected: number[];
}

/** Once, on whatever backend: nothing here has one. */
const plainly = tf.getBackend() === 'webgpu' ? describe.skip : describe;

const gramOf = (x: Float64Array, inputs: number): Float64Array =>
  matrixProduct(x, x, { rows: inputs, inner: x.length / inputs, cols: inputs, transposed: true });

function patternOf({ inputs, outputs, options }: Golden): Pattern {
  const { sparsity, prunen = 0, prunem = 0 } = options;
  if (sparsity === undefined) return { n: prunem - prunen, m: prunem, period: inputs };
  // numpy's rounding, of halves to the even number; no case has a half.
  return { zerosUpTo: (entries) => Math.round(sparsity * (entries / outputs) * outputs) };
}

const numbers = (length: number, seed: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.sin(seed + 1.3 * i * i + 0.7 * i));

plainly('sparseGpt', () => {
  it.each(casesOf<Golden>('sparse-gpt'))(
    'sparseGpt(matrix, h, pattern) prunes and corrects as numpy does: $call',
    (golden) => {
      const { inputs, outputs, options } = golden;
      const w = Float64Array.from(golden.w);
      const { blocksize = 128, percdamp = 0.01 } = options;
      const examples = golden.x.length / inputs;
      const h = gramOf(Float64Array.from(golden.x), inputs).map((v) => (2 / examples) * v);
      const settings = { blockSize: blocksize, dampening: percdamp };
      const found = sparseGpt({ w, inputs, outputs }, h, patternOf(golden), settings);
      expect([...found.mask].map((bit) => 1 - bit)).toEqual(golden.pruned);
      // Both are float64. With 1 % of dampening the condition number of H is below 1e5 here; 24 inputs in turn, 1.1e-16 each.
      const error = Math.max(...golden.corrected.map((v, i) => Math.abs(v - found.w[i]!)));
      expect(error).toBeLessThan(24 * 1e5 * 1.2e-16 * 10);
      expect(w).toEqual(Float64Array.from(golden.w));
    },
  );

  it('sparseGpt(matrix, h, pattern) leaves zeros where the mask has them, in exact numbers, and corrects for each by those behind it', () => {
    const size = fc.integer({ min: 1, max: 14 });
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.integer({ min: 0, max: 9 }),
        fc.nat(1000),
        (inputs, outputs, blockSize, tenths, seed) => {
          const matrix: KernelMatrix = { w: numbers(inputs * outputs, seed), inputs, outputs };
          const h = gramOf(numbers(3 * inputs * inputs, seed + 1), inputs);
          const zeros = Math.floor((tenths / 10) * inputs * outputs);
          const zerosUpTo = (entries: number) => Math.round((zeros * entries) / (inputs * outputs));
          const { w, mask, dead } = sparseGpt(matrix, h, { zerosUpTo }, { blockSize, dampening: 0.01 });
          expect(dead).toBe(0);
          expect(mask.filter((bit) => bit === 0)).toHaveLength(zeros);
          expect(w.every((v, i) => mask[i] === 1 || Object.is(v, 0))).toBe(true);
          // What went off the weights is U'E with E not 0 for pruned entries alone: that, and the zeros, is one matrix. Here by solving for E.
          const damped = h.slice();
          const mean = damped.reduce((sum, v, i) => sum + (i % (inputs + 1) === 0 ? v / inputs : 0), 0);
          for (let i = 0; i < inputs; i++) damped[i * inputs + i]! += 0.01 * mean;
          const u = inverseFactor(damped, { rows: inputs, cols: inputs });
          const lost = matrix.w.map((v, i) => v - w[i]!);
          const e = solveTriangular(u, lost, { size: inputs, cols: outputs, lower: false, transposed: true });
          const most = e.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
          // The condition number of U is below 1e3 with the dampening; 14 inputs in turn.
          for (let i = 0; i < e.length; i++)
            if (mask[i] === 1) expect(Math.abs(e[i]!)).toBeLessThanOrEqual(1e-11 * most);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('sparseGpt(matrix, h, { n, m, period }) keeps n of m, begins anew at each period, in blocks that cut no group', () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(size, size, size, size, size, fc.nat(1000), (m, period, places, outputs, blockSize, seed) => {
        const inputs = period * places;
        const n = Math.ceil(m / 2);
        const matrix = { w: numbers(inputs * outputs, seed), inputs, outputs };
        const h = gramOf(numbers(3 * inputs * inputs, seed + 1), inputs);
        const { mask } = sparseGpt(matrix, h, { n, m, period }, { blockSize, dampening: 0.01 });
        for (let o = 0; o < outputs; o++)
          for (let place = 0; place < places; place++)
            for (let from = 0; from < period; from += m) {
              const length = Math.min(m, period - from);
              const group = Array.from({ length }, (_, k) => mask[(place * period + from + k) * outputs + o]!);
              expect(group.reduce((a, b) => a + b, 0)).toBe(Math.min(n, length));
            }
      }),
      { numRuns: 60 },
    );
  });
});

plainly('withoutSmallest', () => {
  it('withoutSmallest(scores, zeros) is what sorting says, of equal scores the first kept', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 40 }), fc.nat(40), (values, asked) => {
        const zeros = Math.min(asked, values.length);
        const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]! || j - i);
        const wanted = new Uint8Array(values.length).fill(1);
        for (const i of order.slice(0, zeros)) wanted[i] = 0;
        expect(withoutSmallest(Float64Array.from(values), zeros)).toEqual(wanted);
      }),
    );
  });
});
