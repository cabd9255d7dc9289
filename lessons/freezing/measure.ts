import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { freezing, frozenLayers, type Params, type Result, type Way } from './experiment.ts';

export const BASE = {
  first: true,
  second: true,
  old: 2000,
  contrast: 0.3,
  epochs: 3,
  rate: 0.03,
  examples: 1000,
  units: 12,
} as const;

/** What is frozen, in the order of the table. */
export const FROZEN = [
  { first: true, second: false },
  { first: true, second: true },
] as const;
/** New digits: many, and few that are gone through more often. */
export const AMOUNTS = [
  { examples: 1000, epochs: 3 },
  { examples: 50, epochs: 10 },
] as const;
export const CONTRASTS = [0.3, 1] as const;

type Label = 'training';

export interface Row {
  first: boolean;
  second: boolean;
  contrast: number;
  examples: number;
  seed: number;
  /** Test accuracy of the old network on the new digits and on the old ones. */
  before: { fresh: number; old: number };
  nets: {
    way: Way;
    fresh: number;
    old: number;
    /** Of what was to be frozen, how many kernels' and biases' entries have moved, and how many entries of statistics. */
    moved: { weights: number; statistics: number };
  }[];
  /** What verify() compared, and how many weights it found moved. */
  verified: { entries: number; moved: number };
  /** How many entries it named when one was moved by one unit in the last place, and by how much. */
  caught: { entries: number; by: number };
}

const short = (value: number) => Number(value.toPrecision(4));
const isStatistic = (path: string) => path.includes('moving');

function condense({ params }: MeasuredRun<Label, Params>, { nets, verified, caught }: Result): Row {
  const { first, second, contrast, examples, seed } = params;
  const layers = frozenLayers(params);
  const { fresh, old } = nets[0]!.moments[0]!;
  return {
    first,
    second,
    contrast,
    examples,
    seed,
    before: { fresh: short(fresh), old: short(old) },
    nets: nets.map(({ way, moments }) => {
      const { fresh, old, moved } = moments.at(-1)!;
      const counts = { weights: 0, statistics: 0 };
      for (const [path, count] of Object.entries(moved))
        if (layers.includes(path.split('/')[0]!)) counts[isStatistic(path) ? 'statistics' : 'weights'] += count;
      return { way, fresh: short(fresh), old: short(old), moved: counts };
    }),
    verified: verified!,
    caught: { entries: caught!.entries, by: short(Math.abs(caught!.is - caught!.was)) },
  };
}

const SEEDS = Array.from({ length: 5 }, (_, seed) => seed);

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: freezing,
  runs: CONTRASTS.flatMap((contrast) =>
    AMOUNTS.flatMap((amount) =>
      FROZEN.flatMap((frozen) =>
        SEEDS.map((seed) => ({
          label: 'training' as const,
          params: { ...BASE, ...amount, ...frozen, contrast, seed },
        })),
      ),
    ),
  ),
  sample: { label: 'training', params: { ...BASE, old: 200, units: 4, epochs: 1, examples: 100, seed: 0 } },
  condense,
};
