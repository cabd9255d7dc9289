import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import type { Params, Result } from './experiment.ts';
import { lesson } from './lesson.ts';

const data = nodeData();

/** Runs with seeds that the table does not have. */
async function runsOf(params: Partial<Params>, count = 8): Promise<Result[]> {
  const results: Result[] = [];
  for (let seed = 50; seed < 50 + count; seed++)
    results.push((await runLesson(lesson, { timed: false, ...params, seed }, { data })).result);
  return results;
}

describe('pruning, on seeds that the table does not have', () => {
  it('with 90 % zeros and after training on, accuracy is within a point of the dense network', async () => {
    const all = await runsOf({});
    expect(meanInterval(all.map(({ pruned, dense }) => pruned.tuned! - dense)).low).toBeGreaterThan(-0.01);
    expect(meanInterval(all.map(({ pruned, dense }) => dense - pruned.atOnce)).low).toBeGreaterThan(0.2);
    for (const { pruned, smaller } of all) {
      expect(pruned.alive).toBe(0);
      expect(smaller.same).toBe(1);
      expect(smaller.largest).toBeLessThan(1e-5);
    }
  }, 900_000);

  it('a random choice is worse, at once and after training on', async () => {
    const [own, random] = [await runsOf({}, 5), await runsOf({ by: 'at random' }, 5)];
    const less = (of: (result: Result) => number) => own.map((result, i) => of(result) - of(random[i]!));
    expect(meanInterval(less(({ pruned }) => pruned.atOnce)).low).toBeGreaterThan(0.2);
    expect(meanInterval(less(({ pruned }) => pruned.tuned!)).low).toBeGreaterThan(0);
  }, 900_000);

  it('a lottery ticket learns more from its own first weights than from others, and than under random masks', async () => {
    const last = (await runsOf({ tickets: true, tune: 0 }, 5)).map(({ tickets }) => tickets.at(-1)!);
    expect(meanInterval(last.map(({ first, redrawn }) => first - redrawn!)).low).toBeGreaterThan(0);
    expect(meanInterval(last.map(({ first, randomMask }) => first - randomMask!)).low).toBeGreaterThan(0);
  }, 900_000);

  it('meets its challenge with more images and more steps, and not as it opens', async () => {
    const met = async (more: Partial<Params>) => {
      const { result, values } = await runLesson(lesson, more, { data });
      return lesson.check(result, values as Params).met;
    };
    expect(await met({ sparsity: 94, steps: 500, tune: 1000, images: 10_000, seed: 1 })).toBe(true);
    expect(await met({})).toBe(false);
  }, 900_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { tune: [0, 20], compare: [true], timed: [true], steps: [10], images: [100], seed: [999] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 1_800_000);
});
