import * as tf from '@tensorflow/tfjs';
import { gradientsOf, weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type StructuredOptions, structured, structuredMap } from '../../src/index.ts';
import { jacobi, turnedThere } from '../../src/structured/jacobi.ts';
import { byOperations, polar } from '../../src/structured/polar.ts';
import { polarFactor, polarGradient } from '../../src/structured/polar-at-hand.ts';
import { singular } from '../../src/structured/spectrum.ts';
import golden from '../golden/structured-spectrum.json' with { type: 'json' };
import { distance, expectStockThenFold, read, withKernel } from './with-kernel.ts';

/** Singular values of a kernel, the largest first, by Jacobi's rotations in float64, one pair after another. */
function singularValues(kernel: Float32Array, [rows, cols]: readonly [number, number]): number[] {
  const all = Array.from({ length: rows }, (_, r) => Array.from(kernel.slice(r * cols, (r + 1) * cols)));
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  for (let sweep = 0; sweep < 30; sweep++)
    for (let i = 0; i < rows; i++)
      for (let j = i + 1; j < rows; j++) {
        const [a, b] = [all[i]!, all[j]!];
        const angle = 0.5 * Math.atan2(2 * dot(a, b), dot(b, b) - dot(a, a));
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        all[i] = a.map((value, k) => c * value - s * b[k]!);
        all[j] = a.map((value, k) => s * value + c * b[k]!);
      }
  return all.map((row) => Math.sqrt(dot(row, row))).sort((a, b) => b - a);
}

describe.each([
  ['jacobi', jacobi],
  ['turnedThere', turnedThere],
] as const)('%s', (name, find) => {
  it(`${name} turns rows to right angles, of lengths that are the singular values, odd numbers of rows and equal ones too`, async () => {
    for (const [rows, cols] of [
      [1, 3],
      [2, 2],
      [3, 5],
      [7, 7],
      [8, 9],
    ] as const) {
      const values = Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(1 + i * i));
      const c = tf.tensor2d(values, [rows, cols]);
      const { rows: turned, turn } = find(c);
      const [own, back, gram, orthogonal] = await Promise.all(
        [turned, tf.matMul(turn, c), tf.matMul(turned, turned, false, true), tf.matMul(turn, turn, false, true)].map(
          valuesOf,
        ),
      );
      // 8 sweeps of up to 7 rounds, each of a few roundings of numbers below 4.
      expect(maxAbsDifference(own!, back!)).toBeLessThan(2 ** -16);
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < rows; j++) {
          expect(Math.abs(orthogonal![i * rows + j]! - Number(i === j))).toBeLessThan(2 ** -16);
          if (i !== j) expect(Math.abs(gram![i * rows + j]!)).toBeLessThan(2 ** -15);
        }
      const lengths = Array.from({ length: rows }, (_, i) => Math.sqrt(gram![i * rows + i]!)).sort((a, b) => b - a);
      expect(maxAbsDifference(lengths, singularValues(values, [rows, cols]))).toBeLessThan(2 ** -14);
      tf.dispose(c);
    }
    const one = find(tf.eye(4));
    expect(await valuesOf(one.rows)).toEqual(await valuesOf(tf.eye(4)));
  });
});

describe('singular', () => {
  it('singular finds the largest singular values and their vectors', async () => {
    for (const { options, shape, kernel } of golden.nearest) {
      const [rows, cols] = shape as [number, number];
      if (shape.length > 2) continue;
      const w = tf.tensor2d(kernel, [rows, cols]);
      const rank = options.rank ?? Math.min(rows, cols);
      const { left, values, right } = singular(w, rank);
      const found = [...(await valuesOf(values.clone()))].sort((a, b) => b - a);
      const wanted = singularValues(Float32Array.from(kernel), [rows, cols]).slice(0, rank);
      expect(maxAbsDifference(found, wanted)).toBeLessThan(2 ** -14);
      for (const q of [left, right]) {
        const gram = await valuesOf(tf.matMul(q, q, true, false));
        for (const [i, value] of gram.entries())
          expect(Math.abs(value - Number(i % (rank + 1) === 0))).toBeLessThan(2 ** -15);
      }
      // Of all singular values the product is the matrix.
      const made = await valuesOf(tf.matMul(tf.mul(left, values), right, false, true));
      if (rank === Math.min(rows, cols)) expect(maxAbsDifference(made, kernel)).toBeLessThan(2 ** -14);
      w.dispose();
    }
  });
});

describe('polar', () => {
  it('polar has orthonormal columns, and a gradient without a part along the columns themselves', async () => {
    const x = tf.tensor3d(
      Float32Array.from({ length: 40 }, (_, i) => Math.cos(i * i)),
      [2, 5, 4],
    );
    const q = polar(x);
    const gram = await valuesOf(tf.matMul(q, q, true, false));
    for (const [i, value] of gram.entries())
      expect(Math.abs(value - Number((i % 16) % 5 === 0))).toBeLessThan(2 ** -18);
    const along = tf.tensor3d(
      Float32Array.from({ length: 40 }, (_, i) => Math.sin(i)),
      [2, 5, 4],
    );
    const [gradient] = gradientsOf((one) => tf.sum(tf.mul(polar(one!), along)), [x]);
    // The factor of x S is that of x for a multiple S of I.
    expect(Math.abs((await valuesOf(tf.sum(tf.mul(gradient!, x))))[0]!)).toBeLessThan(2 ** -15);
    tf.dispose([x, q, along]);
  });
});

