import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { BESIDE, type Norm, normalization, type Params, type Result } from './experiment.ts';

export const BASE = {
  scale: 10,
  beside: 'weight norm, g = 1',
  depth: 5,
  epochs: 2,
  rate: 0.01,
  units: 64,
  examples: 5000,
} as const;
/** Two decades of first weights, by half decades. */
export const SCALES = [0.1, 0.316, 1, 3.16, 10] as const;

type Label = 'training' | 'first step';

export interface Row {
  what: Label;
  scale: number;
  seed: number;
  nets: {
    norm: Norm;
    /** Of the test digits; null where nothing was trained. */
    accuracy: number | null;
    /** Standard deviation of what the last hidden layer gives at the first step. */
    signal: number;
  }[];
  /** Of each form of a kernel its largest singular value, and the length of the shortest and the longest unit. */
  kernels: { form: string; largest: number; lengths: number[] }[];
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ label, params }: MeasuredRun<Label, Params>, { nets, spectra }: Result): Row {
  return {
    what: label,
    scale: params.scale,
    seed: params.seed,
    nets: nets.map(({ norm, accuracy, signal }) => ({
      norm,
      accuracy: Number.isFinite(accuracy) ? short(accuracy) : null,
      signal: short(signal.at(-1)!),
    })),
    kernels: spectra.map(({ form, values, lengths }) => ({
      form,
      largest: short(values[0]!),
      lengths: lengths.map(short),
    })),
  };
}

const SEEDS = Array.from({ length: 5 }, (_, seed) => seed);

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: normalization,
  runs: SCALES.flatMap((scale) => [
    ...SEEDS.map((seed) => ({ label: 'training' as const, params: { ...BASE, scale, seed } })),
    ...BESIDE.flatMap((beside) =>
      SEEDS.map((seed) => ({
        label: 'first step' as const,
        params: { ...BASE, scale, beside, epochs: 0, examples: 100, seed },
      })),
    ),
  ]),
  sample: { label: 'training', params: { ...BASE, depth: 2, units: 8, epochs: 1, examples: 100, seed: 0 } },
  condense,
};
