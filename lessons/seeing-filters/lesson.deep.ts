import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { matched } from './alike.ts';
import type { Params, Result } from './experiment.ts';
import { lesson, toStart } from './lesson.ts';

const data = nodeData();

/** Runs with seeds that the table does not have. */
let runs: Promise<Result[]> | undefined;
function fresh(): Promise<Result[]> {
  runs ??= (async () => {
    const all: Result[] = [];
    for (let seed = 50; seed < 55; seed++) all.push((await runLesson(lesson, { seed }, { data })).result);
    return all;
  })();
  return runs;
}

describe('seeing-filters, on seeds that the table does not have', () => {
  it('trained filters look like their own start, and hardly more like those of another network than random ones do', async () => {
    const all = await fresh();
    const alike = all.map((result) => {
      const { moments, other } = result;
      return {
        own: toStart(result),
        random: matched(moments[0]!.kernel, other[0]!.kernel),
        trained: matched(moments.at(-1)!.kernel, other.at(-1)!.kernel),
      };
    });
    expect(meanInterval(alike.map(({ own }) => own)).low).toBeGreaterThan(0.75);
    expect(meanInterval(alike.map(({ own, trained }) => own - trained)).low).toBeGreaterThan(0.15);
    expect(meanInterval(alike.map(({ random, trained }) => trained - random)).high).toBeLessThan(0.15);
  }, 900_000);

  it('a network whose first layer never learns is only a few points behind', async () => {
    const behind = (await fresh()).map(({ moments, frozen }) => moments.at(-1)!.accuracy - frozen.at(-1)!.accuracy);
    const { low, high } = meanInterval(behind);
    expect(high).toBeLessThan(0.06);
    expect(low).toBeGreaterThan(-0.01);
  }, 900_000);

  it('meets its challenge with another rate, and not as it opens', async () => {
    const met = async (more: Partial<Params>) => {
      const { result, values } = await runLesson(lesson, more, { data });
      return lesson.check(result, values as Params).met;
    };
    expect(await met({ rate: 0.05, steps: 300 })).toBe(true);
    expect(await met({})).toBe(false);
  }, 900_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { images: [100, 2000], steps: [10, 60], seed: [999], image: ['9.9'] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 900_000);
});
