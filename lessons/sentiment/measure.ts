import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { type Params, type Result, sentiment } from './experiment.ts';
import type { Start } from './network.ts';

export const BASE = { review: 'good', epochs: 2, judged: 100 } as const;

export interface Row {
  seed: number;
  start: Start;
  /** Share of unseen reviews right, after each pass; before the first it is guessing. */
  accuracy: number[];
  /** The mean loss of the last pass. */
  loss: number;
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ label, params }: MeasuredRun<Start, Params>, { moments }: Result): Row {
  return {
    seed: params.seed,
    start: label,
    accuracy: moments.slice(1).map(({ accuracy }) => short(accuracy)),
    loss: short(moments.at(-1)!.loss),
  };
}

export const ORDER: readonly Start[] = ['uniform ±0.05', 'glorot_uniform', 'he_normal', 'normal, std 1'];
const SEEDS = Array.from({ length: 5 }, (_, seed) => seed);

export const measurement: Measurement<Start, Params, Result, Row> = {
  experiment: sentiment,
  runs: SEEDS.flatMap((seed) => ORDER.map((start) => ({ label: start, params: { ...BASE, start, seed } }))),
  sample: { label: 'he_normal', params: { ...BASE, start: 'he_normal', epochs: 1, seed: 0 } },
  condense,
};
