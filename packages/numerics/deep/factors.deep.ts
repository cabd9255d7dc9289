import {
  cholesky,
  fft,
  fillBernoulli,
  fillIntegers,
  ifft,
  leastSquares,
  qr,
  randomKey,
  solve,
  solveTriangular,
} from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { rootsOfUnity } from '../src/fourier/roots-of-unity.ts';
import { onBothPaths } from '../test/both.ts';
import { columnDefect, largestOf, multiply, normalMatrix, transpose, uniforms, worstAt } from '../test/matrices.ts';

type Draw = () => number;

/** Uniform numbers in [0, 1) without end. */
function stream(seed: number): Draw {
  const values = uniforms(seed, 2 ** 20).map((u) => (u + 1) / 2);
  let at = 0;
  return () => values[at++ % values.length]!;
}

const EXTREMES = [1.7e308, 5e-324, 1e-300, 1e300, 0, 1];

/** Ways to draw entries that make trouble. */
const kinds: readonly ((draw: Draw) => number)[] = [
  (draw) => draw(),
  (draw) => 10 ** (draw() * 600 - 300),
  (draw) => (draw() < 0.5 ? 0 : 10 ** (draw() * 30 - 15)),
  (draw) => EXTREMES[Math.floor(draw() * 6)]!,
  (draw) => Math.round(draw() * 2),
  (draw) => 5e-324 * Math.floor(draw() * 5),
  (draw) => 1.7e308 * draw(),
];

/** Runs a call; what it gives must be finite, what it throws a RangeError. */
function expectFinite(call: () => object): void {
  try {
    const found = call();
    const lists =
      found instanceof Float64Array ? [found] : Object.values(found as Record<string, Float64Array | number>);
    for (const list of lists)
      expect(typeof list === 'number' ? Number.isFinite(list) : list.every(Number.isFinite)).toBe(true);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
  }
}

