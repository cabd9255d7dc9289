import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OneCycleOptions, oneCycle } from '../../src/schedules/one-cycle.ts';
import { casesOf } from '../models.ts';

interface OneCycleCase {
  call: string;
  options: OneCycleOptions;
  sparsities: [number, number][];
}

describe('oneCycle', () => {
  it.each(casesOf<OneCycleCase>('one-cycle'))('oneCycle is the law of $call', ({ options, sparsities }) => {
    const schedule = oneCycle(options);
    const { end, final } = options;
    const expected = new Map(sparsities).set(end, final);
    for (let t = 0; t <= 2 * end; t++) {
      if (!expected.has(t)) expect(schedule(t), `step ${t}`).toBeUndefined();
      // An exponential is off by at most 2 units of 2^-53 here and there, relatively, in a quotient of two sums; the rest rounds 6 times.
      else expect(Math.abs(schedule(t)! - expected.get(t)!), `step ${t}`).toBeLessThanOrEqual(10 * 2 ** -53);
    }
  });

  it('oneCycle rises from step to step, from at least initial to final exactly', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.double({ min: 0.5, max: 0.99, noNaN: true }),
        fc.double({ min: 0.1, max: 60, noNaN: true }),
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        (initial, final, alpha, beta, frequency) => {
          const schedule = oneCycle({ initial, final, alpha, beta, begin: 3, end: 103, frequency });
          const values = Array.from({ length: 110 }, (_, t) => schedule(t)).filter((s) => s !== undefined);
          // Near the end the law is flat: two values may differ by the rounding of their quotients alone.
          expect(values.every((v, i) => i === 0 || v >= values[i - 1]! - 2 ** -51)).toBe(true);
          expect(values[0]!).toBeGreaterThanOrEqual(initial);
          expect(values.at(-1)).toBe(final);
        },
      ),
      { seed: 7 },
    );
  });

  it('oneCycle with begin = end prunes once, to the final sparsity', () => {
    const schedule = oneCycle({ final: 0.5, begin: 7, end: 7 });
    expect([6, 7, 8].map(schedule)).toEqual([undefined, 0.5, undefined]);
  });

  it.each([
    [{ final: 1, end: 10 }, 'final must be in [0, 1), got 1'],
    [{ final: 0.5, initial: -0.1, end: 10 }, 'initial must be in [0, 1), got -0.1'],
    [{ final: 0.5, begin: 11, end: 10 }, 'end must be an integer, begin (11) or more, got 10'],
    [{ final: 0.5, end: Number.POSITIVE_INFINITY }, 'end must be finite, got Infinity'],
    [{ final: 0.5, end: 10, frequency: 0 }, 'frequency must be an integer, 1 or more, got 0'],
    [{ final: 0.5, end: 10, alpha: 0 }, 'alpha must be finite and above 0, got 0'],
    [{ final: 0.5, end: 10, beta: 701 }, 'beta must be in [-700, 700], got 701'],
  ])('oneCycle(%j) is refused', (options, rule) => {
    expect(() => oneCycle(options as OneCycleOptions)).toThrow(new RangeError(`oneCycle: ${rule}`));
  });

  it('oneCycle refuses unknown names', () => {
    expect(() => oneCycle({ final: 0.5, end: 10, power: 1 } as OneCycleOptions)).toThrow(
      new TypeError('oneCycle: options must be among initial, final, begin, end, alpha, beta, frequency, got "power"'),
    );
  });
});
