import * as tf from '@tensorflow/tfjs';
import { finiteValues, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import { type AwqLayer, adaRound, awq, dequantizeValues, type GptqLayer, gptq } from '../../src/index.ts';
import { golden } from '../helpers.ts';
import { valuesOf, withBoth, withWeights } from './helpers.ts';

interface Golden {
  call: 'simpleRNN' | 'lstm' | 'gru' | 'separableConv2d' | 'conv2dTranspose';
  shape: number[];
  x: number[];
  weights: Record<string, number[]>;
  rows: number;
  values: Record<'gptq' | 'awq', Record<string, number[]>>;
  errors?: Record<string, number>;
}

const { layers } = tf;

const make = ({ call, shape }: Golden): tf.Sequential => {
  const inputShape = shape.slice(1);
  const layer = {
    simpleRNN: () => layers.simpleRNN({ units: 5, inputShape }),
    lstm: () => layers.lstm({ units: 5, inputShape }),
    gru: () => layers.gru({ units: 5, inputShape }),
    separableConv2d: () => layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, inputShape }),
    conv2dTranspose: () =>
      layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', inputShape }),
  }[call]();
  return tf.sequential({ layers: [layer] });
};

/** Runs with the golden's model and its inputs, and looks that no tensor stays. */
const withGolden = (g: Golden, run: (model: tf.Sequential, x: tf.Tensor) => Promise<void>) =>
  withBoth(
    () => make(g),
    g.shape,
    async (model) => {
      for (const weight of weightsOf(model))
        tf.tidy(() => weight.write(tf.tensor(g.weights[weight.property!]!, [...weight.shape])));
      const x = tf.tensor(g.x, g.shape);
      await run(model, x);
      x.dispose();
    },
  );

const METHODS = { gptq, awq } as const;

const CASES = golden<Golden>('kernels-of-layers').flatMap((g) =>
  (['gptq', 'awq'] as const).map((method) => [method, g.call, g] as const),
);

/** All kinds of layers one after another, by whatever they are wrapped in. */
const everyKind = () =>
  withWeights(
    tf.sequential({
      layers: [
        layers.separableConv2d({ filters: 4, kernelSize: 3, activation: 'tanh', inputShape: [6, 6, 2], name: 's' }),
        layers.conv2dTranspose({ filters: 3, kernelSize: 2, activation: 'tanh', name: 't' }),
        layers.reshape({ targetShape: [5, 15] }),
        layers.bidirectional({
          layer: layers.gru({ units: 4, returnSequences: true }) as tf.layers.RNN,
          mergeMode: 'concat',
          name: 'b',
        }),
        layers.timeDistributed({ layer: layers.dense({ units: 5, activation: 'tanh' }), name: 'd' }),
        layers.lstm({ units: 4, returnSequences: true, name: 'l' }),
        layers.simpleRNN({ units: 3, name: 'r' }),
      ],
    }),
  );

const ORDER = [
  's/depthwiseKernel',
  's/pointwiseKernel',
  't/kernel',
  'b/forward/cell/kernel',
  'b/forward/cell/recurrentKernel',
  'b/backward/cell/kernel',
  'b/backward/cell/recurrentKernel',
  'd/layer/kernel',
  'l/cell/kernel',
  'l/cell/recurrentKernel',
  'r/cell/kernel',
  'r/cell/recurrentKernel',
];

