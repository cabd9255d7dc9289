import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { allTogether, type Codes, type Params, type Result, type Stage } from './experiment.ts';
import { withoutZeros } from './left.ts';

export const BASE = {
  budget: 30,
  units: 25,
  zeros: 50,
  bits: 'as many as fit',
  steps: 400,
  tune: 100,
  images: 10_000,
  compare: false,
} as const;

/** Smaller budgets with the same cuts, in kB. */
export const BUDGETS = [16, 12, 8] as const;
/** Ways to 8 kB; bits alone do not get there. */
export const TIGHT = 8;
export const WAYS = {
  'units alone': { units: 72, zeros: 0, bits: '8' },
  'zeros alone': { units: 0, zeros: 90, bits: '8' },
  'bits alone': { units: 0, zeros: 0, bits: '2' },
  'units and zeros': { units: 50, zeros: 70, bits: '8' },
  'all three': { units: 50, zeros: 50, bits: 'as many as fit' },
} as const;
export type Way = keyof typeof WAYS;

type Label = 'default' | 'budget' | Way;

export interface Row {
  label: Label;
  budget: number;
  seed: number;
  stages: Stage[];
  bits: number;
  /** Hidden units that are left, and weights that are not 0 among them. */
  units: number[];
  weights: number;
  codes: Pick<Codes, 'whole' | 'tight'>;
  longer: number | null;
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ label, params }: MeasuredRun<Label, Params>, result: Result): Row {
  const { stages, bits, units, left, codes, longer } = result;
  return {
    label,
    budget: params.budget,
    seed: params.seed,
    stages: stages.map(({ name, bytes, gzip, before, accuracy }) => ({
      name,
      bytes,
      gzip,
      before: before === null ? null : short(before),
      accuracy: short(accuracy),
    })),
    bits,
    units: units.map(({ length }) => length),
    weights: left.kernels.reduce((sum, kernel) => sum + withoutZeros(kernel), 0),
    codes: { whole: codes.whole, tight: codes.tight },
    longer: longer === null ? null : short(longer),
  };
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: allTogether,
  runs: [
    ...seeds(8).map((seed) => ({ label: 'default' as const, params: { ...BASE, compare: true, seed } })),
    ...BUDGETS.flatMap((budget) =>
      seeds(8).map((seed) => ({ label: 'budget' as const, params: { ...BASE, budget, seed } })),
    ),
    ...(Object.keys(WAYS) as Way[]).flatMap((label) =>
      seeds(8).map((seed) => ({ label, params: { ...BASE, budget: TIGHT, ...WAYS[label], seed } })),
    ),
  ],
  sample: { label: 'default', params: { ...BASE, images: 500, steps: 20, tune: 10, seed: 0 } },
  condense,
};
