import { fft, ifft } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootsOfUnity } from '../../src/fourier/roots-of-unity.ts';
import { golden } from '../both.ts';
import { normalMatrix, uniforms, worstAt } from '../matrices.ts';

interface Case {
  n: number;
  re: number[];
  im: number[];
}

const length = fc.integer({ min: 1, max: 70 });
const sumOfSquares = (...parts: Float64Array[]) => parts.reduce((sum, x) => x.reduce((s, v) => s + v * v, sum), 0);

/** 4e-16 log2(8 n) times the root of the mean square of the values: a rounding or two for each of up to three transforms. */
const bound = (n: number, squares: number) => 4e-16 * Math.log2(8 * n) * Math.sqrt(squares / n);

/** The largest error of complex numbers, divided by the bound for values with that sum of squares. */
function errorOf(found: { re: Float64Array; im: Float64Array }, re: ArrayLike<number>, im: ArrayLike<number>): number {
  const [x, y] = [Float64Array.from(re), Float64Array.from(im)];
  // Single values may be a few times off the mean.
  const tolerance = 4 * bound(x.length, sumOfSquares(x, y));
  return Math.max(
    worstAt(found.re, x, () => tolerance),
    worstAt(found.im, y, () => tolerance),
  );
}

describe('fft and ifft', () => {
  it('fft(input) and ifft(input) agree with numpy.fft for powers of two, other lengths and primes', () => {
    const made = { fft: golden<Case>('transforms', 'fft'), ifft: golden<Case>('transforms', 'ifft') };
    expect(made.fft.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 32, 45, 64, 97]);
    for (const [call, transform] of [
      ['fft', fft],
      ['ifft', ifft],
    ] as const) {
      for (const { n, re, im } of made[call]) {
        expect(errorOf(transform({ re: uniforms(n, n), im: uniforms(n + 1, n) }), re, im)).toBeLessThan(1);
      }
    }
    for (const { n, re, im } of golden<Case>('transforms', 'real fft')) {
      expect(errorOf(fft({ re: uniforms(n, n) }), re, im)).toBeLessThan(1);
    }
  });
  it('ifft(fft(input)) is the input, and Parseval holds, up to lengths of 2^15 and 10007', () => {
    for (const n of [1, 2, 6, 100, 127, 2 ** 10, 2 ** 15, 10007]) {
      const [re, im] = [normalMatrix(n, 1, n), normalMatrix(n, 1, n + 1)];
      const there = fft({ re, im });
      expect(errorOf(ifft(there), re, im)).toBeLessThan(2);
      // Two sums of 2 n squares.
      const ratio = sumOfSquares(there.re, there.im) / n / sumOfSquares(re, im);
      expect(Math.abs(ratio - 1)).toBeLessThan(1e-14 + 4 * n * 1.2e-16);
    }
  });
  it('fft(input) turns a circular convolution into a product', () => {
    fc.assert(
      fc.property(length, fc.nat(1e6), (n, seed) => {
        const [a, b] = [normalMatrix(n, 1, seed), normalMatrix(n, 1, seed + 1)];
        const direct = a.map((_, k) => a.reduce((sum, v, j) => sum + v * b[(k - j + n) % n]!, 0));
        const [x, y] = [fft({ re: a }), fft({ re: b })];
        const product = {
          re: x.re.map((v, k) => v * y.re[k]! - x.im[k]! * y.im[k]!),
          im: x.re.map((v, k) => v * y.im[k]! + x.im[k]! * y.re[k]!),
        };
        // Three transforms, and the n terms of the sum made here.
        const tolerance = 20 * bound(n, sumOfSquares(a) * sumOfSquares(b) * n) + n * 1e-15;
        expect(worstAt(ifft(product).re, direct, () => tolerance)).toBeLessThan(1);
      }),
      { numRuns: 50 },
    );
  });
  it('fft(input) of one frequency is one line, of an impulse flat, of real numbers symmetric', () => {
    for (const n of [8, 9, 31]) {
      const { re, im } = rootsOfUnity(n);
      const line = Float64Array.from({ length: n }, (_, k) => (k === n - 1 ? n : 0));
      expect(errorOf(fft({ re, im }), line, new Float64Array(n))).toBeLessThan(1);
      const impulse = Float64Array.from({ length: n }, (_, k) => (k === 0 ? 1 : 0));
      expect(errorOf(fft({ re: impulse }), new Float64Array(n).fill(1), new Float64Array(n))).toBeLessThan(1);
      const real = fft({ re: normalMatrix(n, 1, n) });
      const mirrored = {
        re: real.re.map((_, k) => real.re[(n - k) % n]!),
        im: real.im.map((_, k) => -real.im[(n - k) % n]!),
      };
      expect(errorOf(mirrored, real.re, real.im)).toBeLessThan(1);
    }
  });
  it('fft(input * s) is fft(input) * s for powers of two s to the ends of float64', () => {
    for (const n of [8, 11]) {
      const [re, im] = [uniforms(n, n), uniforms(n + 1, n)];
      const plain = fft({ re, im });
      for (const power of [2 ** 1000, 2 ** -900]) {
        const scaled = fft({ re: re.map((v) => v * power), im: im.map((v) => v * power) });
        expect(scaled.re.map((v) => v / power)).toEqual(plain.re);
        expect(scaled.im.map((v) => v / power)).toEqual(plain.im);
      }
    }
    const least = fft({ re: Float64Array.of(5e-324, 0, 0) });
    expect(Array.from(least.re)).toEqual([5e-324, 5e-324, 5e-324]);
    expect(() => fft({ re: new Float64Array(4).fill(1e308) })).toThrow(
      'fft: input must have sums in the range of float64 at index 0, got Infinity',
    );
    // The sums on the way are beyond float64, the means are not.
    expect(Array.from(ifft({ re: new Float64Array(4).fill(1e308) }).re)).toEqual([1e308, 0, 0, 0]);
  });
  it('fft(input) of nothing is nothing, of zeros zeros, and leaves the input alone', () => {
    expect(fft({ re: new Float32Array(0) })).toEqual({ re: new Float64Array(0), im: new Float64Array(0) });
    expect(ifft({ re: new Float32Array(0) }).re.length).toBe(0);
    expect(fft({ re: new Float32Array(3) }).re.every((v) => v === 0)).toBe(true);
    const re = Float32Array.of(1, 2, 3, 4);
    expect(fft({ re })).toEqual({ re: Float64Array.of(10, -2, -2, -2), im: Float64Array.of(0, 2, 0, -2) });
    expect(Array.from(re)).toEqual([1, 2, 3, 4]);
  });
  it('fft(input) rejects non-finite entries, parts of different lengths and other things', () => {
    const re = Float64Array.of(1, 2);
    expect(() => fft({ re, im: Float64Array.of(0, Number.NaN) })).toThrow(
      'fft: entries must be finite, got NaN at im[1]',
    );
    expect(() => ifft({ re: Float64Array.of(Number.NEGATIVE_INFINITY) })).toThrow(
      'ifft: entries must be finite, got -Infinity at re[0]',
    );
    expect(() => fft({ re, im: Float64Array.of(0) })).toThrow('fft: im must have re.length = 2 entries, got 1');
    expect(() => fft({ re: [1] as never })).toThrow('fft: re must be a Float32Array or Float64Array, got [1]');
    expect(() => fft({} as never)).toThrow('fft: re must be a Float32Array or Float64Array, got undefined');
    expect(() => fft(null as never)).toThrow('fft: input must have re, and im if complex, got null');
    expect(() => fft({ re, n: 4 } as never)).toThrow('options must be among re, im, got "n"');
  });
});

describe('rootsOfUnity', () => {
  it('rootsOfUnity(n) are within a unit in the last place, and exact at the axes', () => {
    for (const n of [1, 2, 3, 4, 7, 8, 12, 24, 100]) {
      const { re, im } = rootsOfUnity(n);
      const angles = re.map((_, k) => (2 * Math.PI * k) / n);
      // The angle itself is rounded here, by up to 4.4e-16.
      expect(worstAt(re, angles.map(Math.cos), () => 1e-15)).toBeLessThan(1);
      expect(
        worstAt(
          im,
          angles.map((v) => -Math.sin(v)),
          () => 1e-15,
        ),
      ).toBeLessThan(1);
      const squares = re.map((v, k) => v * v + im[k]! * im[k]!);
      expect(worstAt(squares, new Float64Array(n).fill(1), () => 4.5e-16)).toBeLessThan(1);
    }
    const { re, im } = rootsOfUnity(4);
    expect([Array.from(re, Math.abs), Array.from(im, Math.abs)]).toEqual([
      [1, 0, 1, 0],
      [0, 1, 0, 1],
    ]);
    expect([re[0], re[2], im[1], im[3]]).toEqual([1, -1, -1, 1]);
  });
});
