import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosineFraction, dropAndGrow } from '../../src/training/drop-and-grow.ts';
import { casesOf } from '../models.ts';

interface DropAndGrowCase {
  call: string;
  mask: number[];
  stay: number[];
  grow: number[];
  count: number;
  after: number[];
  grown: number;
}

const sumOf = (bits: Uint8Array) => bits.reduce((sum, bit) => sum + bit, 0);

describe('dropAndGrow', () => {
  it.each(casesOf<DropAndGrowCase>('drop-and-grow'))('dropAndGrow is $call of the authors', (golden) => {
    const { mask, stay, grow, count, after, grown } = golden;
    const rewired = dropAndGrow(Uint8Array.from(mask), Float32Array.from(stay), Float32Array.from(grow), count);
    expect(Array.from(rewired.mask)).toEqual(after);
    expect(rewired.grown).toBe(grown);
  });

  it('dropAndGrow keeps the number of connections, and those that deserve most to stay', () => {
    const entry = fc.record({
      bit: fc.constantFrom(0, 1),
      stay: fc.float({ min: 0, max: 9, noNaN: true }),
      grow: fc.float({ min: 0, max: 9, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (entries, share) => {
        const mask = Uint8Array.from(entries, ({ bit }) => bit);
        const stay = Float32Array.from(entries, (e) => e.stay);
        const count = Math.floor(share * sumOf(mask));
        const rewired = dropAndGrow(
          mask,
          stay,
          Float32Array.from(entries, (e) => e.grow),
          count,
        );
        expect(sumOf(rewired.mask)).toBe(sumOf(mask));
        expect(rewired.grown).toBe(rewired.mask.filter((bit, i) => bit === 1 && mask[i] === 0).length);
        expect(rewired.grown).toBeLessThanOrEqual(count);
        const gone = entries.filter((_, i) => mask[i] === 1 && rewired.mask[i] === 0).map((e) => e.stay);
        // At most `count` are better than none that went.
        const better = stay.filter((s, i) => mask[i] === 1 && gone.some((g) => g > s));
        expect(better.length).toBeLessThanOrEqual(count);
      }),
      { numRuns: 200, seed: 8 },
    );
  });
});

describe('cosineFraction', () => {
  it('cosineFraction goes from α by α / 2 half way to 0', () => {
    expect([0, 50, 100].map((t) => cosineFraction(0.3, 100, t))).toEqual([0.3, 0.15 + 0.15 * Math.cos(Math.PI / 2), 0]);
  });
});
