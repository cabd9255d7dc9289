import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hqqValues } from '../../src/index.ts';
import { golden } from '../helpers.ts';

interface Golden {
  call: string;
  shape: [number, number];
  options: { bits: number; group: number; lp_norm?: number; beta?: number; kappa?: number; iters?: number };
  w: number[];
  codes: number[];
  scales: number[];
  zeros: number[];
}

/** Once, on whatever backend: nothing here has one. */
const plainly = tf.getBackend() === 'webgpu' ? describe.skip : describe;

const numbers = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.tan(1.5 * Math.sin(seed + 1.3 * i * i + 0.7 * i)));

const meanError = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, v, i) => sum + Math.abs(v - b[i]!), 0) / a.length;

plainly('hqqValues', () => {
  it.each(golden<Golden>('hqq'))(
    'hqqValues(values, shape, options) is half-quadratic splitting in numpy: $call',
    (g) => {
      const { lp_norm: p, iters: iterations, ...options } = g.options;
      const found = hqqValues(Float32Array.from(g.w), g.shape, { ...options, p, iterations });
      expect([...found.codes]).toEqual(g.codes);
      expect([...found.scales]).toEqual(g.scales);
      // Sums of at most 32 float64 numbers, rounded to float32: one ulp where they lie near the middle of two.
      for (const [i, zero] of g.zeros.entries())
        expect(Math.abs(found.zeros[i]! - zero)).toBeLessThanOrEqual(2 ** -23 * Math.abs(zero));
    },
  );

  const size = fc.integer({ min: 1, max: 20 });

  it('hqqValues(values): no group has a larger mean error than with its spread, and errors are at most a step', () => {
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.integer({ min: 2, max: 8 }),
        fc.nat(1000),
        (inputs, outputs, group, bits, seed) => {
          const w = numbers(inputs * outputs, seed);
          const found = hqqValues(w, [inputs, outputs], { bits, group });
          const plain = hqqValues(w, [inputs, outputs], { bits, group, iterations: 0 });
          expect(found.scales).toEqual(plain.scales);
          const cols = (all: Float32Array, g: number, o: number) =>
            all.filter((_, i) => Math.floor(i / outputs / group) === g && i % outputs === o);
          for (let g = 0; g < Math.ceil(inputs / group); g++)
            for (let o = 0; o < outputs; o++) {
              const own = cols(w, g, o);
              const least = meanError(own, cols(plain.values, g, o));
              // Both are float32 values of (code - zero) scale, rounded twice, of numbers up to 2^9 steps.
              const slack = 2 ** -14 * found.scales[g * outputs + o]!;
              expect(meanError(own, cols(found.values, g, o))).toBeLessThanOrEqual(least + slack);
            }
          for (const [i, code] of found.codes.entries()) {
            const k = Math.floor(Math.floor(i / outputs) / group) * outputs + (i % outputs);
            expect(code).toBeLessThan(2 ** bits);
            expect(found.values[i]).toBe(Math.fround((code - found.zeros[k]!) * found.scales[k]!));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('hqqValues(values) is less than spread codes are of weights with outliers', () => {
    const w = numbers(64 * 8, 5);
    const error = (iterations: number) => meanError(w, hqqValues(w, [64, 8], { bits: 3, iterations }).values);
    expect(error(20)).toBeLessThan(error(0));
  });

  it('hqqValues of constants, zeros, nothing and two values is exact', () => {
    for (const w of [[3, 3, 3], [-0.1, -0.1], [0, 0], [], [-2, 5]])
      expect(hqqValues(Float32Array.from(w), [w.length, 1]).values).toEqual(Float32Array.from(w));
    expect(hqqValues(new Float32Array(0), [0, 4]).scales).toHaveLength(0);
  });

  it('hqqValues refuses what it cannot take, in its own name', () => {
    const call =
      (options: object, values = Float32Array.of(1, 2)) =>
      () =>
        hqqValues(values, [2, 1], options);
    expect(call({}, Float32Array.of(1, Number.NaN))).toThrow('hqqValues: values must be finite, got NaN at values[1]');
    expect(call({}, new Float32Array(3))).toThrow('hqqValues: values must have 2 entries, got 3');
    expect(call({ bits: 9 })).toThrow('hqqValues: bits must be an integer');
    expect(call({ p: 0 })).toThrow('hqqValues: p must be above 0 and at most 1, got 0');
    expect(call({ kappa: 0.5 })).toThrow('hqqValues: kappa must be finite and 1 or more, got 0.5');
    expect(call({ beta: Number.NaN })).toThrow('hqqValues: beta must be finite and above 0, got NaN');
  });
});
