import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { finiteValues, hasProducts, inCallOrder, inputGrams, outputEnergy, weightsOf } from '../../src/index.ts';

const wave = (shape: number[], seed: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(seed + 1.3 * i * i + 0.7 * i)),
    shape,
  );

const { layers } = tf;
const CASES: [string, tf.layers.Layer, number[]][] = [
  ['Dense', layers.dense({ units: 3, useBias: false, inputShape: [4] }), [5, 4]],
  ['Dense over places', layers.dense({ units: 3, useBias: false, inputShape: [2, 4] }), [5, 2, 4]],
  ['Conv1D', layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, useBias: false, inputShape: [6, 2] }), [2, 6, 2]],
  [
    'Conv2D, padded',
    layers.conv2d({ filters: 2, kernelSize: [2, 3], padding: 'same', useBias: false, inputShape: [4, 5, 3] }),
    [2, 4, 5, 3],
  ],
];

describe('inputGrams', () => {
  it.each(CASES)(
    'outputEnergy(inputGrams(fn, model, kernel, x), W) is the square of the outputs of %s',
    async (_, layer, shape) => {
      const model = tf.sequential({ layers: [layer] });
      const x = wave(shape, 1);
      const kernel = weightsOf(model)[0]!;
      const value = wave([...kernel.shape], 2);
      kernel.write(value);
      const y = model.predict(x) as tf.Tensor;
      const tensors = tf.memory().numTensors;
      const { grams, inputs, rows } = await inputGrams('ask', model, kernel, x);
      expect(tf.memory().numTensors).toBe(tensors);
      const outputs = kernel.shape.at(-1)!;
      expect(inputs).toBe(kernel.shape.slice(0, -1).reduce((a, b) => a * b, 1));
      expect(rows * outputs).toBe(y.size);
      const found = outputEnergy(grams[0]!, Float64Array.from(await finiteValues('ask', kernel)), outputs);
      const wanted = Float64Array.from(await y.data()).reduce((sum, v) => sum + v * v, 0);
      // float32 outputs of at most 18 products each: 20 roundings of 2^-24, and the squares twice that.
      expect(Math.abs(found - wanted)).toBeLessThan(64 * 2 ** -24 * wanted);
      tf.dispose([x, value, y]);
      model.dispose();
    },
  );

  it('inputGrams has a matrix for each channel of a depthwise convolution, whose energies are those of the outputs', async () => {
    const layer = layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, useBias: false, inputShape: [4, 4, 3] });
    const model = tf.sequential({ layers: [layer] });
    const x = wave([2, 4, 4, 3], 3);
    const kernel = weightsOf(model)[0]!;
    const y = model.predict(x) as tf.Tensor;
    const { grams, inputs } = await inputGrams('ask', model, kernel, x);
    expect([grams.length, inputs]).toEqual([3, 4]);
    const w = await finiteValues('ask', kernel);
    let found = 0;
    for (const [c, gram] of grams.entries())
      found += outputEnergy(
        gram,
        Float64Array.from({ length: 8 }, (_, i) => w[((i >> 1) * 3 + c) * 2 + (i & 1)]!),
        2,
      );
    const wanted = Float64Array.from(await y.data()).reduce((sum, v) => sum + v * v, 0);
    expect(Math.abs(found - wanted)).toBeLessThan(64 * 2 ** -24 * wanted);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('inputGrams has the sums of |x| of each input, of windows place by place, of depthwise ones channel by channel', async () => {
    const ones = (layer: tf.layers.Layer) => {
      const model = tf.sequential({ layers: [layer] });
      return { model, kernel: weightsOf(model)[0]! };
    };
    const x = tf.tensor([1, -2, 3, -4, 5, 6, -7, 8], [1, 2, 2, 2]);
    const flat = tf.reshape(x, [4, 2]);
    const dense = ones(layers.dense({ units: 1, inputShape: [2] }));
    const deep = ones(layers.depthwiseConv2d({ kernelSize: [1, 2], useBias: false, inputShape: [2, 2, 2] }));
    const ofDense = await inputGrams('ask', dense.model, dense.kernel, flat);
    expect(ofDense.magnitudes.map((sums) => [...sums])).toEqual([[16, 20]]);
    const ofDeep = await inputGrams('ask', deep.model, deep.kernel, x);
    expect(ofDeep.magnitudes.map((sums) => [...sums])).toEqual([
      [6, 10],
      [8, 12],
    ]);
    tf.dispose([x, flat]);
    dense.model.dispose();
    deep.model.dispose();
  });

  it('inCallOrder(fn, model, weights, x) is the order of calls, and leaks nothing', () => {
    const input = tf.input({ shape: [2] });
    const late = layers.dense({ units: 2, name: 'late' });
    const early = layers.dense({ units: 2, name: 'early' });
    const model = tf.model({ inputs: input, outputs: late.apply(early.apply(input)) as tf.SymbolicTensor });
    const x = wave([3, 2], 1);
    const tensors = tf.memory().numTensors;
    const kernels = weightsOf(model).filter(hasProducts);
    expect(inCallOrder('ask', model, [...kernels].reverse(), x).map(({ path }) => path)).toEqual([
      'early/kernel',
      'late/kernel',
    ]);
    expect(tf.memory().numTensors).toBe(tensors);
    x.dispose();
    model.dispose();
  });
});
