import { nodeData } from '@weightkit/datasets/node';
import { measureRun, runLesson } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { GUESSED } from './about.ts';
import type { Result } from './experiment.ts';
import { lesson } from './lesson.ts';
import { measurement, type Row } from './measure.ts';
import measured from './measured.json' with { type: 'json' };

describe("the notebook's run: 20,000 images, 60 epochs", () => {
  it('comes out as the page shows it; the input layer moves farther in epoch 60 than in epoch 20, where the loss falls faster', async () => {
    let epochs: Result['epochs'] = [];
    const watched = {
      ...measurement,
      experiment: async (...args: Parameters<typeof measurement.experiment>) => {
        const result = await measurement.experiment(...args);
        epochs = result.epochs;
        return result;
      },
    };
    const [run] = measurement.runs;
    const row: Row = await measureRun(watched, run!, nodeData());
    expect(row).toEqual(measured.rows[0]);
    const { distance, loss } = {
      distance: (at: number) => epochs[at]!.layers[0]!.distance,
      loss: (at: number) => epochs[at]!.loss,
    };
    expect(distance(60)).toBeGreaterThan(distance(20));
    // Over ten epochs each, because the loss goes up and down from one to the next.
    const [early, late] = [loss(15) - loss(25), loss(50) - loss(60)];
    console.log(`distance ${distance(20)} and ${distance(60)}, the loss falls by ${early} and ${late}`);
    expect(early).toBeGreaterThan(3 * late);
  });
});

it('with bytes and a learning rate of 0.01 the input layer widens most, and the challenge is met', async () => {
  const { result, values } = await runLesson(lesson, { inputs: '0 to 255', rate: 0.01 }, { data: nodeData() });
  const [start, end] = [result.epochs[0]!.layers, result.epochs.at(-1)!.layers];
  const widths = end.map(({ std }, i) => std / start[i]!.std);
  expect(widths.indexOf(Math.max(...widths))).toBe(0);
  expect(lesson.check(result, values)).toMatchObject({ met: true });
});

it('without dropout the first kernel moves farthest early, not at first, and at the end hardly any more', async () => {
  for (const seed of [1, 2, 3]) {
    const params = { ...lesson.predict.values, seed };
    const { result, values } = await runLesson(lesson, params, { data: nodeData() });
    const distances = lesson.answer(result, values) as number[];
    expect(distances).toHaveLength(GUESSED.length);
    expect(GUESSED[distances.indexOf(Math.max(...distances))]).toBeOneOf([2, 3]);
    expect(distances.at(-1)).toBeLessThan(Math.max(...distances) / 10);
  }
});
