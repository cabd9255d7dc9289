import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nOfM } from '../../src/structures/n-of-m.ts';

describe('nOfM', () => {
  it('nOfM keeps the n largest of m neighbors down the axis, of equal ones the first', () => {
    // Columns [1, 4, 3, 2] and [5, 5, 5, 0].
    const scores = Float32Array.of(1, 5, 4, 5, 3, 5, 2, 0);
    expect(nOfM(scores, [4, 2], 0, { n: 2, m: 4 })).toEqual(Uint8Array.of(0, 1, 1, 1, 1, 0, 0, 0));
    expect(nOfM(scores, [4, 2], 1, { n: 1, m: 2 })).toEqual(Uint8Array.of(0, 1, 0, 1, 0, 1, 1, 0));
  });

  it('nOfM keeps n of a shorter last group too, or all of it', () => {
    expect(nOfM(Float32Array.of(1, 2, 3, 4, 5, 6, 7), [7], 0, { n: 2, m: 4 })).toEqual(
      Uint8Array.of(0, 0, 1, 1, 0, 1, 1),
    );
    expect(nOfM(Float32Array.of(1, 2, 3, 4, 5), [5], 0, { n: 2, m: 4 })).toEqual(Uint8Array.of(0, 0, 1, 1, 1));
  });

  it('nOfM keeps exactly min(n, length) of each group, and none that is smaller than one that goes', () => {
    const input = fc.tuple(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
      fc.nat(2),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.integer({ min: -9, max: 9 })),
    );
    fc.assert(
      fc.property(input, ([shape, pick, a, b, stream]) => {
        const axis = pick % shape.length;
        const [n, m] = [Math.min(a, b), Math.max(a, b)];
        const size = shape.reduce((x, y) => x * y, 1);
        const scores = Float32Array.from({ length: size }, () => stream.next().value as number);
        const mask = nOfM(scores, shape, axis, { n, m });
        const stride = shape.slice(axis + 1).reduce((x, y) => x * y, 1);
        const groups = new Map<string, number[]>();
        for (let i = 0; i < size; i++) {
          const along = Math.floor(i / stride) % shape[axis]!;
          const key = `${i - along * stride}:${Math.floor(along / m)}`;
          groups.set(key, [...(groups.get(key) ?? []), i]);
        }
        for (const entries of groups.values()) {
          const kept = entries.filter((i) => mask[i] === 1);
          expect(kept).toHaveLength(Math.min(n, entries.length));
          const least = Math.min(...kept.map((i) => scores[i]!));
          for (const i of entries) if (mask[i] === 0) expect(scores[i]!).toBeLessThanOrEqual(least);
        }
      }),
      { numRuns: 80, seed: 6 },
    );
  });
});
