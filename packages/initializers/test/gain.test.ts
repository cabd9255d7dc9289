import { expect, it } from 'vitest';
import { gain } from '../src/index.ts';
import { golden } from './support.ts';

interface Case {
  name: string;
  param: number | null;
  gain: number;
}

it.each(golden<Case>('torch-gain'))(
  "gain('$name', slope $param) is torch.nn.init.calculate_gain",
  ({ name, param, gain: wanted }) => {
    const ours = param === null ? gain(name) : gain(name, { slope: param });
    // Python's float64 and ours round a quotient and a root each: 2 ulp of numbers below 2.
    expect(Math.abs(ours - wanted)).toBeLessThanOrEqual(2 ** -51);
  },
);

// Simpson's rule with 4096 pieces of 12 errs by 12 (12 / 4096)^4 / 180 times a fourth derivative below 100 on each side: 5e-10.
const QUADRATURE = 1e-9;

it('gain(f) is that of the name for relu, leakyRelu and linear', () => {
  expect(Math.abs(gain((z) => Math.max(0, z)) - Math.SQRT2)).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain((z) => (z < 0 ? 0.2 * z : z)) - gain('leakyRelu', { slope: 0.2 }))).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain((z) => z) - 1)).toBeLessThan(QUADRATURE);
});

it('gain(f) is the closed form where there is one: |z|, z^2 (E z^4 = 3), cos (E cos^2 = (1 + e^-2) / 2), exp (E e^2z = e^2)', () => {
  expect(Math.abs(gain(Math.abs) - 1)).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain((z) => z * z) - 1 / Math.sqrt(3))).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain(Math.cos) - 1 / Math.sqrt((1 + Math.exp(-2)) / 2))).toBeLessThan(QUADRATURE);
  expect(Math.abs(gain(Math.exp) - Math.exp(-1))).toBeLessThan(QUADRATURE);
});

it('gain refuses names that it does not know, slopes without use, and functions without a variance', () => {
  expect(() => gain('gelu')).toThrow(
    'gain: activation must be linear, sigmoid, tanh, relu, selu, leakyRelu or a function',
  );
  expect(() => gain('toString')).toThrow(RangeError);
  expect(() => gain('relu', { slope: 0.1 })).toThrow('gain: slope must come with leakyRelu, got "relu"');
  expect(() => gain('leakyRelu', { slope: Number.NaN })).toThrow('gain: slope must be finite, got NaN');
  expect(() => gain(() => 0)).toThrow('gain: activation must have a mean square above 0 and finite');
  expect(() => gain(3 as never)).toThrow(TypeError);
});
