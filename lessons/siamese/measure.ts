import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { LEFT_OUT, type LeftOut, type Params, type Result, siamese } from './experiment.ts';

export const BASE = { leftOut: 'none', images: 10_000, steps: 300, rate: 0.01, left: '3.0', right: '5.0' } as const;

/** Steps of the longer runs. */
export const LONG = 1000;

type Label = 'training';

/** What one tower, or two, say of unseen pairs. */
interface Ends {
  all: number;
  trained: number;
  leftOut: number | null;
  same: number;
  different: number;
  itself: number;
  exchanged: number;
}

export interface Row {
  leftOut: LeftOut;
  steps: number;
  seed: number;
  shared: Ends;
  separate: Ends;
  /** Entries of all gradients of the first step, and those that are not the sum of both sides. */
  entries: number;
  unequal: number;
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ params }: MeasuredRun<Label, Params>, { judged, gradients }: Result): Row {
  const endsOf = (name: 'shared' | 'separate'): Ends => {
    const { auc, same, different, itself, exchanged } = judged![name];
    return {
      all: short(auc.all),
      trained: short(auc.trained),
      leftOut: auc.leftOut === null ? null : short(auc.leftOut),
      same: short(same),
      different: short(different),
      itself: short(itself),
      exchanged: short(exchanged),
    };
  };
  return {
    leftOut: params.leftOut,
    steps: params.steps,
    seed: params.seed,
    shared: endsOf('shared'),
    separate: endsOf('separate'),
    entries: gradients.reduce((sum, { entries }) => sum + entries, 0),
    unequal: gradients.reduce((sum, { unequal }) => sum + unequal, 0),
  };
}

const SEEDS = Array.from({ length: 5 }, (_, seed) => seed);

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: siamese,
  runs: [...LEFT_OUT.map((leftOut) => ({ leftOut })), { steps: LONG }].flatMap((setting) =>
    SEEDS.map((seed) => ({ label: 'training' as const, params: { ...BASE, ...setting, seed } })),
  ),
  sample: { label: 'training', params: { ...BASE, leftOut: '4 and 9', images: 500, steps: 20, seed: 0 } },
  condense,
};
