import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import type { Params } from './experiment.ts';
import { last } from './figure.ts';
import { lesson } from './lesson.ts';

const data = nodeData();

/** The ends of the three networks, for seeds that the table does not have. */
async function endsOf(params: Partial<Params>) {
  const ends = [];
  for (let seed = 50; seed < 55; seed++) {
    const { result } = await runLesson(lesson, { ...params, seed }, { data });
    ends.push(result.nets.map(last));
  }
  return ends;
}

describe('freezing, on seeds that the table does not have', () => {
  it('the trap costs the old task, freezing costs the new one where digits are many and pale, and helps where they are few', async () => {
    const pale = await endsOf({});
    expect(meanInterval(pale.map(([library, stock]) => library!.old - stock!.old)).low).toBeGreaterThan(0);
    expect(meanInterval(pale.map(([library, , plain]) => plain!.fresh - library!.fresh)).low).toBeGreaterThan(0);
    const few = await endsOf({ contrast: 1, examples: 50, epochs: 10 });
    expect(meanInterval(few.map(([library, , plain]) => library!.fresh - plain!.fresh)).low).toBeGreaterThan(0);
  }, 600_000);

  it('meets its challenge with more units and more digits, and not as it opens', async () => {
    const met = async (more: Partial<Params>) => {
      const { result, values } = await runLesson(lesson, more, { data });
      return lesson.check(result, values as Params).met;
    };
    expect(await met({ units: 48, examples: 5000 })).toBe(true);
    expect(await met({})).toBe(false);
  }, 300_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { old: [100], epochs: [2], examples: [20], units: [48], seed: [999] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 600_000);
});
