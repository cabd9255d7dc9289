import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { endOf, type Method, type Params, type Result } from './experiment.ts';
import { runOf } from './figure.ts';
import { aheadBy, lesson } from './lesson.ts';
import { FEW } from './measure.ts';

const data = nodeData();

/** Runs with seeds that the table does not have. */
async function runsOf(params: Partial<Params>, count: number): Promise<Result[]> {
  const results = [];
  for (let seed = 100; seed < 100 + count; seed++)
    results.push((await runLesson(lesson, { ...params, seed }, { data })).result);
  return results;
}

const NONE = { tuned: false, gradual: false, adapters: false } as const;
const fresh = (result: Result, method: Method) => 100 * endOf(runOf(result, method)!);

describe('transfer learning, on seeds that the table does not have', () => {
  it('what was learned before beats a start from scratch with 50 examples or fewer', async () => {
    const gains: number[][] = [];
    for (const examples of FEW)
      gains.push((await runsOf({ ...NONE, examples }, 20)).map((run) => aheadBy(run, 'frozen')));
    const means = gains[0]!.map((_, i) => gains.reduce((sum, gain) => sum + gain[i]!, 0) / gains.length);
    expect(meanInterval(means).low).toBeGreaterThan(0);
  }, 1_800_000);

  it('with many examples a base that learns on is ahead of a frozen one', async () => {
    const runs = await runsOf({ ...NONE, tuned: true, examples: 1000 }, 16);
    const gain = meanInterval(runs.map((run) => fresh(run, 'fine-tuned') - fresh(run, 'frozen')));
    expect(gain.low).toBeGreaterThan(0);
  }, 900_000);

  it('the trap costs the old digits when the new ones are dark on white', async () => {
    const runs = await runsOf({ ...NONE, examples: 50, paper: true }, 6);
    const lost = runs.map((run) => 100 * (runOf(run, 'frozen')!.old! - runOf(run, 'trainable = false')!.old!));
    expect(meanInterval(lost).low).toBeGreaterThan(0);
    for (const run of runs) expect(runOf(run, 'frozen')!.old).toBe(run.base);
  }, 600_000);

  it('meets its challenge with a better base and more steps, and not as it opens', async () => {
    const met = async (more: Partial<Params>) => {
      const { result, values } = await runLesson(lesson, more, { data });
      return lesson.check(result, values as Params).met;
    };
    expect(await met({ examples: 100, old: 5000, steps: 200 })).toBe(true);
    expect(await met({})).toBe(false);
  }, 300_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { examples: [1000], old: [5000], steps: [40], seed: [999], rank: [8] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 900_000);
});
