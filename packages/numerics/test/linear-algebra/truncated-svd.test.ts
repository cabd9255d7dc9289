import { haarOrthogonal, randomKey, svd, truncatedSvd } from '@weightkit/numerics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byBothPaths, onBothPaths, worst } from '../both.ts';
import { columnDefect, multiply, nasty, normalMatrix, transpose } from '../matrices.ts';

/** U diag(s) Vt with random factors. */
function withValues(s: Float64Array, rows: number, cols: number): Float64Array {
  const n = s.length;
  const u = haarOrthogonal(rows, n, randomKey(1)).map((v, p) => v * s[p % n]!);
  return multiply(u, haarOrthogonal(n, cols, randomKey(2)), rows, n, cols);
}

/** The Frobenius norm of A - U diag(s) Vt. */
function distance(a: Float64Array, found: ReturnType<typeof svd>, rows: number, cols: number): number {
  const rank = found.s.length;
  const us = found.u.map((v, p) => v * found.s[p % rank]!);
  const back = multiply(us, found.vt, rows, rank, cols);
  return Math.hypot(...back.map((v, p) => v - a[p]!));
}

const norm = (s: Float64Array) => Math.hypot(...s);

onBothPaths('truncatedSvd', () => {
  it('truncatedSvd(a, shape, {rank}) finds the leading values and vectors of a matrix whose values fall fast', () => {
    const [rows, cols, rank] = [60, 45, 5];
    const s = Float64Array.from({ length: cols }, (_, i) => 2 ** -i);
    const a = withValues(s, rows, cols);
    const found = truncatedSvd(a, { rows, cols }, { rank });
    const whole = svd(a, { rows, cols });
    expect([found.u.length, found.s.length, found.vt.length]).toEqual([rows * rank, rank, rank * cols]);
    // Five products with A and 15 directions shrink what is outside to (2^-15 / 2^-4)^5 = 3e-17.
    expect(worst(found.s, s.subarray(0, rank), () => 1e-13)).toBeLessThan(1);
    expect(worst(found.vt, whole.vt.subarray(0, rank * cols), () => 1e-12)).toBeLessThan(1);
    const first = Float64Array.from(found.u, (_, p) => whole.u[Math.floor(p / rank) * cols + (p % rank)]!);
    expect(worst(found.u, first, () => 1e-12)).toBeLessThan(1);
    expect(found.errorBound).toBeGreaterThanOrEqual(norm(s.subarray(rank)) * (1 - 1e-13));
    expect(found.errorBound).toBeLessThan(norm(s.subarray(rank)) * (1 + 1e-9));
  });
  it('truncatedSvd(a, shape, {rank}) has an errorBound that holds, orthonormal factors and no value above that of A', () => {
    const size = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(size, size, fc.nat(99), fc.nat(4), fc.nat(2), (rows, cols, seed, oversampling, powerIterations) => {
        const rank = 1 + (seed % Math.min(rows, cols));
        const a = normalMatrix(rows, cols, seed);
        const found = truncatedSvd(a, { rows, cols }, { rank, oversampling, powerIterations, seed });
        const { s } = svd(a, { rows, cols });
        expect(columnDefect(found.u, rows, rank)).toBeLessThan(1e-13);
        expect(columnDefect(transpose(found.vt, rank, cols), cols, rank)).toBeLessThan(1e-13);
        // The test's own sums have rounding errors too.
        const left = distance(a, found, rows, cols) - 1e-15 * (rows + cols) * norm(s);
        expect(left).toBeLessThanOrEqual(found.errorBound);
        expect(found.errorBound).toBeGreaterThan(norm(s.subarray(rank)) * (1 - 1e-12));
        expect(found.errorBound).toBeLessThan(norm(s) * (1 + 1e-12));
        found.s.forEach((v, i) => {
          expect(v).toBeLessThan(s[i]! * (1 + 1e-13));
        });
      }),
      { numRuns: 40 },
    );
  });
  it('truncatedSvd(a, shape, {rank}) comes closer with power iterations where values fall slowly', () => {
    const [rows, cols, rank] = [80, 60, 4];
    const s = Float64Array.from({ length: cols }, (_, i) => 1 / (1 + i / 4));
    const a = withValues(s, rows, cols);
    const bound = (powerIterations: number) =>
      truncatedSvd(a, { rows, cols }, { rank, oversampling: 2, powerIterations }).errorBound;
    const best = norm(s.subarray(rank));
    expect(bound(0)).toBeGreaterThan(bound(1));
    expect(bound(1)).toBeGreaterThan(bound(4));
    expect(bound(4)).toBeLessThan(best * 1.01);
  });
  it('truncatedSvd(a, shape, {rank: min(rows, cols)}) is svd, with an errorBound of rounding alone', () => {
    const a = normalMatrix(9, 6, 1);
    const { errorBound, ...found } = truncatedSvd(a, { rows: 9, cols: 6 }, { rank: 6 });
    const whole = svd(a, { rows: 9, cols: 6 });
    expect(found).toEqual(whole);
    expect(errorBound).toBeLessThan(1e-13 * whole.s[0]!);
  });
  it('truncatedSvd(a, shape, {rank}) takes zero, rank-deficient, graded, denormal and huge matrices', () => {
    for (const make of Object.values(nasty)) {
      for (const [rows, cols] of [
        [1, 1],
        [1, 9],
        [9, 1],
        [20, 15],
        [15, 20],
      ] as const) {
        const a = make(rows, cols);
        const rank = Math.min(2, rows, cols);
        const { u, s, vt, errorBound } = truncatedSvd(a, { rows, cols }, { rank, oversampling: 1 });
        expect([...u, ...s, ...vt, errorBound].every(Number.isFinite)).toBe(true);
        expect(columnDefect(u, rows, rank)).toBeLessThan(1e-13);
        expect(columnDefect(transpose(vt, rank, cols), cols, rank)).toBeLessThan(1e-13);
        const exact = svd(a, { rows, cols }).s;
        expect(errorBound).toBeLessThanOrEqual(
          norm(exact.map((v) => v / (exact[0] || 1))) * exact[0]! * 1.001 + 5e-323,
        );
      }
    }
    const low = multiply(normalMatrix(30, 3, 1), normalMatrix(3, 20, 2), 30, 3, 20);
    expect(truncatedSvd(low, { rows: 30, cols: 20 }, { rank: 3, oversampling: 2 }).errorBound).toBeLessThan(1e-11);
  });
  it('truncatedSvd(a, shape, {seed}) is the same for the same seed and another for another', () => {
    const a = normalMatrix(30, 30, 1);
    const run = (seed: number) => truncatedSvd(a, { rows: 30, cols: 30 }, { rank: 2, oversampling: 0, seed });
    expect(run(1)).toEqual(run(1));
    expect(run(1).s[0]).not.toBe(run(2).s[0]);
  });
  it('truncatedSvd(a, shape, options) leaves a alone and rejects options out of range', () => {
    const a = Float64Array.of(1, 2, 3, 4, 5, 6);
    const run = (options: object) => () => truncatedSvd(a, { rows: 2, cols: 3 }, options as never);
    run({ rank: 1, oversampling: 0 })();
    expect(Array.from(a)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(run({ rank: 0 })).toThrow('truncatedSvd: rank must be an integer in [1, 2], got 0');
    expect(run({ rank: 3 })).toThrow('truncatedSvd: rank must be an integer in [1, 2], got 3');
    expect(run({})).toThrow('truncatedSvd: rank must be an integer in [1, 2], got undefined');
    expect(run({ rank: 1, oversampling: -1 })).toThrow(
      'truncatedSvd: oversampling must be an integer of 0 or more, got -1',
    );
    expect(run({ rank: 1, powerIterations: 0.5 })).toThrow(
      'truncatedSvd: powerIterations must be an integer of 0 or more',
    );
    expect(run({ rank: 1, seed: Number.NaN })).toThrow('truncatedSvd: seed must be an integer, got NaN');
    expect(run({ rank: 1, tolerance: 1 })).toThrow('options must be among rank, oversampling, powerIterations, seed');
    expect(() => truncatedSvd(a, { rows: 2, cols: 2 }, { rank: 1 })).toThrow(
      'truncatedSvd: a must have rows * cols = 4',
    );
    expect(() => truncatedSvd(new Float32Array(0), { rows: 0, cols: 2 }, { rank: 1 })).toThrow(
      'rank must be an integer',
    );
    expect(() => truncatedSvd(Float64Array.of(Number.NaN), { rows: 1, cols: 1 }, { rank: 1 })).toThrow('at a[0]');
  });
});

it('truncatedSvd(a, shape, {rank}) is the same with and without WebAssembly but for the order of sums', () => {
  const s = Float64Array.from({ length: 40 }, (_, i) => 1.5 ** -i);
  const a = withValues(s, 50, 40);
  const { reference, kernel } = byBothPaths(() => truncatedSvd(a, { rows: 50, cols: 40 }, { rank: 4 }));
  expect(worst(kernel.s, reference.s, () => 1e-14)).toBeLessThan(1);
  expect(worst(kernel.u, reference.u, () => 1e-12)).toBeLessThan(1);
  expect(worst(kernel.vt, reference.vt, () => 1e-12)).toBeLessThan(1);
});
