import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balanced, balancedGradient } from '../../src/structured/sinkhorn-at-hand.ts';

const entries = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
/** Of 3 × 3, with what the gradient is taken along. */
const cases = fc.tuple(
  fc.array(entries(4), { minLength: 9, maxLength: 9 }),
  fc.array(entries(2), { minLength: 9, maxLength: 9 }),
);
const size = { rows: 3, cols: 3 };
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);

describe('Sinkhorn by loops', () => {
  it('has the gradient of central differences, whether it ends early or not', () => {
    let [early, whole] = [0, 0];
    fc.assert(
      fc.property(cases, fc.boolean(), ([given, along], isBalanced) => {
        // What has been balanced ends after the first step, and goes back through twenty all the same.
        const x = isBalanced ? balanced(given, size, 4000).value.map(Math.log) : Float64Array.from(given);
        const found = balanced(x, size, 20);
        if (found.steps.length < 20) early++;
        else whole++;
        const gradient = balancedGradient(x, found, along, size, 20);
        const h = 2 ** -14;
        for (let i = 0; i < 9; i++) {
          const at = (by: number) =>
            dot(
              balanced(
                x.map((value, k) => (k === i ? value + by : value)),
                size,
                20,
              ).value,
              along,
            );
          // The third derivative of what is made of probabilities is below 40, and h² / 6 of it is lost, and 2⁻³⁶ of stillness over h.
          expect(Math.abs(gradient[i]! - (at(h) - at(-h)) / (2 * h))).toBeLessThan(
            (40 * h ** 2) / 6 + (18 * 2 ** -36) / h,
          );
        }
      }),
      { numRuns: 60 },
    );
    expect(Math.min(early, whole)).toBeGreaterThan(0);
  });

  it('takes no more steps than move anything, and does not overflow', () => {
    const even = balanced(new Float64Array(16), { rows: 4, cols: 4 }, 20);
    expect(even.steps.length).toBe(2);
    expect([...even.value]).toEqual(Array(16).fill(0.25));
    const steep = balanced([1e4, -1e4, -1e4, 1e4], { rows: 2, cols: 2 }, 20);
    expect([...steep.value]).toEqual([1, 0, 0, 1]);
  });
});
