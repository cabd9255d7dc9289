import * as tf from '@tensorflow/tfjs';
import { type Lesson, meanInterval, runLesson, wilson } from '@weightkit/lesson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { errorOf, LAMBDAS, normalOf, PENALTIES, pathOf, soft, solve, zerosOf } from './exact.ts';
import { type Params, type Result, RULES, type Rule } from './experiment.ts';
import golden from './golden.json' with { type: 'json' };
import { lesson } from './lesson.ts';
import { BASE } from './measure.ts';
import { PLANTED, problemOf, TASKS, termsAt } from './problem.ts';
import { sketch } from './sketch.ts';
import { stepsByHand } from './steps.ts';

const refuse = () => Promise.reject(new Error('no data needed'));
const data = { digits: refuse, reviews: refuse };
const initial: Params = { ...BASE, task: 'sparse regression', seed: 0 };
async function run(params: Partial<Params>): Promise<Result> {
  const { result, leaked } = await runLesson(lesson, params, { data });
  expect(leaked).toBe(0);
  return result;
}
const weightsOf = ({ trained }: Result, rule: Rule) => trained.find((one) => one.rule === rule)!.weights;
const apart = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((value, j) => Math.abs(value - b[j]!)));

describe('the exact weights', () => {
  it('are those of numpy’s normal equations for L2 and of scikit-learn’s Lasso for L1', () => {
    for (const { x, y, fits } of golden.problems) {
      const normal = normalOf({ x, y });
      for (const { lambda, ridge, lasso } of fits) {
        // A sweep that moves 1e-11 is off by at most that times the condition number, here below 1e4.
        expect(apart(solve(normal, 'L2', lambda), ridge)).toBeLessThan(1e-7);
        // scikit-learn stops at a duality gap of 1e-14 of the targets: sqrt of that over the least curvature.
        expect(apart(solve(normal, 'L1', lambda), lasso)).toBeLessThan(1e-5);
        expect(zerosOf(solve(normal, 'L1', lambda))).toBe(zerosOf(lasso));
      }
    }
  });

  it('are soft thresholds for L1 and shrunk by 1 / (1 + λ) for L2, where the features are orthonormal', () => {
    const places = Array.from({ length: 24 }, (_, i) => Math.cos((Math.PI * (i + 0.5)) / 24));
    const x = places.map((place) => termsAt(place, 6));
    const target = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(target, { minLength: 24, maxLength: 24 }),
        fc.double({ min: 1e-3, max: 10, noNaN: true }),
        (y, lambda) => {
          const normal = normalOf({ x, y });
          const thresholds = normal.targets.map((value) => soft(value, lambda / 2));
          expect(apart(solve(normal, 'L1', lambda), thresholds)).toBeLessThan(1e-9);
          expect(
            apart(
              solve(normal, 'L2', lambda),
              normal.targets.map((value) => value / (1 + lambda)),
            ),
          ).toBeLessThan(1e-9);
        },
      ),
    );
  });

  it('fit the examples worse the larger λ is, and are the same whether found one by one or along the path', () => {
    for (const task of TASKS)
      for (const penalty of PENALTIES) {
        const { fits, problem } = pathOf({ ...initial, task, penalty, seed: 5 });
        const errors = fits.map(({ train }) => train);
        expect(errors).toEqual([...errors].sort((a, b) => a - b));
        const alone = solve(normalOf(problem.train), penalty, LAMBDAS[3]!);
        expect(apart(fits[3]!.weights, alone)).toBeLessThan(1e-7);
      }
  });

  it('find the planted weights from many examples without noise, and the curve', () => {
    for (const task of TASKS) {
      const params = { ...initial, task, noise: 0, examples: 300, penalty: 'L2', lambda: 1e-3 } as const;
      const { problem, here } = pathOf(params);
      // The penalty takes 1e-3 of each away, over a least eigenvalue above a half: 2e-3 of the largest, 3.
      expect(apart(here.weights, problem.planted)).toBeLessThan(0.01);
      expect(here.test).toBeLessThan(1e-3);
    }
    expect(problemOf(initial).planted.slice(0, 6)).toEqual([...PLANTED, 0]);
  });
});

