import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { breakingSymmetry, type Params, type Result } from './experiment.ts';

/** The lesson's own run, of the network that starts constant. */
export const BASE = {
  task: 'digits',
  start: 'constant',
  layers: 'all',
  value: 0.01,
  oneDifferent: false,
  biases: 'zero',
  activation: 'relu',
  optimizer: 'sgd',
  units: 16,
  examples: 1000,
  epochs: 10,
} as const;

/** The rows of the page's table. */
export const SETTINGS = {
  'random (He)': { start: 'random' },
  'all kernels 0.01, biases zero': {},
  'one unit per layer, kernels 0.1': { units: 1, value: 0.1 },
  'all kernels 0.01, one weight 0.11': { oneDifferent: true },
  'all kernels zero, biases zero': { start: 'zeros' },
  'first kernel zero, biases zero': { start: 'zeros', layers: 'first' },
  'first kernel zero, biases random': { start: 'zeros', layers: 'first', biases: 'random' },
  'first kernel zero, biases zero, tanh': { start: 'zeros', layers: 'first', activation: 'tanh' },
} as const;

/** Runs that the text tells of, on one seed. */
export const LATE = {
  'zero kernels, random biases, 40 epochs': { start: 'zeros', biases: 'random', epochs: 40 },
  'zero kernels, random biases, Adam': { start: 'zeros', biases: 'random', optimizer: 'adam' },
} as const;

export type Setting = keyof typeof SETTINGS | keyof typeof LATE;

export interface Row {
  setting: Setting;
  seed: number;
  /** Test accuracy at the end. */
  accuracy: number;
  /** Units that are different from each other, in the first and in the second hidden layer. */
  different: number[];
  /** The weights that moved. */
  moved: string[];
}

function condense({ label, params }: MeasuredRun<Setting, Params>, { nets }: Result): Row {
  const { moments, moved } = nets[0]!;
  const { accuracy, different } = moments.at(-1)!;
  return {
    setting: label,
    seed: params.seed,
    accuracy: Number(accuracy.toPrecision(4)),
    different: Object.values(different),
    moved: Object.keys(moved).filter((path) => moved[path] !== 0),
  };
}

const runsOf = (settings: Partial<Record<Setting, Partial<Params>>>, seeds: readonly number[]) =>
  Object.entries(settings).flatMap(([label, params]) =>
    seeds.map((seed) => ({ label: label as Setting, params: { ...BASE, ...params, seed } })),
  );

export const measurement: Measurement<Setting, Params, Result, Row> = {
  experiment: breakingSymmetry,
  runs: [...runsOf(SETTINGS, [0, 1, 2, 3, 4]), ...runsOf(LATE, [0])],
  sample: { label: 'random (He)', params: { ...BASE, start: 'random', examples: 300, epochs: 3, seed: 0 } },
  condense,
};