describe('kernels of recurrent, separable and transposed layers', () => {
  it.each(CASES)('%s(model, { x }) is what numpy makes of the kernels of %s', async (method, _, g) => {
    await withGolden(g, async (model, x) => {
      const report = await METHODS[method](model, { x });
      expect(report.layers.map(({ path }) => path.split('/').at(-1))).toEqual(Object.keys(g.values[method]));
      for (const { path, rows, error, nearest } of report.layers) {
        expect(rows).toBe(g.rows);
        expect(error).toBeLessThanOrEqual(nearest);
        const wanted = g.values[method][path.split('/').at(-1)!]!;
        const found = await finiteValues('test', weightsOf(model, path)[0]!);
        // Equal codes. GPTQ's scales are those of the weights as they were given; AWQ's are of means of float32 activations as well,
        // which are sums of up to 18 products, and on WebGPU of states whose tanh is rounded more.
        const room = method === 'gptq' ? 0 : tf.getBackend() === 'webgpu' ? 2 ** -11 : 2 ** -19;
        for (const [i, value] of wanted.entries())
          expect(Math.abs(found[i]! - value)).toBeLessThanOrEqual(room * Math.abs(value));
      }
    });
  });

  it.each(golden<Golden>('kernels-of-layers').filter(({ errors }) => errors))(
    'gptq(model, { x }): error of a kernel of $call is that of its own inputs, step by step',
    async (g) => {
      await withGolden(g, async (model, x) => {
        const report = await gptq(model, { x });
        for (const { path, error } of report.layers) {
          const wanted = g.errors![path.split('/').at(-1)!]!;
          // States of float32 by sums of 9 products, over 6 steps; more on WebGPU.
          const room = tf.getBackend() === 'webgpu' ? 2 ** -9 : 2 ** -16;
          expect(Math.abs(error / wanted - 1)).toBeLessThan(room);
        }
      });
    },
  );

  it.each(['separableConv2d', 'conv2dTranspose'])(
    'gptq(model, { x }): error is by how much the outputs of %s change',
    async (call) => {
      const g = golden<Golden>('kernels-of-layers').find((one) => one.call === call)!;
      await withGolden(g, async (model, x) => {
        const outputs = async () => {
          const y = model.predictOnBatch(x) as tf.Tensor;
          return Float64Array.from(await y.data().finally(() => y.dispose()));
        };
        const norm = (v: Float64Array) => Math.sqrt(v.reduce((sum, y) => sum + y * y, 0));
        const last = call === 'conv2dTranspose' ? '*/kernel' : '*/pointwiseKernel';
        const before = await outputs();
        const { layers: found } = await gptq(model, { x }, { dtype: 'int4', filter: last });
        const after = await outputs();
        const measured = norm(before.map((y, i) => y - after[i]!)) / norm(before);
        // Outputs of float32, sums of up to 18 products and of 6; more on WebGPU.
        const room = tf.getBackend() === 'webgpu' ? 2 ** -10 : 2 ** -15;
        expect(Math.abs(measured - found[0]!.error)).toBeLessThan(room);
      });
    },
  );

  it.each([
    ['gptq', (...args: Parameters<typeof gptq>) => gptq(...args)],
    ['awq', (...args: Parameters<typeof awq>) => awq(...args)],
    [
      'adaRound',
      (...args: Parameters<typeof gptq>) =>
        adaRound(args[0], args[1], { dtype: 'int3', group: 3, iterations: 40, learningRate: 0.1 }),
    ],
  ] as const)('%s goes through every kind of layer, wrapped ones too, and puts all back', async (name, method) => {
    await withBoth(everyKind, [8, 6, 6, 2], async (model, data) => {
      const before = await valuesOf(model);
      const report = await method(model, data, { dtype: 'int3', group: 3 });
      expect(report.layers.map(({ path }) => path)).toEqual(ORDER);
      for (const { error, nearest } of report.layers) {
        expect(error).toBeGreaterThan(0);
        // GPTQ goes on from what is rounded already: it is nearer on the whole, not in each kernel.
        if (name !== 'gptq') expect(error).toBeLessThanOrEqual(nearest);
      }
      expect(report.layers.filter(({ error, nearest }) => error < nearest).length).toBeGreaterThan(6);
      expect(report.skipped.every(({ reason }) => reason === 'it is no kernel')).toBe(true);
      report.restore();
      expect(await valuesOf(model)).toEqual(before);
    });
  });

  it('gptq(model, { x }): codes of a transposed kernel are a matrix [window and inputs, outputs]', async () => {
    await withBoth(everyKind, [8, 6, 6, 2], async (model, data) => {
      const { layers: found } = await gptq(model, data, { filter: 't/kernel' });
      const { quantized } = found[0]!;
      expect(quantized.shape).toEqual([2 * 2 * 4, 3]);
      const kernel = weightsOf(model, 't/kernel')[0]!;
      expect(kernel.shape).toEqual([2, 2, 3, 4]);
      const matrix = dequantizeValues(quantized);
      // Row (place, in) and column out of the matrix stand at [place, out, in] of the kernel.
      const wanted = matrix.map((_, i) => {
        const [place, out, channel] = [Math.floor(i / 12), Math.floor(i / 4) % 3, i % 4];
        return matrix[(place * 4 + channel) * 3 + out]!;
      });
      expect(await finiteValues('test', kernel)).toEqual(wanted);
    });
  });

  it.each([
    ['gptq', gptq],
    ['awq', awq],
  ] as const)('%s(model, { x }, { resume }) goes on inside a recurrent layer, to the bit', async (_, method) => {
    await withBoth(everyKind, [8, 6, 6, 2], async (model, data) => {
      const whole = await method(model, data, { dtype: 'int3' });
      const after = await valuesOf(model);
      whole.restore();
      const kept = structuredClone(whole.layers.slice(0, 5)) as (GptqLayer & AwqLayer)[];
      const again = await method(model, data, { dtype: 'int3', resume: kept });
      expect(await valuesOf(model)).toEqual(after);
      expect(again.layers).toEqual(whole.layers);
    });
  });

  it('awq(model, { x }) has factors of the states, and of what a gate leaves of them, for a GRU', async () => {
    await withBoth(everyKind, [8, 6, 6, 2], async (model, data) => {
      const { layers: found } = await awq(model, data, { filter: 'b/forward/cell/*ernel', dtype: 'int3' });
      const { path, quantized, factors, alphas } = found[1]!;
      expect([path, factors.length, alphas.length]).toEqual(['b/forward/cell/recurrentKernel', 4 * 2, 2]);
      const values = await finiteValues('test', weightsOf(model, path)[0]!);
      const wanted = dequantizeValues(quantized).map((v, i) => {
        const [input, column] = [Math.floor(i / 12), i % 12];
        return v / factors[2 * input + (column < 8 ? 0 : 1)]!;
      });
      expect(values).toEqual(wanted);
    });
  });
});
