import * as tf from '@tensorflow/tfjs';
import { hasKernel, leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradientTimesInput } from '../../src/attribution/gradient-times-input.ts';
import { integratedGradients } from '../../src/attribution/integrated-gradients.ts';
import { saliency } from '../../src/attribution/saliency.ts';
import golden from '../golden/attribution.json' with { type: 'json' };
import { goldenValues } from '../golden-values.ts';
import { withKernels } from './with-kernels.ts';

const at = (shape: number[], seed: number, scale = 1) =>
  tf.tensor(goldenValues({ shape, seed, scale, zero: 1000 }), shape);

/** A model with the weights of golden/weight_metrics_attribution.py, seeds counted up from the first. */
function withSeeds(layers: tf.layers.Layer[], first: number): tf.Sequential {
  const model = tf.sequential({ layers });
  const values = model.getWeights().map(({ shape }, i) => at(shape, first + i));
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

const NETS: Record<string, () => tf.Sequential> = {
  mlp: () =>
    withSeeds(
      [
        tf.layers.dense({ units: 5, inputShape: [4], activation: 'tanh' }),
        tf.layers.dense({ units: 3, activation: 'softmax' }),
      ],
      1,
    ),
  conv: () =>
    withSeeds(
      [
        tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [5, 5, 2], activation: 'relu' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
      5,
    ),
};

/** Up to 64 float32 operations of up to 5 ulp, on numbers of this size. */
const near = (values: ArrayLike<number>, expected: readonly number[]) => {
  const most = 64 * 5 * 2 ** -24 * Math.max(1, ...expected.map(Math.abs));
  for (let i = 0; i < expected.length; i++) expect(Math.abs(values[i]! - expected[i]!)).toBeLessThan(most);
};

/** w · x + 1. */
function linear(w: readonly number[]): tf.Sequential {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [w.length] })] });
  const values = [tf.tensor2d([...w], [w.length, 1]), tf.tensor1d([1])];
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

