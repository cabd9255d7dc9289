import { type Lesson, meanInterval, runLesson, wilson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { normalOf, PENALTIES, pathOf, solve, zerosOf } from './exact.ts';
import type { Rule } from './experiment.ts';
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';
import { problemOf, TASKS } from './problem.ts';

const refuse = () => Promise.reject(new Error('no data needed'));
const data = { digits: refuse, reviews: refuse };
/** Seeds that the table does not have. */
const SEEDS = Array.from({ length: 100 }, (_, i) => 100 + i);

describe('regularization, over a hundred seeds that the table does not have', () => {
  it.each(TASKS)('has its least test error inside of the range of λ: %s', (task) => {
    for (const penalty of PENALTIES) {
      const strength = penalty === 'L2' && task === 'sparse regression' ? 0.05 : BASE.lambda;
      const all = SEEDS.map((seed) => pathOf({ ...BASE, task, penalty, lambda: strength, seed }));
      const [weak, strong] = [0, -1].map((end) =>
        meanInterval(all.map(({ fits, here }) => Math.log(fits.at(end)!.test / here.test))),
      );
      expect(weak!.low).toBeGreaterThan(0);
      expect(strong!.low).toBeGreaterThan(0);
      const inside = all.filter(({ best, fits }) => best !== fits[0] && best !== fits.at(-1)).length;
      console.log(`${task}, ${penalty}: inside on ${inside} of 100; weak ×${Math.exp(weak!.mean).toFixed(2)}`);
      expect(wilson(inside, SEEDS.length).low).toBeGreaterThan(0.7);
    }
  });

  it('has at least 30 % exact zeros by the proximal step and none by the gradient, and the factor 2, after 1000 steps', async () => {
    for (const task of TASKS) {
      const shares: number[] = [];
      for (const seed of SEEDS.slice(0, 30)) {
        const { result } = await runLesson(lesson, { task, steps: 1000, seed }, { data });
        const weights = (rule: Rule) => result.trained.find((one) => one.rule === rule)!.weights;
        expect(zerosOf(weights('L1, gradient'))).toBe(0);
        shares.push(zerosOf(weights('L1, proximal')) / BASE.features);
        const normal = normalOf(problemOf({ ...BASE, task, seed }).train);
        const apart = (rule: Rule, lambda: number) => {
          const exact = solve(normal, 'L2', lambda);
          return Math.max(...weights(rule).map((value, j) => Math.abs(value - exact[j]!)));
        };
        // What float32 leaves of weights of 4 after many steps: a few units of 2^-24 of them, over the rate of the slowest direction.
        expect(apart('tfjs l2', BASE.lambda)).toBeLessThan(1e-4);
        for (const rule of ['weight decay', 'decoupled decay'] as const) {
          expect(apart(rule, BASE.lambda / 2)).toBeLessThan(1e-4);
          expect(apart(rule, BASE.lambda)).toBeGreaterThan(0.01);
        }
      }
      expect(meanInterval(shares).low).toBeGreaterThan(0.3);
    }
  }, 1_200_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const some = { steps: [50], seed: [0] };
    for (const values of cornersOf(lesson as unknown as Lesson, some))
      await expectSound(lesson as unknown as Lesson, values);
  }, 1_200_000);
});
