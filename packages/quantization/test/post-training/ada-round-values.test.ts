import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AdaRoundValuesOptions,
  adaRoundValues,
  dequantizeValues,
  type IntegerDtype,
  quantizeValues,
} from '../../src/index.ts';
import { golden } from '../helpers.ts';
import { gramOf, hessianOf, lost, numbers } from './helpers.ts';

interface Golden {
  call: string;
  inputs: number;
  outputs: number;
  options: { bits: number; scheme?: 'affine'; group?: number; iterations?: number; lr?: number; reg?: number };
  x: number[];
  w: number[];
  codes: number[];
  values: number[];
}

/** Once, on whatever backend: nothing here has one. */
const plainly = tf.getBackend() === 'webgpu' ? describe.skip : describe;

const nearestOf = (
  w: Float32Array,
  shape: [number, number],
  { group, dtype = 'int4', scheme }: AdaRoundValuesOptions,
) => quantizeValues(w, shape, { dtype, scheme, granularity: { block: [Math.min(group ?? shape[0], shape[0]), 1] } });

plainly('adaRoundValues', () => {
  it.each(golden<Golden>('ada-round'))(
    'adaRoundValues(values, shape, hessian, options) is the paper in torch, by autograd and Adam on the outputs: $call',
    (g) => {
      const { bits, scheme, group, iterations = 200, lr = 0.05, reg = 3 } = g.options;
      const dtype = `${scheme === 'affine' ? 'u' : ''}int${bits}` as IntegerDtype;
      const w = Float32Array.from(g.w);
      const found = adaRoundValues(w, [g.inputs, g.outputs], gramOf(Float64Array.from(g.x), g.inputs), {
        dtype,
        scheme,
        group,
        iterations,
        learningRate: lr,
        regularization: reg,
      });
      expect([...found.quantized.codes]).toEqual(g.codes);
      expect([...found.values]).toEqual(g.values);
      expect(w).toEqual(Float32Array.from(g.w));
    },
  );

  const grids: AdaRoundValuesOptions[] = [
    { dtype: 'int4' },
    { dtype: 'int3', group: 5 },
    { dtype: 'uint4', scheme: 'affine', group: 3 },
    { dtype: 'int2', scheme: 'symmetric' },
    { dtype: 'uint16' },
  ];
  const size = fc.integer({ min: 1, max: 13 });

  it.each(grids)(
    'adaRoundValues(values, shape, hessian, %j): each code is one of the two beside its weight, and no output changes more than to the nearest',
    (grid) => {
      fc.assert(
        fc.property(size, size, fc.nat(1000), (inputs, outputs, seed) => {
          const w = Float32Array.from(numbers(inputs * outputs, seed));
          const h = hessianOf(inputs, seed);
          const found = adaRoundValues(w, [inputs, outputs], h, { ...grid, iterations: 60, learningRate: 0.1 });
          const nearest = nearestOf(w, [inputs, outputs], grid);
          expect(dequantizeValues(found.quantized)).toEqual(found.values);
          expect(found.quantized.scales).toEqual(nearest.scales);
          expect(found.quantized.zeroPoints).toEqual(nearest.zeroPoints);
          const codes = [...found.quantized.codes];
          expect(found.moved).toBe(codes.filter((code, i) => code !== nearest.codes[i]).length);
          for (const [i, code] of codes.entries()) expect(Math.abs(code - nearest.codes[i]!)).toBeLessThanOrEqual(1);
          const plain = dequantizeValues(nearest);
          for (let o = 0; o < outputs; o++) {
            const column = (v: Float32Array) => v.filter((_, i) => i % outputs === o);
            const [mine, theirs] = [found.values, plain].map((v) => lost(h, column(w), column(v), inputs));
            // Sums of at most 169 products in another order, of matrices whose condition is below 2^16.
            expect(mine).toBeLessThanOrEqual(theirs! * (1 + 2 ** -24));
          }
          // A factor of the matrix that is a power of 2 changes nothing.
          const larger = h.map((v) => 4 * v);
          const again = adaRoundValues(w, [inputs, outputs], larger, { ...grid, iterations: 60, learningRate: 0.1 });
          expect(again).toEqual(found);
        }),
        { numRuns: 12 },
      );
    },
  );

  it('adaRoundValues(values, shape, hessian) loses less than half of what the nearest codes lose', () => {
    let [ours, nearest] = [0, 0];
    for (let seed = 0; seed < 6; seed++) {
      const [inputs, outputs] = [32, 8];
      const w = Float32Array.from(numbers(inputs * outputs, seed));
      const h = hessianOf(inputs, seed);
      const found = adaRoundValues(w, [inputs, outputs], h, { dtype: 'int3', iterations: 200, learningRate: 0.05 });
      ours += lost(h, w, found.values, inputs);
      nearest += lost(h, w, dequantizeValues(nearestOf(w, [inputs, outputs], { dtype: 'int3' })), inputs);
    }
    expect(ours).toBeLessThan(0.5 * nearest);
  });

  it('adaRoundValues(values, shape, hessian) is the nearest code where inputs have nothing to do with each other', () => {
    const [inputs, outputs] = [9, 5];
    const w = Float32Array.from(numbers(inputs * outputs, 8));
    const h = new Float64Array(inputs * inputs);
    for (let j = 0; j < inputs; j++) h[j * (inputs + 1)] = 1 + j;
    const found = adaRoundValues(w, [inputs, outputs], h);
    expect(found.quantized).toEqual(nearestOf(w, [inputs, outputs], {}));
    expect(found.moved).toBe(0);
  });

  it('adaRoundValues takes empty kernels, one entry, inputs that are never there and large rates', () => {
    expect(adaRoundValues(new Float32Array(0), [0, 3], new Float64Array(0)).values).toHaveLength(0);
    expect(adaRoundValues(new Float32Array(0), [2, 0], Float64Array.of(1, 0, 0, 1)).values).toHaveLength(0);
    expect([...adaRoundValues(Float32Array.of(-8), [1, 1], Float64Array.of(1)).values]).toEqual([-8]);
    const dead = adaRoundValues(Float32Array.of(0.6, 7), [2, 1], new Float64Array(4));
    expect([...dead.values]).toEqual([1, 7]);
    const h = Float64Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1);
    for (const options of [
      { learningRate: 1e300 },
      { regularization: 1e300 },
      { iterations: 1 },
      { regularization: 0 },
    ]) {
      const { values } = adaRoundValues(Float32Array.of(0.45, 0.3, 7), [3, 1], h, options);
      expect(['0 0 7', '1 0 7', '0 1 7']).toContain([...values].join(' '));
    }
  });

  it('adaRoundValues refuses what it cannot take, in its own name', () => {
    const w = Float32Array.of(1, 2);
    const h = Float64Array.of(1, 0, 0, 1);
    const call =
      (options: object, values = w, hessian = h) =>
      () =>
        adaRoundValues(values, [2, 1], hessian, options);
    expect(call({}, Float32Array.of(1, Number.NaN))).toThrow(
      'adaRoundValues: values must be finite, got NaN at values[1]',
    );
    expect(call({}, w, new Float64Array(3))).toThrow('adaRoundValues: hessian must have 4 entries, got 3');
    expect(call({ dtype: 'nf4' })).toThrow('adaRoundValues: dtype must be of integers');
    expect(call({ iterations: 0 })).toThrow('adaRoundValues: iterations must be an integer');
    expect(call({ learningRate: 0 })).toThrow('adaRoundValues: learningRate must be finite and above 0, got 0');
    expect(call({ regularization: -1 })).toThrow('adaRoundValues: regularization must be finite and 0 or more, got -1');
    expect(call({ bits: 4 })).toThrow('adaRoundValues: options');
  });
});
