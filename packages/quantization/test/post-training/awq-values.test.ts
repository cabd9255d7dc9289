import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AwqInputs,
  type AwqValuesOptions,
  awqValues,
  dequantizeValues,
  type IntegerDtype,
  type KernelGrid,
  quantizeValues,
} from '../../src/index.ts';
import { golden } from '../helpers.ts';
import { gramOf, lost, numbers } from './helpers.ts';

interface Golden {
  call: string;
  inputs: number;
  outputs: number;
  options: { bits: number; scheme?: 'affine'; group?: number; n_grid?: number; clip?: boolean };
  x: number[];
  w: number[];
  alpha: number;
  factors: number[];
  codes: number[];
  values: number[];
}

/** Once, on whatever backend: nothing here has one. */
const plainly = tf.getBackend() === 'webgpu' ? describe.skip : describe;

/** What is known of rows of inputs. */
function statisticsOf(x: Float64Array, inputs: number): AwqInputs {
  const magnitudes = new Float64Array(inputs);
  for (const [i, v] of x.entries()) magnitudes[i % inputs]! += (Math.abs(v) * inputs) / x.length;
  return { hessian: gramOf(x, inputs), magnitudes };
}

/** Rows whose inputs are of very different sizes. */
const rowsOf = (inputs: number, seed: number): Float64Array =>
  numbers(4 * inputs * inputs, seed).map((v, i) => v * Math.exp(2 * Math.sin(3.7 * (i % inputs) + seed)));

const nearestOf = (w: Float32Array, shape: [number, number], { group, ...grid }: KernelGrid): Float32Array => {
  const usual = grid.dtype === 'mxfp4' || grid.dtype === 'mxint8' ? 32 : grid.dtype === 'nf4' ? 64 : shape[0];
  const block = [Math.min(group ?? usual, shape[0]), 1];
  return dequantizeValues(quantizeValues(w, shape, { ...grid, dtype: grid.dtype ?? 'int4', granularity: { block } }));
};