describe('the factor 2', () => {
  it('training with tfjs’s l2 ends at the solution for λ Σw², and weight decay, coupled or not, at that for λ/2 Σw²', async () => {
    for (const seed of [0, 1]) {
      const params = { ...initial, steps: 100, features: 8, examples: 100, seed };
      const normal = normalOf(problemOf(params).train);
      const [whole, half] = [solve(normal, 'L2', params.lambda), solve(normal, 'L2', params.lambda / 2)];
      const result = await run(params);
      // With these examples 100 steps shrink what is missing by more than 1e6; float32 keeps sums of 100 to 1e-5.
      expect(apart(weightsOf(result, 'tfjs l2'), whole)).toBeLessThan(1e-4);
      for (const rule of ['weight decay', 'decoupled decay'] as const)
        expect(apart(weightsOf(result, rule), half)).toBeLessThan(1e-4);
      expect(apart(whole, half)).toBeGreaterThan(0.1);
    }
  }, 60_000);

  it('is there in PyTorch: SGD with weight_decay=0.3 ends where λ Σw² of 0.15 is least', () => {
    const { x, y } = golden.problems[0]!;
    const { lambda, weights } = golden.decayed;
    expect(apart(solve(normalOf({ x, y }), 'L2', lambda / 2), weights)).toBeLessThan(1e-9);
  });

  it('is there in a layer of TensorFlow.js with a kernelRegularizer', async () => {
    const model = tf.sequential();
    const kernelRegularizer = tf.regularizers.l2({ l2: 0.2 });
    const options = {
      units: 1,
      useBias: false,
      inputShape: [1],
      kernelInitializer: 'ones' as const,
      kernelRegularizer,
    };
    model.add(tf.layers.dense(options));
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    // The slope of (w - y)² at w = 1 is 0.5 for y = 0.75.
    const [x, y] = [tf.tensor2d([[1]]), tf.tensor2d([[0.75]])];
    await model.trainOnBatch(x, y);
    const [[after]] = (await (model.getWeights()[0] as tf.Tensor2D).array()) as [[number]];
    const rule = stepsByHand({ weight: 1, slope: 0.5, lambda: 0.2, rate: 0.1 }).find(({ rule }) =>
      rule.includes('tfjs'),
    );
    expect(after).toBeCloseTo(rule!.weight, 6);
    tf.dispose([x, y]);
    model.optimizer.dispose();
    model.dispose();
  });

  it('a step by hand is that of torch.optim, decoupled decay of Adam included', () => {
    const byHand = stepsByHand({ weight: 1, slope: 0.5, lambda: 0.2, rate: 0.1 }).map(({ weight }) => weight);
    const { steps } = golden;
    const torch = [
      steps.SGD,
      steps['SGD, weight decay'],
      steps['SGD, weight decay'],
      steps.Adam,
      steps['Adam, weight decay'],
      steps.AdamW,
    ];
    // Its epsilon of 1e-12 over a slope of 0.5.
    for (const [i, value] of byHand.filter((_, i) => i !== 1).entries()) expect(value).toBeCloseTo(torch[i]!, 11);
    // In its first step Adam does not see that penalty at all.
    expect(byHand[5]).toBe(byHand[4]);
  });
});

