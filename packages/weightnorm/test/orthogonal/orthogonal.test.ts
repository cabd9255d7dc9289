import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, parametrizationsOf, weightsOf } from '@weightkit/core';
import { artifactsOf, hasKernel, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { constrain, type OrthogonalMapName, orthogonal, orthonormal, weightNorm } from '../../src/index.ts';
import golden from '../golden/orthogonal.json' with { type: 'json' };

const predicted = (m: tf.LayersModel, x: tf.Tensor): Promise<Float32Array> => valuesOf(m.predict(x) as tf.Tensor);
const read = (m: tf.LayersModel): Promise<Float32Array> => valuesOf(weightsOf(m)[0]!.read());
const dense = (rows: number, cols: number): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({
        units: cols,
        inputShape: [rows],
        useBias: false,
        name: 'a',
        kernelInitializer: tf.initializers.randomNormal({ stddev: 1, seed: 3 }),
      }),
    ],
  });

const BUILDS: Record<string, { layer: () => tf.layers.Layer; input: number[]; property?: string; train?: string }> = {
  dense: { layer: () => tf.layers.dense({ units: 3, inputShape: [5] }), input: [2, 5] },
  wide: { layer: () => tf.layers.dense({ units: 5, inputShape: [3] }), input: [2, 3] },
  conv2d: {
    layer: () => tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2] }),
    input: [2, 4, 4, 2],
    train: 'Conv2DBackpropFilter',
  },
  conv2dTranspose: {
    layer: () => tf.layers.conv2dTranspose({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2] }),
    input: [2, 4, 4, 2],
    train: 'Conv2DBackpropFilter',
  },
  lstm: {
    layer: () => tf.layers.lstm({ units: 2, inputShape: [3, 2], recurrentInitializer: 'glorotNormal' }),
    input: [2, 3, 2],
    property: 'recurrentKernel',
  },
};