onBothPaths('factorizations', () => {
  it('factorizations and transforms of 7000 ugly matrices give finite values or a RangeError', () => {
    const draw = stream(1);
    const size = () => 1 + Math.floor(draw() * 7);
    for (let turn = 0; turn < 7000; turn++) {
      const kind = kinds[turn % kinds.length]!;
      const make = (n: number) => Float64Array.from({ length: n }, () => (draw() < 0.5 ? -1 : 1) * kind(draw));
      const [rows, cols, targets] = [size(), size(), Math.floor(draw() * 3)];
      const [a, square, b] = [make(rows * cols), make(rows * rows), make(rows * targets)];
      const [lower, transposed, unitDiagonal] = [draw() < 0.5, draw() < 0.5, draw() < 0.5];
      expectFinite(() => qr(a, { rows, cols }));
      expectFinite(() => cholesky(square, { rows, cols: rows }));
      expectFinite(() => solve(square, b, { size: rows, cols: targets }));
      expectFinite(() => solveTriangular(square, b, { size: rows, cols: targets, lower, transposed, unitDiagonal }));
      expectFinite(() => leastSquares(a, b, { rows, cols, targets }));
      expectFinite(() => fft({ re: a, im: make(a.length) }));
      expectFinite(() => ifft({ re: a }));
    }
  });
  it('cholesky, solve, qr and leastSquares hold at sizes of hundreds, on and off the edges of blocks', () => {
    for (const n of [191, 192, 193, 401]) {
      const a = normalMatrix(n, n, n);
      const gram = multiply(a, transpose(a, n, n), n, n, n).map((v, p) => v + (p % (n + 1) === 0 ? 1 : 0));
      const l = cholesky(gram, { rows: n, cols: n });
      // The backward error (n + 1) 1.2e-16 times the diagonal, about n.
      expect(worstAt(multiply(l, transpose(l, n, n), n, n, n), gram, () => 2 * n * n * 1.2e-16)).toBeLessThan(1);
      const b = normalMatrix(n, 70, 1);
      const { x, rcond } = solve(a, b, { size: n, cols: 70 });
      expect(rcond).toBeGreaterThan(1e-9);
      // The growth of pivots is below n^(2/3) for such matrices (Trefethen and Schreiber 1990).
      const bound = n ** (2 / 3) * n * 1.2e-16 * n * 5 * largestOf(x);
      expect(worstAt(multiply(a, x, n, n, 70), b, () => bound)).toBeLessThan(1);
      const tall = normalMatrix(n + 150, n, 2);
      const { q, r } = qr(tall, { rows: n + 150, cols: n });
      expect(columnDefect(q, n + 150, n)).toBeLessThan(1e-12);
      expect(worstAt(multiply(q, r, n + 150, n, n), tall, () => 1e-12)).toBeLessThan(1);
      const known = normalMatrix(n, 1, 3);
      const right = multiply(tall, known, n + 150, n, 1);
      const fit = leastSquares(tall, right, { rows: n + 150, cols: n });
      expect(worstAt(fit.x, known, () => 1e-12 / fit.rcond)).toBeLessThan(1);
      expect(fit.residuals[0]).toBeLessThan(1e-9);
    }
  });
  it('fillIntegers(out, key, options) has the law that it states, over 1e7 draws', () => {
    const n = 1e7;
    for (const span of [6, 1000]) {
      const counts = new Float64Array(span);
      for (const v of fillIntegers(new Uint32Array(n), randomKey(span), { max: span })) counts[v]!++;
      const chi = counts.reduce((sum, count) => sum + (count - n / span) ** 2 / (n / span), 0);
      // Chi squared with k degrees of freedom: mean k, variance 2 k; five standard deviations and a heavy tail's room.
      expect(chi).toBeLessThan(span - 1 + 5 * Math.sqrt(2 * span) + 15);
    }
    // For a span of 3e9 the words from 3e9 on fall on the first 1294967296 integers again.
    const wide = fillIntegers(new Uint32Array(n), randomKey(3), { max: 3e9 });
    const low = wide.reduce((count, v) => count + (v < 1294967296 ? 1 : 0), 0) / n;
    const p = (2 * 1294967296) / 2 ** 32;
    expect(Math.abs(low - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n));
  });
  it('fillBernoulli(out, key, options) has p ones in the mean and none beside each other more often, over 1e7 draws', () => {
    const n = 1e7;
    const p = 0.2;
    const mask = fillBernoulli(new Uint8Array(n), randomKey(4), { p });
    const ones = mask.reduce((sum, v) => sum + v, 0);
    const pairs = mask.reduce((sum, v, i) => sum + v * (mask[i + 1] ?? 0), 0);
    expect(Math.abs(ones - n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
    // The variance of a sum of overlapping pairs is below 3 n p^2.
    expect(Math.abs(pairs - n * p * p)).toBeLessThan(5 * Math.sqrt(3 * n * p * p));
  });
});

it('fft(input) of every length up to 400 is the sum that defines it', () => {
  for (let n = 1; n <= 400; n++) {
    const [re, im] = [uniforms(n, n), uniforms(n + 1, n)];
    const roots = rootsOfUnity(n);
    const sum = (k: number, part: (j: number, x: number, y: number) => number) =>
      re.reduce((total, _v, j) => total + part(j, roots.re[(j * k) % n]!, roots.im[(j * k) % n]!), 0);
    const real = re.map((_, k) => sum(k, (j, x, y) => re[j]! * x - im[j]! * y));
    const imaginary = re.map((_, k) => sum(k, (j, x, y) => re[j]! * y + im[j]! * x));
    const found = fft({ re, im });
    // The n roundings of the sum made here, of partial sums of about sqrt(n).
    const tolerance = () => n * 2.4e-16 * Math.sqrt(n) + 1e-15;
    expect(worstAt(found.re, real, tolerance)).toBeLessThan(1);
    expect(worstAt(found.im, imaginary, tolerance)).toBeLessThan(1);
  }
});
