import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { computeByHand, type Params, type Result } from './experiment.ts';

/** The columns of the page's table. */
export const SETTINGS = {
  'restart, Adam kept (notebook)': { restartEvery: 1000, resetAdam: false },
  'restart, Adam reset': { restartEvery: 1000, resetAdam: true },
  'no restart': { restartEvery: 0, resetAdam: false },
} as const;

export type Setting = keyof typeof SETTINGS;
export const MOST_STEPS = 6000;
const SEEDS = Array.from({ length: 30 }, (_, seed) => seed);

export interface Row {
  setting: Setting;
  seed: number;
  learned: boolean;
  /** How often the weights started. */
  starts: number;
  steps: number;
  /** The loss at the end. */
  loss: number;
  /** For each restart, the largest change of a weight in the first 10 steps after it. */
  early: number[];
}

const to3 = (value: number): number => Number(value.toPrecision(3));

function condense({ label, params }: MeasuredRun<Setting, Params>, { loss, attempts, learned }: Result): Row {
  return {
    setting: label,
    seed: params.seed,
    learned,
    starts: attempts.length,
    steps: loss.length,
    loss: to3(loss.at(-1)!),
    early: attempts
      .slice(1)
      .map((attempt) => attempt.early)
      .filter(Number.isFinite)
      .map(to3),
  };
}

const paramsOf = (setting: Setting, seed: number, maxSteps = MOST_STEPS): Params => ({
  ...SETTINGS[setting],
  seed,
  maxSteps,
  input: '0, 1',
});

export const measurement: Measurement<Setting, Params, Result, Row> = {
  experiment: computeByHand,
  runs: (Object.keys(SETTINGS) as Setting[]).flatMap((label) =>
    SEEDS.map((seed) => ({ label, params: paramsOf(label, seed) })),
  ),
  sample: {
    label: 'restart, Adam kept (notebook)',
    params: { ...paramsOf('restart, Adam kept (notebook)', 2, 120), restartEvery: 100 },
  },
  condense,
};