describe('polarFactor', () => {
  const size = { long: 6, short: 4 };
  const ramp = (by: number) => Float32Array.from({ length: 24 }, (_, i) => Math.sin(by * (1 + i * i)));
  const nearly = (error: number) => ramp(1).map((x, i) => (i % 5 === 0 && i < 20 ? 1 : 0) + error * x);
  const cases: [string, Float32Array][] = [
    ['columns that are nearly orthonormal', nearly(1e-3)],
    ['any columns', ramp(1)],
    ['columns of any length', ramp(1).map((x) => 1e-4 * x)],
  ];

  it.each(cases)('polarFactor of %s is orthonormal, and xᵀ q is symmetric and positive', (_, x) => {
    const { value } = polarFactor(x, size)!;
    const dot = (a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number) =>
      Array.from({ length: 6 }, (_, r) => a[4 * r + i]! * b[4 * r + j]!).reduce((sum, one) => sum + one, 0);
    const scale = Math.hypot(...x);
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        // A last step from an error of 2^-14 leaves ¾ of 2^-28.
        expect(Math.abs(dot(value, i, value, j) - Number(i === j))).toBeLessThan(2 ** -28);
        expect(Math.abs(dot(x, i, value, j) - dot(x, j, value, i))).toBeLessThan(2 ** -26 * scale);
      }
    for (let i = 0; i < 4; i++) expect(dot(x, i, value, i)).toBeGreaterThan(0);
  });

  it.each(cases)('polarGradient of %s is that of central differences', (_, x) => {
    const along = Float32Array.from({ length: 24 }, (_, i) => Math.cos(i));
    const of = (values: Float32Array) => polarFactor(values, size)!.value.reduce((sum, q, i) => sum + q * along[i]!, 0);
    const slope = polarGradient(polarFactor(x, size)!, along, size);
    const largest = slope.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    const scale = x.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    for (const i of slope.keys()) {
      const [up, down] = [x.slice(), x.slice()];
      up[i]! += scale * 2 ** -10;
      down[i]! -= scale * 2 ** -10;
      const wanted = (of(up) - of(down)) / (up[i]! - down[i]!);
      // Third derivatives by 2^-20 of it, and values to 2^-28 over steps of 2^-9.
      expect(Math.abs(slope[i]! - wanted)).toBeLessThan(2 ** -12 * largest);
    }
  });

  it('polar by loops and by operations: the same values and gradients', async () => {
    const x = tf.tensor3d(Float32Array.from([...nearly(0.1), ...ramp(1)]), [2, 6, 4]);
    const along = tf.tensor3d(Float32Array.from([...ramp(2), ...ramp(3)]), [2, 6, 4]);
    const of = (map: (one: tf.Tensor) => tf.Tensor) => {
      const [slope] = gradientsOf((one) => tf.sum(tf.mul(map(one!), along)), [x]);
      return Promise.all([valuesOf(map(x)), valuesOf(slope!)]);
    };
    const [[q, dx], [wanted, slope]] = await Promise.all([of(polar), of(byOperations)]);
    // Twelve steps of sums of 6 and 4 products, each to 2^-24.
    expect(maxAbsDifference(q!, wanted!)).toBeLessThan(2 ** -18);
    expect(maxAbsDifference(dx!, slope!)).toBeLessThan(2 ** -14);
    tf.dispose([x, along]);
  });

  it('polarFactor has none of columns that are one or not finite, which polar leaves to the operations', () => {
    const one = ramp(1).map((_, i) => Math.sin(Math.floor(i / 4)));
    expect(polarFactor(one, size)).toBeNull();
    expect(polarFactor(new Float32Array(24), size)).toBeNull();
    expect(polarFactor(ramp(1).fill(Number.NaN, 3, 4), size)).toBeNull();
  });
});

