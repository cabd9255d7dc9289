import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, meanInterval, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound } from '../corners.ts';
import { NETS, type NetName } from './experiment.ts';
import { fallOf } from './fall.ts';
import { lesson } from './lesson.ts';

const data = nodeData();

describe('gradient flow, on seeds that the table does not have', () => {
  it('falls geometrically in the sigmoid net while it is trained, not with shortcuts, and only the others learn', async () => {
    const logs: Record<NetName, number[]> = { sigmoid: [], ReLU: [], 'sigmoid with shortcuts': [] };
    const accuracies: Record<NetName, number[]> = { sigmoid: [], ReLU: [], 'sigmoid with shortcuts': [] };
    for (let seed = 50; seed < 58; seed++) {
      const { result } = await runLesson(lesson, { seed }, { data });
      for (const { name, moments, accuracy } of result.nets) {
        accuracies[name].push(accuracy);
        // At every moment that was kept.
        for (const { layers } of moments) {
          const fall = fallOf(layers)!;
          logs[name].push(Math.log10(fall.factor));
          if (name === 'sigmoid') expect(fall.explained).toBeGreaterThan(0.95);
        }
      }
    }
    for (const name of NETS) console.log(name, meanInterval(logs[name]), meanInterval(accuracies[name]));
    expect(Math.min(...logs.sigmoid)).toBeGreaterThan(Math.log10(3));
    expect(Math.max(...logs['sigmoid with shortcuts'])).toBeLessThan(Math.log10(2));
    expect(meanInterval(accuracies.sigmoid).high).toBeLessThan(0.2);
    for (const name of ['ReLU', 'sigmoid with shortcuts'] as const)
      expect(meanInterval(accuracies[name]).low).toBeGreaterThan(0.25);
  }, 1_200_000);

  it('shows nothing that is no number at the corners of its controls', async () => {
    const few = { epochs: [1], examples: [50, 100], seed: [999] };
    for (const values of cornersOf(lesson as unknown as Lesson, few))
      await expectSound(lesson as unknown as Lesson, values);
  }, 1_200_000);
});
