import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { ACTIVATIONS } from '../../src/gains/activations.ts';
import { gain } from '../../src/gains/gain.ts';
import { golden } from './golden.ts';

interface Case {
  name: string;
  param: number | null;
  gain: number;
}

/** The activations of one number that TensorFlow.js has by name. */
const TFJS = [
  ...[
    'elu',
    'gelu',
    'gelu_new',
    'hardSigmoid',
    'linear',
    'mish',
    'relu',
    'relu6',
    'selu',
    'sigmoid',
    'softplus',
    'softsign',
  ],
  ...['swish', 'tanh'],
];

it.each(golden<Case>('torch-gain'))(
  "gain('$name', slope $param) is torch.nn.init.calculate_gain",
  ({ name, param, gain: wanted }) => {
    const ours = param === null ? gain(name) : gain(name, { slope: param });
    // Python's float64 and ours round a quotient and a root each: 2 ulp of numbers below 2.
    expect(Math.abs(ours - wanted)).toBeLessThanOrEqual(2 ** -51);
  },
);

/** The error of the quadrature is about 1e-15, see normal-mean.test.ts; the root halves it. */
const QUADRATURE = 1e-14;

it('gain(f) is that of the name for relu, leakyRelu and linear', () => {
  expect(Math.abs(gain((z) => Math.max(0, z)) - Math.SQRT2)).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain((z) => (z < 0 ? 0.2 * z : z)) - gain('leakyRelu', { slope: 0.2 }))).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain((z) => z) - 1)).toBeLessThan(QUADRATURE);
});

it('gain(f) is the closed form where there is one: |z|, z^2 (E z^4 = 3), cos and sin (E = (1 ± e^-2) / 2), exp (E e^2z = e^2)', () => {
  expect(Math.abs(gain(Math.abs) - 1)).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain((z) => z * z) - 1 / Math.sqrt(3))).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain(Math.cos) - 1 / Math.sqrt((1 + Math.exp(-2)) / 2))).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain(Math.sin) - 1 / Math.sqrt((1 - Math.exp(-2)) / 2))).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain(Math.exp) - Math.exp(-1))).toBeLessThan(QUADRATURE);
});

it("gain('gelu') is 1 / sqrt(1/3 + 1 / (2 pi sqrt 3)), Stein's lemma twice", () => {
  expect(Math.abs(gain('gelu') - 1 / Math.sqrt(1 / 3 + 1 / (2 * Math.PI * Math.sqrt(3))))).toBeLessThan(QUADRATURE);
});

it("gain('selu', { convention: 'variance' }) is 1: the fixed point that the activation was made for", () => {
  expect(Math.abs(gain('selu', { convention: 'variance' }) - 1)).toBeLessThan(QUADRATURE);
});

it.each(golden<{ call: string; name: string; gain: number }>('mpmath-gain'))(
  "gain('$name', { convention: 'variance' }) is $call",
  ({ name, gain: wanted }) => {
    expect(Math.abs(gain(name, { convention: 'variance' }) - wanted)).toBeLessThan(QUADRATURE);
  },
);

it('gain(name) takes the convention of PyTorch unless asked, and the names are activations of TensorFlow.js', async () => {
  expect(gain('tanh', { convention: 'torch' })).toBe(5 / 3);
  const named = new Map(Object.entries(ACTIVATIONS));
  for (const name of TFJS) {
    const layer = tf.layers.activation({ activation: name as 'relu' });
    const z = [-7, -2.75, -1, -0.1, 0, 0.3, 1, 2.75, 7];
    const theirs = await valuesOf(layer.apply(tf.tensor2d(z, [1, 9])) as tf.Tensor);
    const f = named.get(name === 'gelu_new' ? 'geluNew' : name)!;
    // Their functions are float32: some ulp of a number up to 7, and erf to 1.5e-7 (Abramowitz and Stegun 7.1.26).
    for (const [i, x] of z.entries()) expect(Math.abs(theirs[i]! - f(x))).toBeLessThan(3e-6);
  }
});

it('gain refuses names that it does not know, slopes without use, and functions without a variance', () => {
  expect(() => gain('softmax')).toThrow(
    'gain: activation must be leakyRelu, elu, gelu, geluNew, hardSigmoid, hardSwish, linear, mish, relu, relu6, selu, ',
  );
  expect(() => gain('relu', { convention: 'keras' as 'torch' })).toThrow('gain: convention must be torch or variance');
  expect(() => gain('toString')).toThrow(RangeError);
  expect(() => gain('relu', { slope: 0.1 })).toThrow('gain: slope must come with leakyRelu, got "relu"');
  expect(() => gain('leakyRelu', { slope: Number.NaN })).toThrow('gain: slope must be finite, got NaN');
  expect(() => gain(() => 0)).toThrow('gain: activation must have a mean square above 0 and finite');
  expect(() => gain(3 as never)).toThrow(TypeError);
});