describe('what the page says', () => {
  it('the proximal step sets at least 30 % of the weights to exactly 0, as the exact solution does, and the gradient none', async () => {
    const shares: number[] = [];
    for (let seed = 0; seed < 6; seed++) {
      const result = await run({ steps: 100, seed });
      const [gradient, proximal] = [weightsOf(result, 'L1, gradient'), weightsOf(result, 'L1, proximal')];
      expect(zerosOf(gradient)).toBe(0);
      shares.push(zerosOf(proximal) / 20);
      const exact = solve(normalOf(problemOf({ ...initial, seed }).train), 'L1', BASE.lambda);
      // A weight at the edge may still be on its way after 100 steps.
      expect(Math.abs(zerosOf(proximal) - zerosOf(exact))).toBeLessThanOrEqual(2);
    }
    expect(meanInterval(shares).low).toBeGreaterThan(0.3);
  }, 60_000);

  it.each(TASKS)(
    'the test error is least inside of the range of λ, over 24 seeds: %s',
    (task) => {
      for (const penalty of PENALTIES) {
        const strength = penalty === 'L2' && task === 'sparse regression' ? 0.05 : 0.4;
        const [weak, strong]: number[][] = [[], []];
        let inside = 0;
        for (let seed = 0; seed < 24; seed++) {
          const { fits, here, best } = pathOf({ ...initial, task, penalty, lambda: strength, seed });
          weak!.push(Math.log(fits[0]!.test / here.test));
          strong!.push(Math.log(fits.at(-1)!.test / here.test));
          if (best !== fits[0] && best !== fits.at(-1)) inside++;
        }
        expect(meanInterval(weak!).low).toBeGreaterThan(0);
        expect(meanInterval(strong!).low).toBeGreaterThan(0);
        expect(wilson(inside, 24).low, `${task} ${penalty}: ${inside}`).toBeGreaterThan(0.5);
      }
    },
    60_000,
  );

  it('training error falls to the left, test error does not: on the page’s own examples the best λ is near 0.4', () => {
    const { fits, here, best, problem } = pathOf(initial);
    expect(fits[0]!.train).toBeLessThan(best.train);
    expect(fits[0]!.test).toBeGreaterThan(1.5 * best.test);
    expect(best.lambda).toBeGreaterThan(0.1);
    // Most of the weights that matter come out too small.
    const small = PLANTED.filter((planted, j) => Math.abs(here.weights[j]!) < Math.abs(planted));
    expect(small.length).toBeGreaterThanOrEqual(3);
    expect(best.lambda).toBeLessThan(1);
    expect(errorOf(problem.test, problem.planted)).toBeCloseTo(1.5 ** 2, 0);
  });

  it('the sketch of a dragged λ is what its run draws', () => {
    const values = { ...initial, lambda: 0.05 };
    const svg = sketch(values as never).paths!.svg();
    const result = {
      rate: 1,
      trained: RULES.map((rule) => ({ rule, steps: [1], zeros: [0], lengths: [1], weights: [1] })),
    };
    expect(lesson.figures(result, values).paths!.svg()).toBe(svg);
  });

  it('meets its challenge with more examples and a larger λ, and not where it is best for prediction', async () => {
    const wanted = { ...initial, examples: 150, lambda: 0.8 };
    const met = (params: Params) => lesson.check(undefined as never, params).met;
    const seeds = Array.from({ length: 10 }, (_, seed) => seed);
    expect(seeds.filter((seed) => met({ ...wanted, seed })).length).toBeGreaterThan(5);
    expect(seeds.filter((seed) => met({ ...wanted, lambda: 0.15, seed })).length).toBeLessThan(3);
    expect(met({ ...wanted, noise: 1 })).toBe(false);
  });

  it('shows nothing that is no number at the corners of its controls', async () => {
    const tiny = { steps: [50], seed: [999], features: [20], examples: [24], noise: [0] };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 60_000);

  it.each([
    [{ lambda: -1 }, 'regularization: lambda must be in [0.0001, 100], got -1'],
    [{ steps: 1.5 }, 'regularization: steps must be an integer, got 1.5'],
    [{ penalty: 'L3' }, 'regularization: penalty must be among L1, L2, got "L3"'],
  ])('refuses %j', async (wrong, message) => {
    await expect(lesson.experiment({ ...initial, ...wrong } as Params, { data })).rejects.toThrow(message);
  });
});
