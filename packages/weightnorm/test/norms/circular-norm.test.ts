import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts } from '@weightkit/core';
import { hasKernel, leakOf, loadStock, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { spectralNorm } from '../../src/index.ts';
import golden from '../golden/circular.json' with { type: 'json' };

type Case = (typeof golden.cases)[number];

const convolution = (
  { shape, kernel, dilation }: Pick<Case, 'shape' | 'kernel' | 'dilation'>,
  padding: 'same' | 'valid' = 'valid',
): tf.Sequential => {
  const [inputs, filters] = shape.slice(-2) as [number, number];
  const kernelSize = shape.slice(0, -2);
  const shared = { filters, kernelSize, padding, useBias: false, dilationRate: dilation as number | [number, number] };
  const layer =
    kernelSize.length === 1
      ? tf.layers.conv1d({ ...shared, kernelSize: kernelSize[0]!, dilationRate: dilation[0]!, inputShape: [9, inputs] })
      : tf.layers.conv2d({ ...shared, kernelSize, inputShape: [9, 9, inputs] } as never);
  const model = tf.sequential({ layers: [layer] });
  tf.tidy(() => model.setWeights([tf.tensor(kernel, shape)]));
  return model;
};

/** A dozen roundings of sums of up to 50 products, and what 100 steps leave where the second value is 0.96 of the first. */
const SIGMA = 1e-4;

describe('spectralNorm with size', () => {
  for (const one of golden.cases)
    it(`spectralNorm of [${one.shape}] around images of [${one.size}] has value and gradient by numpy's fft and svd and torch's operator`, async () => {
      const model = convolution(one);
      const handle = spectralNorm(model.layers[0]!, { size: one.size, iterations: 50 });
      const dw = tf.tensor(one.dw, one.shape);
      // The golden's second values at their frequency are below 0.97 of the largest; a dozen roundings of sums of up to 50 products.
      expect(maxAbsDifference(await valuesOf(handle.value()), one.value)).toBeLessThan(SIGMA);
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.mul(handle.value(), dw)) as tf.Scalar, [handle.raw]);
      expect(maxAbsDifference(await valuesOf(grads[handle.raw.name]!), one.gradient)).toBeLessThan(10 * SIGMA);
      value.dispose();
      dw.dispose();
      model.dispose();
    });

  it('spectralNorm with size leaves zeros at the edges below 1 as the guide says: by size + kernel − 1, and not by size', async () => {
    for (const { sigma, sigmaWider, same, valid } of golden.cases) {
      expect(same).toBeLessThanOrEqual(sigmaWider * (1 + 1e-12));
      expect(valid).toBeLessThanOrEqual(sigma * (1 + 1e-12));
    }
    // 1 − e^(iω) on a circle of 3 is √3 at most; with zeros it is 2 cos(π / 7), on one of 4 it is 2.
    const one = { shape: [2, 1, 1], kernel: [1, -1], dilation: [1] };
    const model = convolution(one, 'same');
    const around = spectralNorm(model.layers[0]!, { size: [3] });
    const [first] = await valuesOf(around.value());
    expect(first).toBeCloseTo(1 / Math.sqrt(3), 5);
    expect(2 * Math.cos(Math.PI / 7) * first!).toBeGreaterThan(1);
    around.restore();
    const wider = spectralNorm(model.layers[0]!, { size: [4] });
    expect((await valuesOf(wider.value()))[0]).toBeCloseTo(0.5, 5);
    model.dispose();
  });

  it('spectralNorm with size does the transposed convolution, the same operator turned around, and strides as without', async () => {
    const [one] = golden.cases.slice(2);
    const kernel = tf.tensor(one!.kernel, one!.shape);
    const layer = tf.layers.conv2dTranspose({
      filters: one!.shape[2]!,
      kernelSize: [3, 3],
      strides: 2,
      useBias: false,
      inputShape: [4, 4, one!.shape[3]!],
    });
    const model = tf.sequential({ layers: [layer] });
    model.setWeights([kernel]);
    const handle = spectralNorm(layer, { size: one!.size });
    expect(maxAbsDifference(await valuesOf(handle.value()), one!.value)).toBeLessThan(SIGMA);
    kernel.dispose();
    model.dispose();
  });

  it('spectralNorm with size trains, stands still in predict, folds for stock bit for bit and leaves no tensor behind', async ({
    skip,
  }) => {
    skip(!hasKernel('Conv2DBackpropFilter'), 'this backend cannot train convolutions');
    const [one] = golden.cases.slice(2);
    const run = async (): Promise<void> => {
      const model = convolution(one!, 'same');
      model.add(tf.layers.flatten());
      const handle = spectralNorm(model.layers[0]!, { size: [11, 11], mode: 'atMost' });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const x = tf.randomNormal([4, 9, 9, 2], 0, 1, 'float32', 3);
      const y = tf.zeros([4, 9 * 9 * 3]);
      await model.fit(x, y, { epochs: 1, verbose: 0 });
      const before = await valuesOf(handle.vectors.u.clone());
      const predicted = await valuesOf(model.predict(x) as tf.Tensor);
      expect(await valuesOf(handle.vectors.u.clone())).toEqual(before);
      const stock = await loadStock(await foldedArtifacts(model));
      expect(await valuesOf(stock.predict(x) as tf.Tensor)).toEqual(predicted);
      handle.fold();
      expect(await valuesOf(model.predict(x) as tf.Tensor)).toEqual(predicted);
      tf.dispose([x, y]);
      stock.dispose();
      model.dispose();
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
  });

  it('spectralNorm with size has a zero kernel at zero and finite gradients', async () => {
    const model = convolution({ shape: [3, 2, 3], kernel: new Array(18).fill(0), dilation: [1] });
    const handle = spectralNorm(model.layers[0]!, { size: [6] });
    const { value, grads } = tf.variableGrads(() => tf.sum(handle.value()) as tf.Scalar, [handle.raw]);
    expect(await valuesOf(handle.value())).toEqual(new Float32Array(18));
    expect(await valuesOf(grads[handle.raw.name]!)).toEqual(new Float32Array(18));
    value.dispose();
    model.dispose();
  });

  it('spectralNorm refuses a size of another kind of layer, of another rank or below the kernel, and an axis beside it', () => {
    const dense = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] })] });
    const model = convolution(golden.cases[4]!);
    const of =
      (size: unknown, more: object = {}) =>
      () =>
        spectralNorm(model.layers[0]!, { size: size as number[], ...more });
    expect(() => spectralNorm(dense.layers[0]!, { size: [4] })).toThrow(
      'spectralNorm: size must be left out but for kernels of Conv1D',
    );
    expect(of([4, 4])).toThrow('spectralNorm: size must be a list of 1 numbers');
    expect(of([4])).toThrow('spectralNorm: size must be of integers from [5]');
    expect(of([8], { axis: 2 })).toThrow('spectralNorm: axis must be left out where size is given');
    expect(of('8')).toThrow('spectralNorm: size must be a list');
    dense.dispose();
    model.dispose();
  });
});
