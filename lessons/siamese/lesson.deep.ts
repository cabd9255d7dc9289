import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import type { Params } from './experiment.ts';
import { lesson } from './lesson.ts';

const data = nodeData();

/** What one tower and two say in the end, for seeds that the table does not have. */
async function judgedOf(params: Partial<Params>) {
  const all = [];
  for (let seed = 50; seed < 55; seed++) {
    const { result } = await runLesson(lesson, { ...params, seed }, { data });
    all.push(result.judged!);
  }
  return all;
}

describe('siamese, on seeds that the table does not have', () => {
  it('a shared tower reaches an AUC of 95 % on unseen images, more than two towers do, and digits that were left out are another matter', async () => {
    const all = await judgedOf({});
    expect(meanInterval(all.map(({ shared }) => shared.auc.all)).low).toBeGreaterThan(0.95);
    expect(meanInterval(all.map(({ shared, separate }) => shared.auc.all - separate.auc.all)).low).toBeGreaterThan(
      0.02,
    );
    const without = await judgedOf({ leftOut: '4 and 9' });
    const behind = without.map(({ shared: { auc } }) => auc.trained - auc.leftOut!);
    expect(meanInterval(behind).low).toBeGreaterThan(0.2);
    expect(meanInterval(without.map(({ shared }) => shared.auc.trained)).low).toBeGreaterThan(0.95);
  }, 900_000);

  it('two towers come closer with more steps, and do not catch up', async () => {
    const [few, many] = [await judgedOf({}), await judgedOf({ steps: 1000 })];
    const gap = (all: typeof few) => meanInterval(all.map(({ shared, separate }) => shared.auc.all - separate.auc.all));
    expect(gap(many).mean).toBeLessThan(gap(few).mean);
    expect(gap(many).low).toBeGreaterThan(0);
  }, 900_000);

  it('meets its challenge with more steps, and not as it opens', async () => {
    const met = async (more: Partial<Params>) => {
      const { result, values } = await runLesson(lesson, more, { data });
      return lesson.check(result, values as Params).met;
    };
    expect(await met({ steps: 2000 })).toBe(true);
    expect(await met({})).toBe(false);
  }, 600_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { images: [200, 2000], steps: [10, 60], seed: [999], left: ['9.9'], right: ['0.0'] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 900_000);
});
