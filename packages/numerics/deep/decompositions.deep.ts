import { eigh, fillUniform, haarOrthogonal, randomKey, singularValues, svd, truncatedSvd } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { onBothPaths, worst } from '../test/both.ts';
import { columnDefect, multiply, nasty, normalMatrix, residual, transpose } from '../test/matrices.ts';

const EPS = 2 ** -53;

// Normal entries times random powers of two by row and column: up to 2^60 between neighbors.
function unevenMatrix(rows: number, cols: number, seed: number): Float64Array {
  const a = normalMatrix(rows, cols, seed);
  const powers = fillUniform(new Float32Array(rows + cols), randomKey(seed), { min: -30, max: 30 }).map(Math.floor);
  return a.map((v, p) => v * 2 ** (powers[Math.floor(p / cols)]! + powers[rows + (p % cols)]!));
}

onBothPaths('decompositions', () => {
  it('svd(a, shape) of 600 random, uneven and nasty matrices is orthonormal and gives them back', () => {
    const kinds = [normalMatrix, unevenMatrix, ...Object.values(nasty)];
    for (let seed = 0; seed < 600; seed++) {
      const [rows, cols] = [1 + ((seed * 7) % 71), 1 + ((seed * 13) % 67)];
      const a = kinds[seed % kinds.length]!(rows, cols, seed);
      const k = Math.min(rows, cols);
      const found = svd(a, { rows, cols });
      const bound = 16 * (rows + cols) * EPS;
      const grain = found.s[0] ? (k * 5e-324) / found.s[0] : 0;
      expect(columnDefect(found.u, rows, k)).toBeLessThan(bound);
      expect(columnDefect(transpose(found.vt, k, cols), cols, k)).toBeLessThan(bound);
      expect(residual(found, a, rows, cols)).toBeLessThan(bound + grain);
      const close = () => 1e-15 * (rows + cols) * found.s[0]! + 5e-324;
      expect(worst(singularValues(a, { rows, cols }), found.s, close)).toBeLessThanOrEqual(1);
    }
  }, 120_000);
  it('truncatedSvd(a, shape, {rank}) has an errorBound that holds for 200 matrices', () => {
    for (let seed = 0; seed < 200; seed++) {
      const [rows, cols] = [5 + ((seed * 7) % 90), 5 + ((seed * 13) % 80)];
      const a = (seed % 2 === 0 ? normalMatrix : unevenMatrix)(rows, cols, seed);
      const { s } = svd(a, { rows, cols });
      const rank = 1 + (seed % 5);
      const found = truncatedSvd(a, { rows, cols }, { rank, oversampling: 2, powerIterations: 1, seed });
      const tail = Math.hypot(...s.subarray(rank));
      expect(found.errorBound).toBeGreaterThan(tail * (1 - 1e-12));
      expect(found.errorBound).toBeLessThan(Math.hypot(...s) * (1 + 1e-12));
    }
  }, 120_000);
});

it('svd, eigh and singularValues of 512 x 512 keep a condition number of 1e6 to 1e-10', () => {
  const n = 512;
  const s = Float64Array.from({ length: n }, (_, i) => 10 ** (-6 * (i / (n - 1))));
  const q = haarOrthogonal(n, n, randomKey(1));
  const left = q.map((v, p) => v * s[p % n]!);
  const a = multiply(left, haarOrthogonal(n, n, randomKey(2)), n, n, n);
  const found = svd(a, { rows: n, cols: n });
  expect(columnDefect(found.u, n, n)).toBeLessThan(32 * n * EPS);
  expect(residual(found, a, n, n)).toBeLessThan(32 * n * EPS);
  expect(worst(found.s, s, (v) => 1e-10 * v)).toBeLessThan(1);
  expect(worst(singularValues(a, { rows: n, cols: n }), s, (v) => 1e-10 * v)).toBeLessThan(1);
  const symmetric = multiply(left, transpose(q, n, n), n, n, n);
  const { values, vectors } = eigh(symmetric, { rows: n, cols: n });
  expect(columnDefect(vectors, n, n)).toBeLessThan(32 * n * EPS);
  expect(worst(values.reverse(), s, (v) => 1e-10 * v)).toBeLessThan(1);
}, 120_000);
