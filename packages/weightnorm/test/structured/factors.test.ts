import * as tf from '@tensorflow/tfjs';
import { gradientsOf, weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type StructuredOptions, structured, structuredMap, weightNorm } from '../../src/index.ts';
import golden from '../golden/structured-factors.json' with { type: 'json' };
import { distance, expectStockThenFold, read, withKernel } from './with-kernel.ts';

describe('structured by factors', () => {
  for (const { options, shape, kernel, nearest } of golden.nearest)
    it(`structured ${JSON.stringify(options)} of [${shape}] is numpy's nearest, says how far that was, and restores the weight bit for bit`, async () => {
      const m = withKernel(shape, kernel);
      const before = await read(m);
      const handle = structured(m.layers[0]!, options as StructuredOptions);
      // What ten steps on each side leave of values smaller by four, 4^-40, is nothing; a hundred roundings of numbers up to 8.
      expect(maxAbsDifference(await read(m), nearest)).toBeLessThan(2 ** -15);
      const measured = await handle.measure();
      expect(Math.abs(measured.distance - distance(kernel, nearest))).toBeLessThan(2 ** -14);
      // A weight that has the structure is kept.
      const own = tf.tensor(nearest, shape);
      weightsOf(m)[0]!.write(own);
      expect((await handle.measure()).moved).toBeLessThan(2 ** -17);
      expect(maxAbsDifference(await read(m), nearest)).toBeLessThan(2 ** -17);
      const written = await valuesOf(own);
      handle.restore();
      expect(await read(m)).toEqual(written);
      tf.tidy(() => weightsOf(m)[0]!.write(tf.tensor(before, shape)));
      const again = structured(m.layers[0]!, options as StructuredOptions);
      again.restore();
      expect(await read(m)).toEqual(before);
      m.dispose();
    });

  for (const { options, lr, steps, kernel, x, y, trained } of golden.training)
    it(`structured trains the factors as torch does, saves for stock and folds: ${options.structure}`, async () => {
      const m = withKernel([4, 6], kernel);
      const handle = structured(m.layers[0]!, options as StructuredOptions);
      expect(handle.needsRecompile).toBe(true);
      m.compile({ optimizer: tf.train.sgd(lr), loss: 'meanSquaredError' });
      const [inputs, targets] = [tf.tensor2d(x, [8, 4]), tf.tensor2d(y, [8, 6])];
      await m.fit(inputs, targets, { epochs: steps, batchSize: 8, shuffle: false, verbose: 0 });
      // Five steps of sums of 48 products up to 8, on a start to 2^-17.
      expect(maxAbsDifference(await read(m), trained)).toBeLessThan(2 ** -14);
      await expectStockThenFold(m, handle, inputs);
      tf.dispose([inputs, targets]);
      m.dispose();
    });

  it('structured of a rank above the weight keeps it and trains the rest; a weight of zeros too', async () => {
    for (const values of [
      [1, 2, 2, 4, -1, -2],
      [0, 0, 0, 0, 0, 0],
    ]) {
      const m = withKernel([3, 2], values);
      const handle = structured(m.layers[0]!, { structure: 'lowRank', rank: 2 });
      expect(maxAbsDifference(await read(m), values)).toBeLessThan(2 ** -20);
      m.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
      const [x, y] = [tf.tensor2d([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]), tf.tensor2d([1, 0, 0, 1, 0, 0], [3, 2])];
      await m.fit(x, y, { epochs: 50, verbose: 0 });
      // A target of rank 2 with both values 1: one of rank 1 is off by 1/2 somewhere at least.
      expect(maxAbsDifference(await read(m), [1, 0, 0, 1, 0, 0])).toBeLessThan(0.4);
      expect(await valuesOf(handle.raw.clone())).toEqual(Float32Array.from(values));
      tf.dispose([x, y]);
      m.dispose();
    }
  });

  it('structured by factors leaves no tensor behind, taken off or with its model', async () => {
    for (const end of ['fold', 'restore', 'dispose'] as const) {
      const leak = await leakOf(() => {
        const m = withKernel([4, 6], golden.training[0]!.kernel);
        const handle = structured(m.layers[0]!, { structure: 'kronecker', factor: [2, 2] });
        if (end !== 'dispose') handle[end]();
        m.dispose();
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    }
  });

  it('structured by factors refuses ranks and sizes that do not fit, and weights that are parametrized', () => {
    const m = withKernel([4, 6], golden.training[0]!.kernel);
    const of = (options: object) => () => structured(m.layers[0]!, options as StructuredOptions);
    expect(of({ structure: 'lowRank' })).toThrow('structured: rank must be an integer of 1 or more');
    expect(of({ structure: 'lowRank', rank: 5 })).toThrow('structured: rank must not be above rows or columns of');
    expect(of({ structure: 'kronecker' })).toThrow('structured: factor must be a list of rows and columns');
    expect(of({ structure: 'kronecker', factor: [3, 2] })).toThrow(
      'structured: factor must be of integers that divide',
    );
    expect(of({ structure: 'kronecker', factor: [2, 2], rank: 1 })).toThrow(
      'structured: rank must be left out for kronecker',
    );
    expect(() => structuredMap(tf.ones([2, 2]), { structure: 'lowRank', rank: 1 })).toThrow(
      'structuredMap: structure must have free numbers of the shape of x, got lowRank',
    );
    const below = weightNorm(m.layers[0]!);
    expect(of({ structure: 'lowRank', rank: 1 })).toThrow(
      'structured: weight must not be parametrized already to be lowRank',
    );
    below.restore();
    m.dispose();
  });
});

describe('structured to doublyStochastic', () => {
  for (const { shape, x, dw, ...wanted } of golden.sinkhorn)
    it(`structuredMap to doublyStochastic has the values and gradients of Sinkhorn's steps by torch on [${shape}]`, async () => {
      const [given, along] = [x, dw].map((values) => tf.tensor(values, shape));
      const of = (one: tf.Tensor) => structuredMap(one, { structure: 'doublyStochastic' });
      const [gradient] = gradientsOf((one) => tf.sum(tf.mul(of(one!), along!)), [given!]);
      const [w, dx] = await Promise.all([valuesOf(of(given!)), valuesOf(gradient!)]);
      // Forty steps of sums of exponentials of up to 2^3, each with an error of 2^4 ulp on WebGPU.
      expect(maxAbsDifference(w, wanted.w)).toBeLessThan(2 ** -15);
      expect(maxAbsDifference(dx, wanted.dx)).toBeLessThan(2 ** -13);
      tf.dispose([given!, along!]);
    });

  it('structured to doublyStochastic has columns and rows that add up to 1, keeps such a weight, and does not overflow', async () => {
    const own = [0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.25, 0.25, 0.5];
    const m = withKernel([3, 3], own);
    const handle = structured(m.layers[0]!, { structure: 'doublyStochastic' });
    expect((await handle.measure()).moved).toBeLessThan(2 ** -18);
    expect(maxAbsDifference(await read(m), own)).toBeLessThan(2 ** -18);
    tf.tidy(() => handle.raw.assign(tf.tensor2d([200, -1, 3, 0, 90, -80, 2, 1, 100], [3, 3])));
    const w = await read(m);
    for (let i = 0; i < 3; i++) {
      // A dozen roundings, and exponentials of WebGPU to 2^-18.
      expect(Math.abs(w[i]! + w[3 + i]! + w[6 + i]! - 1)).toBeLessThan(2 ** -16);
      expect(Math.abs(w[3 * i]! + w[3 * i + 1]! + w[3 * i + 2]! - 1)).toBeLessThan(0.01);
    }
    handle.restore();
    expect(await read(m)).toEqual(Float32Array.from(own));
    m.dispose();
  });
});
