import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { type Params, type Result, unitsAgain, weightImportance } from './experiment.ts';
import type { Scores } from './explain.ts';
import type { Task } from './problem.ts';

export const BASE = {
  task: 'iris',
  spread: 0.03162,
  factor: 1,
  kind: 'virginica',
  example: 16,
  baseline: 'average',
  retrain: false,
  units: 6,
  steps: 100,
  decay: 0,
} as const;

/** Spreads of the random numbers, from tiny to as large as ten times the lengths. */
export const SPREADS = [0.01, 0.03162, 0.1, 0.3162, 1, 3.162, 10] as const;
/** Steps of the runs with weight decay, which takes time, and of those beside them without. */
export const LONG = 300;
/** Weight decay of the runs that have some. */
export const DECAY = 0.03;
/** How many times larger the numbers of the petal length are in the other unit: millimeters in place of centimeters. */
export const FACTOR = 10;

type Label = 'spread' | 'trained without' | 'long' | 'decay' | 'XOR';

export interface Row {
  label: Label;
  task: Task;
  spread: number;
  decay: number;
  seed: number;
  accuracy: number;
  methods: {
    method: Scores['method'];
    /** Shares of all inputs, in the unit of the training. */
    shares: number[];
    /** The share of the input in another unit. */
    inUnits: number;
  }[];
  /** Accuracy lost by shuffling each input. */
  lost: number[];
  retrained: number[] | null;
  /** The largest by which integrated gradients miss the change of the output. */
  residual: number;
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ label, params }: MeasuredRun<Label, Params>, result: Result): Row {
  const { task, spread, decay, seed } = params;
  const other = unitsAgain(result, params, { ...params, factor: FACTOR });
  return {
    label,
    task,
    spread,
    decay,
    seed,
    accuracy: short(result.accuracy),
    methods: result.scores.map(({ method, shares }, i) => ({
      method,
      shares: shares.map(short),
      inUnits: short(other.scores[i]!.shares[result.measured]!),
    })),
    lost: result.shuffled.lost.map(short),
    retrained: result.retrained?.map(short) ?? null,
    residual: Number(result.residual.toPrecision(2)),
  };
}

const SEEDS = Array.from({ length: 16 }, (_, seed) => seed);
const runsOf = (label: Label, more: Partial<Params>) =>
  SEEDS.map((seed) => ({ label, params: { ...BASE, ...more, seed } }));

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: weightImportance,
  runs: [
    ...SPREADS.filter((spread) => spread !== BASE.spread).flatMap((spread) => runsOf('spread', { spread })),
    ...runsOf('trained without', { retrain: true }),
    ...runsOf('long', { steps: LONG }),
    ...runsOf('decay', { decay: DECAY, steps: LONG }),
    ...runsOf('XOR', { task: 'XOR' }),
  ],
  sample: { label: 'spread', params: { ...BASE, seed: 0 } },
  condense,
};
