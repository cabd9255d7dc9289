import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { lesson } from './lesson.ts';
import { KEPT } from './measure.ts';

const data = nodeData();

/** Test accuracies after training, for five seeds that the table does not have. */
async function accuracies(std: number): Promise<number[]> {
  const all: number[] = [];
  for (const seed of [10, 11, 12, 13, 14]) {
    const { result } = await runLesson(lesson, { std, samples: 10, train: true, seed }, { data });
    all.push(result.trained!.accuracy);
  }
  console.log(`${std.toFixed(3)}: ${all.join(', ')}`);
  return all;
}

describe('signal propagation, trained', () => {
  it('is best in a band around √(2/n): the worst seed in it is better than the best seed at half and at twice of it', async () => {
    const [half, inside, twice] = [await accuracies(KEPT / 2), await accuracies(KEPT), await accuracies(2 * KEPT)];
    expect(Math.min(...inside)).toBeGreaterThan(Math.max(...half, ...twice) + 0.2);
  });

  it('learns with one layer of ten units as well', async () => {
    const { result } = await runLesson(lesson, { depth: 1, units: 10, train: true, std: 0.3, samples: 10 }, { data });
    expect(result.trained!.loss).toHaveLength(4);
    expect(result.trained!.loss.at(-1)).toBeLessThan(result.trained!.loss[0]!);
    expect(result.trained!.accuracy).toBeGreaterThan(0.3);
  });

  it('shows nothing that is no number at the corners of its controls when it trains', async () => {
    const instead = { samples: [10], train: [true], seed: [0] };
    for (const depthAndUnits of [
      { depth: [1], units: [10, 300] },
      { depth: [30], units: [10] },
    ])
      for (const values of cornersOf(lesson as unknown as Lesson, { ...instead, ...depthAndUnits }))
        await expectSound(lesson as unknown as Lesson, values);
  });
});
