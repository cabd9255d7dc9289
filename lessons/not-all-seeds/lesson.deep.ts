import { nodeData } from '@weightkit/datasets/node';
import { runLesson, wilson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { LAWS, type Law } from './experiment.ts';
import { lesson } from './lesson.ts';

const data = nodeData();

describe('not all seeds are equal, over 300 seeds that the table does not have', () => {
  it('fails from U(−5, 5) more often than from every other law, and with four hidden units hardly ever from those', async () => {
    const failed = async (hidden: number) => {
      const counts = Object.fromEntries(Object.keys(LAWS).map((law) => [law, 0])) as Record<Law, number>;
      for (const seed of [1000, 1100, 1200]) {
        const { result } = await runLesson(lesson, { nets: 100, hidden, seed }, { data });
        for (const law of Object.keys(LAWS) as Law[])
          counts[law] += result.outcomes[law].filter(({ learned }) => learned === null).length;
      }
      console.log(`${hidden} hidden units:`, counts);
      return counts;
    };
    const two = await failed(2);
    const { 'U(−5, 5)': wide, ...others } = two;
    for (const count of Object.values(others)) expect(wilson(wide, 300).low).toBeGreaterThan(wilson(count, 300).high);
    const { 'U(−5, 5)': widest, ...four } = await failed(4);
    for (const count of Object.values(four)) expect(wilson(count, 300).high).toBeLessThan(0.05);
    expect(wilson(widest, 300).high).toBeLessThan(wilson(wide, 300).low);
  });
});