describe('saliency, gradientTimesInput and integratedGradients', () => {
  it.each(golden.nets)('they equal torch and what captum defines on $net, example by example', (one) =>
    withKernels(async () => {
      const { net, shape, output, ...expected } = one;
      const model = NETS[net]!();
      const x = at(shape, net === 'mlp' ? 11 : 12, 2);
      near(await valuesOf(saliency(model, x, { output })), expected.saliency);
      near(await valuesOf(gradientTimesInput(model, x, { output })), expected.gradientTimesInput);
      const baseline = at([1, ...shape.slice(1)], 13);
      for (const [start, told] of [
        [0, expected.fromZero],
        [baseline, expected.fromBaseline],
      ] as const) {
        const { attributions, residual } = integratedGradients(model, x, {
          output,
          baseline: start,
          steps: told.steps,
        });
        expect([attributions.shape, residual.shape]).toEqual([shape, [shape[0]]]);
        near(await valuesOf(attributions), told.attributions);
        near(await valuesOf(residual), told.delta);
      }
      tf.dispose([x, baseline]);
      model.dispose();
    }),
  );

  it('of a linear model they are |w|, w x and w (x - baseline), with no residual at any number of steps', async () => {
    const number = fc.integer({ min: -16, max: 16 }).map((n) => n / 4);
    const three = fc.tuple(number, number, number);
    await fc.assert(
      fc.asyncProperty(three, three, number, fc.integer({ min: 1, max: 4 }), async (w, example, baseline, steps) => {
        const [model, x] = [linear(w), tf.tensor2d([example])];
        near(await valuesOf(saliency(model, x)), w.map(Math.abs));
        near(
          await valuesOf(gradientTimesInput(model, x)),
          w.map((one, i) => one * example[i]!),
        );
        const { attributions, residual } = integratedGradients(model, x, { baseline, steps });
        near(
          await valuesOf(attributions),
          w.map((one, i) => one * (example[i]! - baseline)),
        );
        near(await valuesOf(residual), [0]);
        x.dispose();
        model.dispose();
      }),
      { numRuns: 10 },
    );
  });

  it('two models that compute the same have the same, and an input that no weight reads has nothing', async () => {
    const hidden = [0.5, -1, 2, 1.5, 0, 0];
    const out = [1, -0.5];
    const net = (w: readonly number[], v: readonly number[]) => {
      const model = tf.sequential({
        layers: [
          tf.layers.dense({ units: 2, inputShape: [3], activation: 'relu', useBias: false }),
          tf.layers.dense({ units: 1, useBias: false }),
        ],
      });
      const values = [tf.tensor2d([...w], [3, 2]), tf.tensor2d([...v], [2, 1])];
      model.setWeights(values);
      tf.dispose(values);
      return model;
    };
    // Units swapped, and the first times 4, which is taken out again behind its ReLU.
    const twin = [hidden[1]!, 4 * hidden[0]!, hidden[3]!, 4 * hidden[2]!, hidden[5]!, 4 * hidden[4]!];
    const [a, b] = [net(hidden, out), net(twin, [out[1]!, out[0]! / 4])];
    const x = at([5, 3], 3, 2);
    for (const method of [
      saliency,
      gradientTimesInput,
      (m: tf.Sequential, y: tf.Tensor) => tf.tidy(() => integratedGradients(m, y).attributions),
    ]) {
      const [one, other] = [await valuesOf(method(a, x)), await valuesOf(method(b, x))];
      near(one, Array.from(other));
      expect(
        Array.from(one)
          .filter((_, i) => i % 3 === 2)
          .every((value) => value === 0),
      ).toBe(true);
    }
    x.dispose();
    a.dispose();
    b.dispose();
  });

  it('an output that only one input changes is that input alone, and gets all of the change', async () => {
    const model = withSeeds(
      [tf.layers.dense({ units: 4, inputShape: [3], activation: 'sigmoid' }), tf.layers.dense({ units: 1 })],
      31,
    );
    const [x, baseline] = [tf.tensor2d([[1, 2, 3]]), tf.tensor2d([[1, -2, 3]])];
    const { attributions, residual } = integratedGradients(model, x, { baseline });
    const change = tf.tidy(() => tf.sub(model.apply(x) as tf.Tensor, model.apply(baseline) as tf.Tensor));
    const [parts, [left], [moved]] = [await valuesOf(attributions), await valuesOf(residual), await valuesOf(change)];
    expect([parts[0], parts[2]].map((part) => Math.abs(part!))).toEqual([0, 0]);
    // Far above what `near` allows.
    expect(Math.abs(moved!)).toBeGreaterThan(0.005);
    near(parts.slice(1, 2), [moved!]);
    near([left!], [0]);
    tf.dispose([x, baseline]);
    model.dispose();
  });

  it('outputs, inputs and models that cannot be are refused by name; nothing leaks', async () => {
    const model = NETS.mlp!();
    const x = at([2, 4], 3);
    expect(() => saliency(model, x)).toThrow('saliency: output must be an integer from 0 to 2, got undefined');
    expect(() => gradientTimesInput(model, x, { output: 3 })).toThrow(
      'gradientTimesInput: output must be an integer from 0 to 2, got 3',
    );
    expect(() => integratedGradients(model, x, { output: 0, steps: 0 })).toThrow(
      'integratedGradients: steps must be an integer from 1 to 1000, got 0',
    );
    expect(() => integratedGradients(model, x, { output: 0, baseline: Number.NaN })).toThrow(
      'integratedGradients: baseline must be finite in float32, got NaN',
    );
    const wrong = tf.zeros([3, 4]);
    expect(() => integratedGradients(model, x, { output: 0, baseline: wrong })).toThrow(
      'integratedGradients: baseline must be a number or have shape [2,4] or [1,4], got [3, 4]',
    );
    const [p, q] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const both = tf.layers.add().apply([p, q]) as tf.SymbolicTensor;
    const twoIn = tf.model({ inputs: [p, q], outputs: both });
    const twoOut = tf.model({ inputs: p, outputs: [tf.layers.reLU().apply(p) as tf.SymbolicTensor, p] });
    const pair = tf.zeros([1, 2]);
    expect(() => saliency(twoIn, pair)).toThrow('saliency: model must have one input, got 2');
    expect(() => saliency(twoOut, pair)).toThrow('saliency: model must have one output tensor, got 2');
    expect(
      await leakOf(() => tf.dispose([saliency(model, x, { output: 1 }), gradientTimesInput(model, x, { output: 1 })])),
    ).toEqual({ tensors: 0, variables: 0 });
    expect(
      await leakOf(() => {
        const { attributions, residual } = integratedGradients(model, x, { output: 1, steps: 3 });
        tf.dispose([attributions, residual]);
      }),
    ).toEqual({ tensors: 0, variables: 0 });
    tf.dispose([x, wrong, pair]);
    model.dispose();
  });

  it('an input that is only looked up has no gradient, and the error says so', () => {
    const words = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 4, outputDim: 2, inputLength: 3 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const x = tf.tensor2d([[1, 2, 3]]);
    const before = tf.memory().numTensors;
    expect(() => saliency(words, x)).toThrow(
      'saliency: output must depend on x by operations that have a gradient, got "',
    );
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
    words.dispose();
  });

  it('a kernel that the backend lacks is named with the remedy, and with it there it works', async () => {
    if (hasKernel('Conv2DBackpropFilter')) return;
    // The gradient of a convolution without an activation computes that of its kernel along with it.
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 1, kernelSize: 2, inputShape: [3, 3, 1] }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const x = at([1, 3, 3, 1], 1);
    const call = () => saliency(model, x);
    expect(call).toThrow(
      'saliency: backend must have the kernels of gradients, got wasm without Conv2DBackpropFilter; call fillMissingKernels() of @weightkit/core',
    );
    await withKernels(async () => expect(await valuesOf(call())).toHaveLength(9));
    x.dispose();
    model.dispose();
  });
});
