import { valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { orthogonal } from '../../src/index.ts';
import { gramResidual } from '../../src/laws/orthogonal.ts';
import { ksBound, ksDistance, normalCdf } from '../support.ts';

/** max |M' M - I| by plain loops, M being rows x cols with rows >= cols, else M M'. */
function residual(w: Float32Array, rows: number, cols: number): number {
  const at = (i: number, j: number) => w[i * cols + j]!;
  const tall = rows >= cols;
  const n = Math.min(rows, cols);
  let worst = 0;
  for (let a = 0; a < n; a++)
    for (let b = 0; b < n; b++) {
      let dot = 0;
      for (let k = 0; k < Math.max(rows, cols); k++) dot += tall ? at(k, a) * at(k, b) : at(a, k) * at(b, k);
      worst = Math.max(worst, Math.abs(dot - (a === b ? 1 : 0)));
    }
  return worst;
}

// float32 rounding of unit vectors: each entry moves by 2^-25 of itself on average, a dot product of two by at most 2^-23.
const ROUNDING = 2 ** -23;

it('orthogonal()(shape) has orthonormal columns, or rows where these are fewer, the last axis alone being columns', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer(), async (shape, seed) => {
      const w = await valuesOf(orthogonal()(shape, { seed }));
      const cols = shape.at(-1)!;
      expect(residual(w, w.length / cols, cols)).toBeLessThan(ROUNDING);
    }),
    { numRuns: 40 },
  );
});

it('orthogonal()([units, 4 units]) is one matrix with orthonormal rows, as Keras gives an LSTM', async () => {
  const w = await valuesOf(orthogonal()([16, 64], { seed: 2 }));
  expect(residual(w, 16, 64)).toBeLessThan(ROUNDING);
});

it('orthogonal({ gain }) multiplies, negative gains and 0 too', async () => {
  const q = await valuesOf(orthogonal()([5, 3], { seed: 1 }));
  expect(await valuesOf(orthogonal({ gain: -2 })([5, 3], { seed: 1 }))).toEqual(q.map((x) => -2 * x));
  expect((await valuesOf(orthogonal({ gain: 0 })([5, 3]))).every((x) => x === 0)).toBe(true);
});

it('orthogonal()(shape) is Haar: the first entry of 3 x 3 is uniform in [-1, 1] (Archimedes)', async () => {
  const n = 1000;
  const entries = new Float32Array(n);
  for (let i = 0; i < n; i++) entries[i] = (await valuesOf(orthogonal()([3, 3], { seed: i })))[0]!;
  expect(ksDistance(entries, (x) => (x + 1) / 2)).toBeLessThan(ksBound(n));
});

it('orthogonal()(shape) is Haar: the trace of 40 x 40 is near N(0, 1) (Diaconis and Mallows 1986)', async () => {
  const n = 150;
  const traces = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const w = await valuesOf(orthogonal()([40, 40], { seed: i }));
    for (let k = 0; k < 40; k++) traces[i]! += w[41 * k]!;
  }
  expect(ksDistance(traces, normalCdf)).toBeLessThan(ksBound(n));
});

it('orthogonal()(shape) refuses a rank below 2 and a gain that is not finite', () => {
  expect(() => orthogonal()([5])).toThrow('orthogonal: shape must have rank 2 or more, got [5]');
  expect(() => orthogonal()([])).toThrow('orthogonal: shape must have rank 2 or more, got []');
  expect(() => orthogonal({ gain: Number.NaN })).toThrow('orthogonal: gain must be a finite float32, got NaN');
});

it('gramResidual(w, shape, gain) is the largest entry of |G / gain^2 - I|', () => {
  expect(gramResidual(Float32Array.of(2, 0, 0, 2), [2, 2], 2)).toBe(0);
  expect(gramResidual(Float32Array.of(1, 0.5, 0, 1), [2, 2], 1)).toBe(0.5);
  // One row of 3: its squared length is 1.25.
  expect(gramResidual(Float32Array.of(1, 0.5, 0), [1, 3], 1)).toBe(0.25);
  expect(gramResidual(new Float32Array(0), [0, 3], 1)).toBe(0);
});
