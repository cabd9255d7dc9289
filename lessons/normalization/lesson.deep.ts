import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import type { Params } from './experiment.ts';
import { lesson } from './lesson.ts';
import { SCALES } from './measure.ts';

const data = nodeData();

describe('batch and weight normalization, on seeds that the table does not have', () => {
  it('two decades of first weights are far apart without normalization, and close with batch norm', async () => {
    const apart: [number[], number[]] = [[], []];
    for (let seed = 50; seed < 55; seed++) {
      const all: [number[], number[]] = [[], []];
      for (const scale of SCALES) {
        const { result } = await runLesson(lesson, { scale, seed }, { data });
        for (const i of [0, 1] as const) all[i].push(result.nets[i]!.accuracy);
      }
      for (const i of [0, 1] as const) apart[i].push(Math.max(...all[i]) - Math.min(...all[i]));
    }
    expect(meanInterval(apart[0]).low).toBeGreaterThan(0.5);
    expect(meanInterval(apart[1]).high).toBeLessThan(0.1);
  }, 1_200_000);

  it('meets its challenge with more digits and longer steps, and not as it opens', async () => {
    const met = async (more: Partial<Params>) => {
      const { result, values } = await runLesson(lesson, { epochs: 1, ...more }, { data });
      return lesson.check(result, values as Params).met;
    };
    expect(await met({ examples: 10_000, rate: 0.02 })).toBe(true);
    expect(await met({})).toBe(false);
  }, 300_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { epochs: [0, 1], examples: [100], units: [4, 100], seed: [999] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 1_200_000);
});
