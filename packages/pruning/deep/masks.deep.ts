import * as tf from '@tensorflow/tfjs';
import { fillNormal, fillUniform, randomKey } from '@weightkit/numerics';
import { valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { mask, random } from '../src/index.ts';

/** Every size to 300, powers of two and their neighbors, and odd large ones. */
const SIZES = [
  ...Array.from({ length: 300 }, (_, i) => i + 1),
  ...Array.from({ length: 11 }, (_, k) => 2 ** (k + 9)).flatMap((n) => [n - 1, n, n + 1]),
  99_991,
  1_234_567,
];
/** Outside of 5 standard errors lie 5.7e-7. */
const ERRORS = 5;

const halfEven = (x: number): number => {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
};
const zerosIn = (bits: Float32Array): number => bits.reduce((sum, bit) => sum + (bit === 0 ? 1 : 0), 0);

async function randomMask(size: number, sparsity: number, seed: number): Promise<Float32Array> {
  const w = tf.ones([size]);
  const m = await mask(w, { sparsity }, { score: random({ seed }) });
  w.dispose();
  return valuesOf(m);
}

/** The slow way: sort by magnitude, then by index, and keep the first. */
function sortedMask(values: Float32Array, zeros: number): Float32Array {
  const order = Array.from(values.keys()).sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b);
  const bits = new Float32Array(values.length);
  for (const i of order.slice(0, values.length - zeros)) bits[i] = 1;
  return bits;
}

describe('mask over many sizes', () => {
  it('mask(w, { sparsity }, random) has round-half-even(sparsity * n) zeros and only zeros and ones', async () => {
    const sparsities = fillUniform(new Float32Array(3 * SIZES.length), randomKey(1), { max: 0.999 });
    for (const [i, size] of SIZES.entries())
      for (const sparsity of [0, 0.5, 0.9, ...sparsities.subarray(3 * i, 3 * i + 3)]) {
        const bits = await randomMask(size, sparsity, i);
        expect(zerosIn(bits), `${size} at ${sparsity}`).toBe(halfEven(sparsity * size));
        expect(bits.every((bit) => bit === 0 || bit === 1)).toBe(true);
      }
  });

  it('mask(w, { count }) is what sorting gives, ties lowest index first, at every size and half of the counts', async () => {
    for (const size of SIZES.filter((n) => n <= 20_000)) {
      const normals = fillNormal(new Float32Array(size), randomKey(size));
      // Every other size has few different magnitudes, so that most entries tie.
      const values = size % 2 ? normals : normals.map((x) => Math.round(2 * x) / 2);
      for (const count of new Set([0, 1, size >> 2, size >> 1, size - 1, size])) {
        const w = tf.tensor1d(values);
        const m = await mask(w, { count });
        w.dispose();
        expect(await valuesOf(m), `${count} of ${size}`).toEqual(sortedMask(values, count));
      }
    }
  });
});

describe('random masks over seeds', () => {
  // Over N seeds, the count of a position has variance N p (1 - p); counts sum to N p n, so that the sum of their squared scores
  // times (n - 1) / n is chi-squared with n - 1 degrees.
  it.each([
    [50, 0.5],
    [257, 0.9],
    [1000, 0.3],
  ])('random({ seed }) prunes each of %i positions equally often at sparsity %d', async (n, sparsity) => {
    const seeds = 4000;
    const counts = new Float64Array(n);
    for (let seed = 0; seed < seeds; seed++)
      for (const [i, bit] of (await randomMask(n, sparsity, seed)).entries()) counts[i]! += bit === 0 ? 1 : 0;
    const p = halfEven(sparsity * n) / n;
    const squares = counts.reduce((sum, count) => sum + (count - seeds * p) ** 2 / (seeds * p * (1 - p)), 0);
    expect(Math.abs((squares * (n - 1)) / n - (n - 1)) / Math.sqrt(2 * (n - 1))).toBeLessThan(ERRORS);
  });

  it('random({ seed }) prunes neighbors together no more often than chance', async () => {
    const [n, seeds] = [1000, 2000];
    let both = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const bits = await randomMask(n, 0.5, seed);
      for (let i = 1; i < n; i++) if (bits[i] === 0 && bits[i - 1] === 0) both++;
    }
    // 999 pairs, each with probability 500 / 1000 * 499 / 999. The count of runs of a random order of 500 zeros and 500 ones has
    // variance 2ab(2ab - N) / (N^2 (N - 1)) with a = b = 500, N = 1000 (Wald and Wolfowitz), 249.7; pairs of zeros have 1/4 of it.
    const mean = 999 * 0.5 * (499 / 999);
    expect(Math.abs(both / seeds - mean) / Math.sqrt(249.7 / 4 / seeds)).toBeLessThan(ERRORS);
  });
});
