import * as tf from '@tensorflow/tfjs';
import { gradientsOf, weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { simplex, structured, structuredMap, weightNorm } from '../../src/index.ts';
import golden from '../golden/structured-columns.json' with { type: 'json' };
import { expectStockThenFold } from './with-kernel.ts';

type Name = 'simplex' | 'unitBall';

const read = (m: tf.LayersModel): Promise<Float32Array> => valuesOf(weightsOf(m)[0]!.read());
const dense = (values: number[], units = 3): tf.Sequential => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [3], useBias: false, name: 'a' })] });
  tf.tidy(() => model.setWeights([tf.tensor2d(values, [3, units])]));
  return model;
};

describe('structured columns', () => {
  for (const { structure, shape, scale, x, dw, ...wanted } of golden.maps)
    it(`structuredMap has the values and gradients of torch for ${structure} on [${shape}], of a scale of ${scale}`, async () => {
      const [given, along] = [x, dw].map((values) => tf.tensor(values, shape));
      const of = (one: tf.Tensor) => structuredMap(one, { structure: structure as Name });
      const [gradient] = gradientsOf((one) => tf.sum(tf.mul(of(one!), along!)), [given!]);
      const [w, dx] = await Promise.all([valuesOf(of(given!)), valuesOf(gradient!)]);
      // Some ten roundings, an exponential of up to 2^5 with an error of 2^6 ulp on WebGPU; of numbers up to 8.
      expect(maxAbsDifference(w, wanted.w)).toBeLessThan(2 ** -17);
      expect(maxAbsDifference(dx, wanted.dx)).toBeLessThan(2 ** -15);
      tf.dispose([given!, along!]);
    });

  for (const { structure, lr, steps, kernel, x, y, trained } of golden.training)
    it(`structured trains within as torch does, saves for stock and folds: ${structure}`, async () => {
      const m = dense(kernel);
      const handle = structured(m.layers[0]!, { structure: structure as Name });
      // To the rounding of a logarithm and an exponential; into the ball some go a way.
      const { moved } = await handle.measure();
      if (structure === 'simplex') expect(moved).toBeLessThan(2 ** -18);
      else expect(moved).toBeGreaterThan(0.01);
      m.compile({ optimizer: tf.train.sgd(lr), loss: 'meanSquaredError' });
      const [inputs, targets] = [tf.tensor2d(x, [6, 3]), tf.tensor2d(y, [6, 3])];
      await m.fit(inputs, targets, { epochs: steps, batchSize: 6, shuffle: false, verbose: 0 });
      // Five steps of sums of 18 products up to 8, of which each carries on the error of the one before.
      expect(maxAbsDifference(await read(m), trained)).toBeLessThan(2 ** -16);
      await expectStockThenFold(m, handle, inputs);
      tf.dispose([inputs, targets]);
      m.dispose();
    });

  it('structured goes to the nearest columns of probabilities, and restore gives the weight back bit for bit', async () => {
    const values = [1, -2, 0.5, 2, 0.25, 0.25, -1, 0.5, 0.25];
    const m = dense(values);
    const before = await read(m);
    const nearest = tf.tidy(() => simplex(tf.tensor2d(values, [3, 3])));
    const handle = structured(m.layers[0]!, { structure: 'simplex' });
    // What is 0 there is 1e-4 of a sum that is at most 1 + 3e-4.
    expect(maxAbsDifference(await read(m), await valuesOf(nearest))).toBeLessThan(4e-4);
    expect((await read(m)).every((one) => one > 0)).toBe(true);
    const { moved } = await handle.measure();
    expect(Math.abs(moved - 2)).toBeLessThan(4e-4);
    handle.restore();
    expect(await read(m)).toEqual(before);
    m.dispose();
  });

  it('structured to the unit ball keeps what lies within, and shortens the rest, however long', async () => {
    const values = [0.5, 3e30, 0, 0, -4e30, 0, -0.5, 0, 0];
    const m = dense(values);
    const handle = structured(m.layers[0]!, { structure: 'unitBall' });
    const w = await read(m);
    expect([w[0], w[3], w[6]]).toEqual([0.5, 0, -0.5]);
    expect(Math.abs(w[1]! - 0.6)).toBeLessThan(2 ** -20);
    expect(Math.abs(w[4]! + 0.8)).toBeLessThan(2 ** -20);
    const once = handle.value();
    expect(await valuesOf(structuredMap(once, { structure: 'unitBall' }))).toEqual(w);
    const zeros = tf.zeros([3, 3]);
    const [dx] = gradientsOf((x) => tf.sum(structuredMap(x!, { structure: 'unitBall' })), [zeros]);
    expect([...(await valuesOf(dx!))]).toEqual(new Array(9).fill(1));
    handle.restore();
    expect(await read(m)).toEqual(Float32Array.from(values));
    tf.dispose([once, zeros]);
    m.dispose();
  });

  it('structured refuses probabilities above another parametrization, and nothing leaks', async () => {
    const m = dense([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const structure of ['simplex', 'unitBall'] as const)
      expect(await leakOf(() => structured(m.layers[0]!, { structure }).restore())).toEqual({
        tensors: 0,
        variables: 0,
      });
    const norm = weightNorm(m.layers[0]!);
    expect(() => structured(m.layers[0]!, { structure: 'simplex' })).toThrow(
      'structured: weight must not be parametrized already to be simplex, got a/kernel with weightNorm',
    );
    norm.restore();
    const empty = tf.zeros([0, 2]);
    for (const structure of ['simplex', 'unitBall'] as const)
      expect(await valuesOf(structuredMap(empty, { structure }))).toEqual(new Float32Array(0));
    expect(() => structuredMap(tf.ones([2]), { structure: 'simplex' })).toThrow(
      'x must have two axes or more to be simplex',
    );
    m.dispose();
  });
});
