import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chanceOf, decideChance } from '../src/chance.ts';

const drawn: number[] = [];

describe('chanceOf', () => {
  it('chanceOf(text) gives the same numbers for the same text, others for another, all in [0, 1) and even', () => {
    const take = (text: string) => Array.from({ length: 4000 }, chanceOf(text));
    const first = take('a');
    expect(take('a')).toEqual(first);
    expect(take('b')).not.toEqual(first);
    expect(first.every((x) => x >= 0 && x < 1)).toBe(true);
    // The mean of 4,000 has a standard deviation of 1 / √(12 · 4000) = .0046.
    expect(Math.abs(first.reduce((a, b) => a + b) / 4000 - 0.5)).toBeLessThan(4 * 0.0046);
  });
});

describe('decideChance', () => {
  decideChance();
  it.each(['one', 'one'])('draws by the name of a test: %s', () => {
    drawn.push(Math.random());
    fc.assert(
      fc.property(fc.integer(), (x) => void drawn.push(x)),
      { numRuns: 1 },
    );
  });
  it('draws the same in tests of one name, and something else in another', () => {
    expect(drawn.slice(0, 2)).toEqual(drawn.slice(2));
    expect(drawn).not.toContain(Math.random());
    expect(drawn).not.toContain(fc.sample(fc.integer(), 1)[0]);
  });
});
