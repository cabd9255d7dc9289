import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { groundOfStart, type Params, type Result } from './experiment.ts';
import { figures, percent, short } from './figure.ts';
import { ridge } from './ridge.ts';

const GOAL = { ridge: 0.12, accuracy: 0.8 };

/** What came out, in sentences. */
function summary({ moments, slope, travelled, diverged, other }: Result, { scale }: Params): string[] {
  const [start, end] = [moments[0]!, moments.at(-1)!];
  return [
    `At the start, with kernels ${scale} times as large as He’s, the loss is ${short(start.loss)}, and the slope of the ground is ${short(slope.kernels)} for the kernels and ${short(slope.biases)} for the biases.`,
    diverged
      ? `Training went beyond all numbers after step ${end.step}.`
      : `After ${end.step} steps the loss is ${short(end.loss)}, ${percent(end.accuracy)} of the unseen digits are right, and the weights are ${short(travelled)} away from their start.`,
    ...(other
      ? [
          `On the straight line to a network with another start, which has ${percent(other.accuracy)} right, the loss rises by ${short(ridge(other.straight))}; with units in one order, for which ${other.moved} of ${other.units} change places, by ${short(ridge(other.matched))}.`,
        ]
      : []),
  ];
}

function check({ moments, other }: Result): Verdict {
  if (!other) return { met: false, text: 'There are not two networks to go between.' };
  const least = Math.min(moments.at(-1)!.accuracy, other.accuracy);
  const height = ridge(other.matched);
  return {
    met: height < GOAL.ridge && least >= GOAL.accuracy,
    text: `The ridge is ${short(height)}, and the worse of the two networks has ${percent(least)} right.`,
  };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { steps: 10 },
  // The steps of two networks, and a map of 315 places.
  work: ({ steps, units }) => 100 + 2 * steps * (1 + units / 64),
  experiment: groundOfStart,
  moments: ({ moments }) => moments.map(({ step }) => `step ${step}`),
  figures,
  summary,
  answer: ({ moments }) => Math.round(100 * moments.at(-1)!.accuracy),
  check,
};