describe('structured by a spectrum', () => {
  for (const { options, shape, kernel, nearest } of golden.nearest)
    it(`structured ${JSON.stringify(options)} of [${shape}] is numpy's nearest, says how far that was, keeps it, and restores the weight bit for bit`, async () => {
      const m = withKernel(shape, kernel);
      const before = await read(m);
      const handle = structured(m.layers[0]!, options as StructuredOptions);
      // Some hundred roundings of numbers up to 4; the maps and their inverses of WebGPU within 2^-18.
      expect(maxAbsDifference(await read(m), nearest)).toBeLessThan(2 ** -14);
      expect(Math.abs((await handle.measure()).distance - distance(kernel, nearest))).toBeLessThan(2 ** -13);
      tf.tidy(() => weightsOf(m)[0]!.write(tf.tensor(nearest, shape)));
      expect((await handle.measure()).moved).toBeLessThan(2 ** -14);
      expect(maxAbsDifference(await read(m), nearest)).toBeLessThan(2 ** -14);
      handle.restore();
      tf.tidy(() => weightsOf(m)[0]!.write(tf.tensor(before, shape)));
      const again = structured(m.layers[0]!, options as StructuredOptions);
      again.restore();
      expect(await read(m)).toEqual(before);
      m.dispose();
    });

  for (const { options, lr, steps, kernel, x, y, trained } of golden.training)
    it(`structured trains within it as torch does, saves for stock and folds: ${options.structure}`, async () => {
      const m = withKernel([4, 6], kernel);
      const handle = structured(m.layers[0]!, options as StructuredOptions);
      expect(handle.needsRecompile).toBe(true);
      m.compile({ optimizer: tf.train.sgd(lr), loss: 'meanSquaredError' });
      const [inputs, targets] = [tf.tensor2d(x, [8, 4]), tf.tensor2d(y, [8, 6])];
      await m.fit(inputs, targets, { epochs: steps, batchSize: 8, shuffle: false, verbose: 0 });
      const values = singularValues(await read(m), [4, 6]);
      // Five steps of sums of 48 products up to 8, on a start to 2^-14.
      expect(maxAbsDifference(await read(m), trained)).toBeLessThan(2 ** -12);
      // Of float32: 2^-18 of the largest.
      if (options.structure === 'fixedRank') {
        expect(Math.min(...values.slice(0, 2))).toBeGreaterThan(options.floor! - 2 ** -17);
        expect(Math.max(...values.slice(2))).toBeLessThan(2 ** -17);
      } else for (const s of values) expect(Math.abs(s - 1)).toBeLessThan(options.radius! + 2 ** -17);
      await expectStockThenFold(m, handle, inputs);
      tf.dispose([inputs, targets]);
      m.dispose();
    });

  it('structured of weights without that rank, zeros too, has it all the same, and stays within after large steps', async () => {
    for (const values of [
      [1, 2, 2, 4, -1, -2],
      [0, 0, 0, 0, 0, 0],
    ])
      for (const options of [
        { structure: 'fixedRank', rank: 2, floor: 0.5 },
        { structure: 'almostOrthogonal', radius: 0.25 },
      ] as const) {
        const m = withKernel([3, 2], values);
        structured(m.layers[0]!, options);
        m.compile({ optimizer: tf.train.adam(0.25), loss: 'meanSquaredError' });
        const [x, y] = [tf.tensor2d([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]), tf.tensor2d([9, 0, 0, 9, 0, 0], [3, 2])];
        await m.fit(x, y, { epochs: 20, verbose: 0 });
        const found = singularValues(await read(m), [3, 2]);
        const [least, most] = options.structure === 'fixedRank' ? [0.5, 20] : [0.75, 1.25];
        for (const s of found.slice(0, 2)) {
          expect(s).toBeGreaterThan(least - 2 ** -14);
          expect(s).toBeLessThan(most + 2 ** -14);
        }
        tf.dispose([x, y]);
        m.dispose();
      }
  });

  it('structured by a spectrum leaves no tensor behind, taken off or with its model', async () => {
    for (const end of ['fold', 'restore', 'dispose'] as const) {
      const leak = await leakOf(() => {
        const m = withKernel([4, 6], golden.training[0]!.kernel);
        const handle = structured(m.layers[0]!, { structure: 'almostOrthogonal' });
        if (end !== 'dispose') handle[end]();
        m.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    }
  });

  it('structured by a spectrum refuses ranks, floors and radii that do not fit', () => {
    const m = withKernel([4, 6], golden.training[0]!.kernel);
    const of = (options: object) => () => structured(m.layers[0]!, options as StructuredOptions);
    expect(of({ structure: 'fixedRank' })).toThrow('structured: rank must be an integer of 1 or more');
    expect(of({ structure: 'fixedRank', rank: 5 })).toThrow('structured: rank must not be above rows or columns of');
    expect(of({ structure: 'fixedRank', rank: 2, floor: -1 })).toThrow(
      'structured: floor must be 0 or more, and finite',
    );
    expect(of({ structure: 'almostOrthogonal', radius: 0 })).toThrow(
      'structured: radius must be above 0, and 1 at most',
    );
    expect(of({ structure: 'almostOrthogonal', radius: 1.5 })).toThrow('structured: radius must be above 0');
    expect(of({ structure: 'almostOrthogonal', rank: 2 })).toThrow(
      'structured: rank must be left out for almostOrthogonal',
    );
    expect(of({ structure: 'lowRank', rank: 2, floor: 1 })).toThrow('structured: floor must be left out for lowRank');
    expect(() => structuredMap(tf.ones([2, 2]), { structure: 'almostOrthogonal' })).toThrow(
      'structuredMap: structure must have free numbers of the shape of x, got almostOrthogonal',
    );
    m.dispose();
  });
});
