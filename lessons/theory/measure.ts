import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { groundOfStart, type Params, type Result } from './experiment.ts';
import { ridge } from './ridge.ts';

export const BASE = { scale: 1, bias: 0, steps: 150, rate: 0.1, units: 32 } as const;

export type Label = 'scale' | 'bias' | 'units';

/** What stands in the rows of each table. */
export const VALUES = {
  scale: [0.03, 0.1, 0.3, 1, 3, 10],
  bias: [0.1, 0.3, 1, 3],
  units: [8, 16, 64],
} as const;

export interface Row {
  label: Label;
  value: number;
  seed: number;
  /** At the start. */
  loss: number;
  slope: number;
  /** Share of unseen digits that are right in the end. */
  accuracy: number;
  /** How far the loss rises on the line to the network with another start; null where one of the two diverged. */
  straight: number | null;
  matched: number | null;
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ label, params }: MeasuredRun<Label, Params>, result: Result): Row {
  const { moments, slope, other } = result;
  return {
    label,
    value: params[label],
    seed: params.seed,
    loss: short(moments[0]!.loss),
    slope: short(slope.kernels),
    accuracy: short(moments.at(-1)!.accuracy),
    straight: other ? short(ridge(other.straight)) : null,
    matched: other ? short(ridge(other.matched)) : null,
  };
}

const SEEDS = Array.from({ length: 6 }, (_, seed) => seed);
const LABELS = Object.keys(VALUES) as Label[];

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: groundOfStart,
  runs: LABELS.flatMap((label) =>
    VALUES[label].flatMap((value) => SEEDS.map((seed) => ({ label, params: { ...BASE, [label]: value, seed } }))),
  ),
  sample: { label: 'scale', params: { ...BASE, steps: 10, seed: 0 } },
  condense,
};
