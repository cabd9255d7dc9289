import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dequantizeValues,
  type GptqValuesOptions,
  gptqValues,
  type IntegerDtype,
  type KernelGrid,
  quantizeValues,
} from '../../src/index.ts';
import { golden } from '../helpers.ts';
import { gramOf, hessianOf, lost, numbers } from './helpers.ts';

interface Golden {
  call: string;
  inputs: number;
  outputs: number;
  options: { bits: number; scheme?: 'affine'; group?: number; act_order?: boolean; percdamp?: number };
  x: number[];
  w: number[];
  codes: number[];
  values: number[];
}

/** Once, on whatever backend: nothing here has one. */
const plainly = tf.getBackend() === 'webgpu' ? describe.skip : describe;

plainly('gptqValues', () => {
  it.each(golden<Golden>('gptq'))(
    'gptqValues(values, shape, hessian, options) is optimal brain quantization in numpy: $call',
    (g) => {
      const { bits, scheme, group, act_order = false, percdamp = 0.01 } = g.options;
      const options: GptqValuesOptions = {
        dtype: `${scheme === 'affine' ? 'u' : ''}int${bits}` as IntegerDtype,
        scheme,
        group,
        actOrder: act_order,
        dampening: percdamp,
      };
      const h = gramOf(Float64Array.from(g.x), g.inputs).map((v) => (2 * v * g.inputs) / g.x.length);
      const w = Float32Array.from(g.w);
      for (const blockSize of [1, 5, 128]) {
        const found = gptqValues(w, [g.inputs, g.outputs], h, { ...options, blockSize });
        expect([...found.quantized.codes]).toEqual(g.codes);
        // Equal codes; scales of later groups are those of corrected weights, float64 numbers that agree to 1e-10 rounded to float32.
        for (const [i, value] of g.values.entries())
          expect(Math.abs(found.values[i]! - value)).toBeLessThanOrEqual(2 ** -22 * Math.abs(value));
      }
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
  const size = fc.integer({ min: 1, max: 17 });

  it.each(grids)(
    'gptqValues(values, shape, hessian, %j): values are those of the codes, every block size the same',
    (grid) => {
      fc.assert(
        fc.property(size, size, size, fc.boolean(), fc.nat(1000), (inputs, outputs, blockSize, actOrder, seed) => {
          const w = Float32Array.from(numbers(inputs * outputs, seed));
          const h = hessianOf(inputs, seed);
          const shape = [inputs, outputs] as const;
          const one = gptqValues(w, shape, h, { ...grid, actOrder });
          expect(dequantizeValues(one.quantized)).toEqual(one.values);
          expect(one.quantized.shape).toEqual([inputs, outputs]);
          const other = gptqValues(w, shape, h, { ...grid, actOrder, blockSize });
          // Sums in another order, of at most 17 products: a code may differ only within 1e-12 of a tie, which no seed here is.
          expect(other.quantized.codes).toEqual(one.quantized.codes);
          // A factor of the matrix changes nothing where no input is dead.
          const scaled = gptqValues(
            w,
            shape,
            h.map((v) => 4 * v),
            { ...grid, actOrder },
          );
          expect(scaled).toEqual(one);
        }),
        { numRuns: 25 },
      );
    },
  );

  it('gptqValues(values, shape, hessian) is the nearest code where inputs have nothing to do with each other', () => {
    fc.assert(
      fc.property(size, size, fc.nat(1000), fc.constantFrom(...grids), (inputs, outputs, seed, grid) => {
        const w = Float32Array.from(numbers(inputs * outputs, seed));
        const h = new Float64Array(inputs * inputs);
        for (let j = 0; j < inputs; j++) h[j * (inputs + 1)] = 1 + j;
        const { group = grid.dtype === 'mxfp4' ? 32 : inputs, ...rest } = grid;
        const block = [Math.min(group, inputs), 1];
        const nearest = quantizeValues(w, [inputs, outputs], { ...rest, dtype: grid.dtype!, granularity: { block } });
        expect(gptqValues(w, [inputs, outputs], h, grid).quantized).toEqual(nearest);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['int4', 'int3'] as const)(
    'gptqValues(values, shape, hessian, %j) loses less of the outputs than the nearest codes',
    (dtype) => {
      let [ours, nearest] = [0, 0];
      for (let seed = 0; seed < 12; seed++) {
        const [inputs, outputs] = [48, 12];
        const w = Float32Array.from(numbers(inputs * outputs, seed));
        const h = hessianOf(inputs, seed);
        for (const group of [undefined, 16, 20]) {
          const block = [group ?? inputs, 1];
          const plain = dequantizeValues(quantizeValues(w, [inputs, outputs], { dtype, granularity: { block } }));
          const mine = gptqValues(w, [inputs, outputs], h, { dtype, group }).values;
          const [a, b] = [lost(h, w, mine, inputs), lost(h, w, plain, inputs)];
          expect(a).toBeLessThan(b);
          ours += a;
          nearest += b;
        }
      }
      expect(ours).toBeLessThan(0.5 * nearest);
    },
  );

  it('gptqValues(values) of what it gave is the same again, where scales are', () => {
    // noClipping gives the same scale again where a code of an end is used, which int8 of these has in each column.
    const [inputs, outputs] = [20, 6];
    const h = hessianOf(inputs, 3);
    const w = Float32Array.from(numbers(inputs * outputs, 3));
    const once = gptqValues(w, [inputs, outputs], h, { dtype: 'int4' });
    const ends = Array.from({ length: outputs }, (_, o) =>
      once.quantized.codes.some((code, p) => p % outputs === o && (code === -8 || code === 7)),
    );
    expect(ends).toEqual(Array(outputs).fill(true));
    expect(gptqValues(once.values, [inputs, outputs], h, { dtype: 'int4' }).values).toEqual(once.values);
  });

  it('gptqValues(values, shape, hessian) makes the weights of dead inputs 0 and leaves them out of ranges', () => {
    const h = new Float64Array(9);
    h[0] = h[8] = 1;
    const { values, dead } = gptqValues(Float32Array.of(1, 100, -7), [3, 1], h, { dtype: 'int4' });
    expect([...values]).toEqual([0.875, 0, -7]);
    expect(dead).toBe(1);
  });

  it('gptqValues takes empty kernels and one entry', () => {
    expect(gptqValues(new Float32Array(0), [0, 3], new Float64Array(0)).values).toHaveLength(0);
    expect(gptqValues(new Float32Array(0), [2, 0], Float64Array.of(1, 0, 0, 1)).values).toHaveLength(0);
    expect([...gptqValues(Float32Array.of(-8), [1, 1], Float64Array.of(1)).values]).toEqual([-8]);
  });

  it('gptqValues refuses what it cannot take, in its own name', () => {
    const w = Float32Array.of(1, 2);
    const h = Float64Array.of(1, 0, 0, 1);
    const call =
      (options: object, values = w, hessian = h) =>
      () =>
        gptqValues(values, [2, 1], hessian, options);
    expect(call({}, Float32Array.of(1, Number.NaN))).toThrow('gptqValues: values must be finite, got NaN at values[1]');
    expect(call({}, w, Float64Array.of(1, 0, 0, Number.NaN))).toThrow(
      'gptqValues: entries must be finite, got NaN at hessian[3]',
    );
    expect(call({}, w, Float64Array.of(1, 0, 0, -1))).toThrow(
      'gptqValues: hessian must have 0 or more at row 1, got -1',
    );
    expect(call({}, w, Float64Array.of(1, 5, 5, 1))).toThrow('gptqValues: hessian must be positive semidefinite');
    expect(call({}, w, new Float64Array(3))).toThrow('gptqValues: hessian must have 4 entries, got 3');
    expect(call({ dtype: 'float16' })).toThrow('gptqValues: dtype must have scales, got "float16"');
    expect(call({ dtype: 'nf4', scheme: 'affine' })).toThrow('gptqValues: scheme of nf4 must be left out');
    expect(call({ group: 0 })).toThrow('gptqValues: group must be an integer');
    expect(call({ dampening: 0 })).toThrow('gptqValues: dampening must be finite and above 0, got 0');
    expect(call({ bits: 4 })).toThrow('gptqValues: options');
  });
});
