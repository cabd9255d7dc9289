import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Choice, paretoFront } from '../../src/budget/pareto-front.ts';

/** Every combination of one choice per layer. */
const combinations = (layers: readonly (readonly Choice[])[]): Choice[] =>
  layers.reduce<Choice[]>(
    (all, choices) => all.flatMap((a) => choices.map((b) => ({ cost: a.cost + b.cost, loss: a.loss + b.loss }))),
    [{ cost: 0, loss: 0 }],
  );

// Integers add up without rounding, so that the oracle may compare by ===.
const choice = fc.record({ cost: fc.integer({ min: 0, max: 50 }), loss: fc.integer({ min: -5, max: 50 }) });
const layers = fc.array(fc.array(choice, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });

describe('paretoFront', () => {
  it('is what is left of all combinations when each that another beats is struck out', () => {
    fc.assert(
      fc.property(layers, (given) => {
        const all = combinations(given);
        const best = all.filter(
          (a) => !all.some((b) => b.cost <= a.cost && b.loss <= a.loss && (b.cost < a.cost || b.loss < a.loss)),
        );
        const texts = [...new Set(best.map(({ cost, loss }) => `${cost} ${loss}`))];
        const front = paretoFront(given);
        expect(front.map(({ cost, loss }) => `${cost} ${loss}`).sort()).toEqual(texts.sort());
        for (const { cost, loss, picks } of front) {
          expect(picks.reduce((sum, pick, i) => sum + given[i]![pick]!.cost, 0)).toBe(cost);
          expect(picks.reduce((sum, pick, i) => sum + given[i]![pick]!.loss, 0)).toBe(loss);
        }
      }),
    );
  });

  it('rises in cost and falls in loss', () => {
    fc.assert(
      fc.property(layers, (given) => {
        const front = paretoFront(given);
        for (let i = 1; i < front.length; i++) {
          expect(front[i]!.cost).toBeGreaterThan(front[i - 1]!.cost);
          expect(front[i]!.loss).toBeLessThan(front[i - 1]!.loss);
        }
      }),
    );
  });

  it('of too many points keeps the ends, and for each that it leaves out one that costs little more and loses no more', () => {
    fc.assert(
      fc.property(layers, fc.integer({ min: 2, max: 12 }), (given, most) => {
        const exact = paretoFront(given);
        const few = paretoFront(given, most);
        expect(few.length).toBeLessThanOrEqual(most);
        const range = given.reduce(
          (sum, choices) =>
            sum + Math.max(...choices.map(({ cost }) => cost)) - Math.min(...choices.map(({ cost }) => cost)),
          0,
        );
        // Each layer rounds a cost up by less than a step of the range of the layers so far.
        const slack = (given.length * range) / (most - 1);
        expect(few[0]).toEqual(exact[0]);
        expect(few[few.length - 1]!.loss).toBe(exact[exact.length - 1]!.loss);
        for (const { cost, loss } of exact)
          expect(few.some((near) => near.loss <= loss && near.cost <= cost + slack)).toBe(true);
      }),
    );
  });
});
