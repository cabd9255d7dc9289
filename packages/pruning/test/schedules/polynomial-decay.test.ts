import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PolynomialDecayOptions, polynomialDecay } from '../../src/schedules/polynomial-decay.ts';
import { casesOf } from '../models.ts';

interface DecayCase {
  call: string;
  options: PolynomialDecayOptions;
  sparsities: [number, number][];
}

describe('polynomialDecay', () => {
  it.each(casesOf<DecayCase>('polynomial-decay'))(
    'polynomialDecay is the law of $call, and prunes at end',
    (golden) => {
      const schedule = polynomialDecay(golden.options);
      const { end, final } = golden.options;
      const expected = new Map(golden.sparsities).set(end, final);
      for (let t = 0; t <= 2 * end; t++) {
        if (!expected.has(t)) expect(schedule(t), `step ${t}`).toBeUndefined();
        // Both are the formula in float64: one rounding of the power apart.
        else expect(Math.abs(schedule(t)! - expected.get(t)!), `step ${t}`).toBeLessThanOrEqual(2 ** -52);
      }
    },
  );

  it('polynomialDecay reaches its final sparsity exactly, whether the frequency hits end or not', () => {
    fc.assert(
      fc.property(
        fc.nat(500),
        fc.nat(500),
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (begin, span, frequency, final) => {
          const schedule = polynomialDecay({ final, begin, end: begin + span, frequency });
          expect(schedule(begin + span)).toBe(final);
          expect(schedule(begin + span + frequency)).toBeUndefined();
        },
      ),
      { seed: 4 },
    );
  });

  it('polynomialDecay never falls where final is above initial', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.double({ min: 0.5, max: 0.99, noNaN: true }),
        fc.double({ min: 0.1, max: 6, noNaN: true }),
        (initial, final, power) => {
          const schedule = polynomialDecay({ initial, final, power, end: 200, frequency: 1 });
          const values = Array.from({ length: 201 }, (_, t) => schedule(t)!);
          expect(values.every((v, t) => t === 0 || v >= values[t - 1]!)).toBe(true);
          // s_f + (s_i - s_f) rounds twice.
          expect(Math.abs(values[0]! - initial)).toBeLessThan(2 ** -52);
        },
      ),
      { seed: 5 },
    );
  });

  it('polynomialDecay with begin = end prunes once, to the final sparsity', () => {
    const schedule = polynomialDecay({ final: 0.5, begin: 7, end: 7 });
    expect([6, 7, 8].map(schedule)).toEqual([undefined, 0.5, undefined]);
  });

  it.each([
    [{ final: 1, end: 10 }, 'final must be in [0, 1), got 1'],
    [{ final: 0.5, initial: -0.1, end: 10 }, 'initial must be in [0, 1), got -0.1'],
    [{ final: 0.5, end: -1 }, 'end must be an integer, begin (0) or more, got -1'],
    [{ final: 0.5, end: Number.POSITIVE_INFINITY }, 'end must be finite, got Infinity'],
    [{ final: 0.5 }, 'end must be an integer, begin (0) or more, got undefined'],
    [{ final: 0.5, begin: 11, end: 10 }, 'end must be an integer, begin (11) or more, got 10'],
    [{ final: 0.5, begin: -1, end: 10 }, 'begin must be an integer, 0 or more, got -1'],
    [{ final: 0.5, end: 10, frequency: 0 }, 'frequency must be an integer, 1 or more, got 0'],
    [{ final: 0.5, end: 10, power: 0 }, 'power must be finite and above 0, got 0'],
    [{ final: 0.5, end: 10, power: Number.NaN }, 'power must be finite and above 0, got NaN'],
  ])('polynomialDecay(%j) is refused', (options, rule) => {
    expect(() => polynomialDecay(options as PolynomialDecayOptions)).toThrow(
      new RangeError(`polynomialDecay: ${rule}`),
    );
  });

  it('polynomialDecay refuses unknown names', () => {
    expect(() => polynomialDecay({ final: 0.5, end: 10, target: 1 } as PolynomialDecayOptions)).toThrow(TypeError);
  });
});
