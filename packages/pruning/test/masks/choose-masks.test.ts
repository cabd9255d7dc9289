import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseMasks } from '../../src/masks/choose-masks.ts';

describe('chooseMasks', () => {
  it('chooseMasks prunes the lowest scores of each array by its own number', () => {
    const scores = [Float32Array.of(3, 1, 2), Float32Array.of(0.1, 0.2)];
    expect(chooseMasks(scores, [1, 1])).toEqual([Uint8Array.of(1, 0, 1), Uint8Array.of(0, 1)]);
  });

  it('chooseMasks has one threshold over all scores when given one number', () => {
    const scores = [Float32Array.of(3, 1, 2), Float32Array.of(0.1, 0.2)];
    expect(chooseMasks(scores, 3)).toEqual([Uint8Array.of(1, 0, 1), Uint8Array.of(0, 0)]);
  });

  it('chooseMasks keeps the first of equal scores: first array first, then lowest index', () => {
    const scores = [Float32Array.of(1, 1, 1), Float32Array.of(1, 1)];
    expect(chooseMasks(scores, 2)).toEqual([Uint8Array.of(1, 1, 1), Uint8Array.of(0, 0)]);
    expect(chooseMasks(scores, 3)).toEqual([Uint8Array.of(1, 1, 0), Uint8Array.of(0, 0)]);
    expect(chooseMasks(scores, [2, 1])).toEqual([Uint8Array.of(1, 0, 0), Uint8Array.of(1, 0)]);
  });

  it('chooseMasks ranks -Infinity below everything', () => {
    const scores = [Float32Array.of(-1e30, Number.NEGATIVE_INFINITY, 0)];
    expect(chooseMasks(scores, 1)).toEqual([Uint8Array.of(1, 0, 1)]);
  });

  it('chooseMasks prunes as a stable sort of all scores would, for any arrays with ties', () => {
    const array = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 20 }).map((a) => Float32Array.from(a));
    fc.assert(
      fc.property(
        fc.array(array, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (s, f) => {
          const all = s.flatMap((a) => Array.from(a));
          const zeros = Math.floor(f * all.length);
          const order = all.map((_, i) => i).sort((i, j) => all[j]! - all[i]! || i - j);
          const expected = new Uint8Array(all.length);
          for (const i of order.slice(0, all.length - zeros)) expected[i] = 1;
          const got = chooseMasks(s, zeros);
          expect(got.map((m) => m.length)).toEqual(s.map((a) => a.length));
          expect(got.flatMap((m) => Array.from(m))).toEqual(Array.from(expected));
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });
});