describe('orthogonal', () => {
  for (const { map, start, c, q, shape } of golden.training)
    it(`orthogonal by ${map}: five steps of gradient descent end where torch's do`, async () => {
      const m = dense(shape[0]!, shape[1]!);
      m.setWeights([tf.tensor2d(start, shape as [number, number])]);
      const handle = orthogonal(m.layers[0]!, { map: map as OrthogonalMapName });
      expect((await handle.measure()).moved).toBeLessThan(2 ** -20);
      const along = tf.tensor2d(c, shape as [number, number]);
      const optimizer = tf.train.sgd(0.125);
      const one = tf.eye(shape[0]!);
      // The prediction for the rows of I is the kernel.
      for (let i = 0; i < 5; i++)
        optimizer.minimize(() => tf.sum(tf.mul(m.predict(one) as tf.Tensor, along)) as tf.Scalar);
      const got = await read(m);
      // Five steps, each with an error of 2^-20 in a product of four by four matrices, and it grows with the steps.
      for (const [i, wanted] of q.entries()) expect(Math.abs(got[i]! - wanted)).toBeLessThan(2 ** -15);
    });

  for (const [name, { layer, input, property, train }] of Object.entries(BUILDS))
    it(`orthogonal on ${name} stays orthogonal in training, and folds into a model that stock tfjs predicts bit for bit`, async () => {
      const m = tf.sequential({ layers: [layer()] });
      const x = tf.randomNormal(input, 0, 1, 'float32', 7);
      const handle = orthogonal(m.layers[0]!, property ? { property } : {});
      expect([handle.kind, handle.needsRecompile]).toEqual(['orthogonal', false]);
      const start = await valuesOf(handle.value());
      if (!train || hasKernel(train)) {
        m.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
        const y = tf.tidy(() => tf.onesLike(m.predict(x) as tf.Tensor));
        await m.fit(x, y, { epochs: 3, verbose: 0 });
        expect(maxAbsDifference(await valuesOf(handle.value()), start)).toBeGreaterThan(0);
      }
      // The base and the map are each orthogonal to the rounding of sums of up to 12 products.
      expect((await handle.measure()).drift).toBeLessThan(2 ** -17);
      const trained = await predicted(m, x);
      expect(await predicted(await loadStock(await foldedArtifacts(m)), x)).toEqual(trained);
      handle.fold();
      expect(await predicted(m, x)).toEqual(trained);
      expect(await predicted(await loadStock(await artifactsOf((to) => m.save(to))), x)).toEqual(trained);
    });

  for (const map of ['matrixExp', 'cayley', 'householder'] as const)
    for (const [rows, cols] of [
      [4, 4],
      [6, 3],
      [2, 5],
    ] as const)
      it(`orthogonal by ${map} of [${rows}, ${cols}] begins at the nearest, is written to by its right inverse, and keeps the weight in reproject`, async () => {
        const m = dense(rows, cols);
        const before = await read(m);
        const handle = orthogonal(m.layers[0]!, { map });
        const nearest = await valuesOf(orthonormal(tf.tensor2d(before, [rows, cols]), { iterations: 30 }));
        // Products with the base, and a completion, of sums of up to 6.
        expect(maxAbsDifference(await read(m), nearest)).toBeLessThan(2 ** -17);
        const { moved } = await handle.measure();
        expect(Math.abs(moved - maxAbsDifference(before, nearest))).toBeLessThan(2 ** -16);
        const other = orthonormal(tf.randomNormal([rows, cols], 0, 1, 'float32', 21), { iterations: 30 });
        weightsOf(m)[0]!.write(other);
        expect(maxAbsDifference(await read(m), await valuesOf(other))).toBeLessThan(2 ** -17);
        // Away from the base, then there anew.
        tf.tidy(() => handle.raw.assign(tf.add(handle.raw, tf.randomNormal([rows, cols], 0, 0.5, 'float32', 4))));
        const away = await read(m);
        expect(maxAbsDifference(away, await valuesOf(weightsOf(m)[0]!.read()))).toBe(0);
        handle.reproject();
        expect(maxAbsDifference(await read(m), away)).toBeLessThan(2 ** -17);
        handle.restore();
        expect(await read(m)).toEqual(before);
        expect(parametrizationsOf(m)).toEqual([]);
      });

  it('orthogonal fills up a weight without full rank', async () => {
    for (const values of [new Array(12).fill(0), [1, 2, 3, 2, 4, 6, 3, 6, 9, 0, 0, 0]]) {
      const m = dense(4, 3);
      m.setWeights([tf.tensor2d(values, [4, 3])]);
      // As above; a rank of one is not seen to the last digit.
      expect((await orthogonal(m.layers[0]!).measure()).drift).toBeLessThan(2 ** -16);
    }
  });

  it('orthogonal: fold, restore and a disposed model leave no tensor behind', async () => {
    const leak = await leakOf(async () => {
      const m = dense(4, 3);
      const handle = orthogonal(m.layers[0]!);
      await handle.measure();
      handle.reproject();
      handle.restore();
      orthogonal(m.layers[0]!).fold();
      const gone = orthogonal(m.layers[0]!);
      m.dispose();
      gone.restore();
      await expect(gone.measure()).rejects.toThrow('measure: parametrization must be in place');
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
  });

  it('orthogonal is refused on a weight with a parametrization or a constraint, and then nothing has changed', async () => {
    const m = dense(4, 3);
    const before = await read(m);
    const norm = weightNorm(m.layers[0]!);
    expect(() => orthogonal(m.layers[0]!)).toThrow(
      'orthogonal: weight must not be parametrized already, got a/kernel with weightNorm',
    );
    norm.restore();
    const handle = await constrain(m, [{ constraint: 'unitNorm' }]);
    const leak = await leakOf(async () => {
      expect(() => orthogonal(m.layers[0]!)).toThrow('weight must not be constrained, got a/kernel with unitNorm');
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    handle.restore();
    expect(await read(m)).toEqual(before);
    expect(() => orthogonal(m.layers[0]!, { map: 'qr' as never })).toThrow(
      'orthogonal: map must be one of matrixExp, cayley, householder, got "qr"',
    );
  });
});
