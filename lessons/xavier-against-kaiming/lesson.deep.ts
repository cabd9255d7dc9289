import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { ahead } from './ahead.ts';
import type { Params } from './experiment.ts';
import { lesson } from './lesson.ts';

const data = nodeData();

/** By how many points He is ahead over seeds that the table does not have. */
async function measured(params: Partial<Params>) {
  const { result } = await runLesson(lesson, { pairs: 24, seed: 3000, ...params }, { data });
  const interval = meanInterval(ahead(result.pairs));
  console.log(JSON.stringify(params), interval);
  return { interval, result };
}

describe('Xavier against Kaiming, over 24 pairs of seeds that the table does not have', () => {
  it.each([10, 15, 20])('He beats Xavier with %d layers of ReLU: the 95 %% interval is above 0', async (depth) => {
    expect((await measured({ depth })).interval.low).toBeGreaterThan(0);
  });

  it('with two layers the difference is a fraction of that with ten', async () => {
    const [two, ten] = [await measured({ depth: 2 }), await measured({ depth: 10 })];
    expect(two.interval.high).toBeLessThan(ten.interval.low);
  });

  it('Xavier is ahead with twenty layers of SELU, which is what the challenge looks for', async () => {
    const { interval, result } = await measured({ activation: 'selu', depth: 20 });
    expect(interval.high).toBeLessThan(0);
    const { values } = await runLesson(lesson, { pairs: 2, depth: 1, epochs: 1 }, { data });
    expect(lesson.check(result, values).met).toBe(true);
  });

  it('shows nothing that is no number at the corners of its controls', async () => {
    const instead = { pairs: [2], epochs: [1], seed: [9999], units: [8], layer: ['LSTM'], after: ['softmax'] };
    for (const values of cornersOf(lesson as unknown as Lesson, instead))
      await expectSound(lesson as unknown as Lesson, values);
  });
});