plainly('awqValues', () => {
  it.each(golden<Golden>('awq'))(
    'awqValues(values, shape, inputs, options) is the search of the reference in numpy, on the outputs: $call',
    (g) => {
      const { bits, scheme, group, n_grid, clip } = g.options;
      const dtype = `${scheme === 'affine' ? 'u' : ''}int${bits}` as IntegerDtype;
      const w = Float32Array.from(g.w);
      const statistics = statisticsOf(Float64Array.from(g.x), g.inputs);
      const options: AwqValuesOptions = { dtype, scheme, group, steps: n_grid, clip };
      const found = awqValues(w, [g.inputs, g.outputs], statistics, options);
      expect(found.alpha).toBe(g.alpha);
      expect([...found.quantized.codes]).toEqual(g.codes);
      // A power in float64 by two libraries, rounded to float32: a last place; values are two roundings more.
      const off = (a: ArrayLike<number>, wanted: number[]) =>
        Math.max(...wanted.map((v, i) => Math.abs(a[i]! - v) / Math.max(Math.abs(v), 2 ** -100)));
      expect(off(found.factors, g.factors)).toBeLessThanOrEqual(2 ** -23);
      expect(off(found.values, g.values)).toBeLessThanOrEqual(2 ** -21);
      expect(w).toEqual(Float32Array.from(g.w));
    },
  );

  const grids: KernelGrid[] = [
    { dtype: 'int4' },
    { dtype: 'int3', group: 5 },
    { dtype: 'uint4', scheme: 'affine', group: 3 },
    { dtype: 'int8', narrow: true, scheme: 'symmetric' },
    { dtype: 'nf4', group: 4 },
    { dtype: 'float8_e4m3fn' },
    { dtype: 'mxfp4' },
    { dtype: 'mxint8', group: 4 },
    { dtype: 'ternary', group: 6 },
  ];
  const size = fc.integer({ min: 1, max: 13 });

  it.each(grids)(
    'awqValues(values, shape, inputs, %j): values are those of the codes over the factors, and never lose more than the nearest',
    (grid) => {
      fc.assert(
        fc.property(size, size, fc.nat(1000), (inputs, outputs, seed) => {
          const w = Float32Array.from(numbers(inputs * outputs, seed));
          const statistics = statisticsOf(rowsOf(inputs, seed), inputs);
          const shape: [number, number] = [inputs, outputs];
          const { hessian } = statistics;
          const found = awqValues(w, shape, statistics, grid);
          expect(found.quantized.shape).toEqual(shape);
          const of = dequantizeValues(found.quantized);
          expect(found.values).toEqual(of.map((v, i) => v / found.factors[Math.floor(i / outputs)]!));
          // Sums of at most 169 products in another order, of matrices whose condition is below 2^16.
          const room = 1 + 2 ** -24;
          const ours = lost(hessian, w, found.values, inputs);
          const unclipped = awqValues(w, shape, statistics, { ...grid, clip: false });
          expect(unclipped.factors).toEqual(found.factors);
          expect(ours).toBeLessThanOrEqual(room * lost(hessian, w, unclipped.values, inputs));
          const nearest = nearestOf(w, shape, grid);
          expect(lost(hessian, w, unclipped.values, inputs)).toBeLessThanOrEqual(
            room * lost(hessian, w, nearest, inputs),
          );
          expect(awqValues(w, shape, statistics, { ...grid, clip: false, steps: 1 }).values).toEqual(nearest);
          // Factors of statistics by powers of 2 change nothing.
          const larger = { hessian: hessian.map((v) => 4 * v), magnitudes: statistics.magnitudes.map((m) => m / 8) };
          expect(awqValues(w, shape, larger, grid)).toEqual(found);
          // The factors: inverses at the ends, in the order of the magnitudes.
          const [least, most] = [Math.min(...found.factors), Math.max(...found.factors)];
          expect(Math.abs(least * most - 1)).toBeLessThan(2 ** -22);
        }),
        { numRuns: 12 },
      );
    },
  );

  it('awqValues(values, shape, inputs): where a few inputs are large, much less of the outputs is lost', () => {
    let [ours, nearest] = [0, 0];
    for (let seed = 0; seed < 8; seed++) {
      const [inputs, outputs] = [32, 8];
      const w = Float32Array.from(numbers(inputs * outputs, seed));
      const rows = numbers(4 * inputs * inputs, seed + 50).map((v, i) => ((i % inputs) % 10 === 3 ? 20 * v : v));
      const statistics = statisticsOf(rows, inputs);
      const found = awqValues(w, [inputs, outputs], statistics, { dtype: 'int4', group: 16 });
      expect(found.alpha).toBeGreaterThan(0);
      ours += lost(statistics.hessian, w, found.values, inputs);
      nearest += lost(statistics.hessian, w, nearestOf(w, [inputs, outputs], { group: 16 }), inputs);
    }
    expect(ours).toBeLessThan(0.5 * nearest);
  });

  it('awqValues(values, shape, inputs) cuts factors of inputs that are never there, and needs none of any', () => {
    const hessian = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 9);
    const { factors } = awqValues(
      Float32Array.of(0.4, 1, 7),
      [3, 1],
      { hessian, magnitudes: Float64Array.of(1, 0, 3) },
      { clip: false },
    );
    expect(factors[1]).toBeGreaterThan(0);
    const dead = { hessian: new Float64Array(4), magnitudes: new Float64Array(2) };
    const nothing = awqValues(Float32Array.of(1, 7), [2, 1], dead);
    expect([nothing.alpha, ...nothing.factors, ...nothing.values]).toEqual([0, 1, 1, 1, 7]);
  });

  it('awqValues takes empty kernels, one entry and the largest floats', () => {
    const none = { hessian: new Float64Array(0), magnitudes: new Float64Array(0) };
    expect(awqValues(new Float32Array(0), [0, 3], none).values).toHaveLength(0);
    const two = { hessian: Float64Array.of(1, 0, 0, 1), magnitudes: Float64Array.of(1, 100) };
    expect(awqValues(new Float32Array(0), [2, 0], two).values).toHaveLength(0);
    expect([...awqValues(Float32Array.of(-8, 0), [2, 1], two).values]).toEqual([-8, 0]);
    const [large] = awqValues(Float32Array.of(1, 3e38), [2, 1], two, { dtype: 'int8' }).values.slice(1);
    expect(Math.abs(large! / 3e38 - 1)).toBeLessThan(0.01);
  });

  it('awqValues refuses what it cannot take, in its own name', () => {
    const w = Float32Array.of(1, 2);
    const [hessian, magnitudes] = [Float64Array.of(1, 0, 0, 1), Float64Array.of(1, 1)];
    const call =
      (options: object, given: object = {}, values = w) =>
      () =>
        awqValues(values, [2, 1], { hessian, magnitudes, ...given } as AwqInputs, options);
    expect(call({}, {}, Float32Array.of(1, Number.NaN))).toThrow(
      'awqValues: values must be finite, got NaN at values[1]',
    );
    expect(call({}, { hessian: new Float64Array(3) })).toThrow('awqValues: hessian must have 4 entries, got 3');
    expect(call({}, { magnitudes: new Float64Array(3) })).toThrow('awqValues: magnitudes must have 2 entries, got 3');
    expect(call({}, { magnitudes: Float64Array.of(1, -2) })).toThrow('awqValues: magnitudes must be 0 or more, got -2');
    expect(call({}, { magnitudes: Float64Array.of(1, Number.NaN) })).toThrow(
      'awqValues: entries must be finite, got NaN at magnitudes[1]',
    );
    expect(call({}, { means: magnitudes })).toThrow('awqValues: statistics');
    expect(call({ dtype: 'float16' })).toThrow('awqValues: dtype must have scales, got "float16"');
    expect(call({ steps: 0 })).toThrow('awqValues: steps must be an integer from 1 to 1000, got 0');
    expect(call({ clip: 1 })).toThrow('awqValues: clip must be true or false, got 1');
    expect(call({ bits: 4 })).toThrow('awqValues: options');
  });
});
