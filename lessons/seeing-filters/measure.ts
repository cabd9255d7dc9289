import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { copies, cosines, filterOf, matched } from './alike.ts';
import { type Params, type Result, seeingFilters } from './experiment.ts';
import { FILTERS } from './network.ts';
import { KEPT, most } from './patches.ts';

export const BASE = {
  slide: false,
  filter: 0,
  image: '3.0',
  images: 5000,
  steps: 200,
  rate: 0.01,
} as const;

type Label = 'training';

export interface Row {
  seed: number;
  /** Share of unseen digits that are right in the end: as trained, with the first layer frozen, with another start. */
  accuracy: number;
  frozen: number;
  other: number;
  /** The mean cosine of filters with what they started as, and the smallest. */
  own: number;
  least: number;
  /** Of both networks, filters paired as well as can be, the mean cosine: at the start, and in the end. */
  random: number;
  trained: number;
  /** Filters whose answer is nowhere above 0 on unseen images, and pairs that are nearly copies. */
  dead: number;
  copies: number;
  /** The strongest answer found to the largest that each filter could give, the mean over filters that answer. */
  reached: number;
}

const short = (value: number) => Number(value.toPrecision(4));
const mean = (all: readonly number[]) => all.reduce((sum, value) => sum + value, 0) / all.length;

function condense({ params }: MeasuredRun<Label, Params>, result: Result): Row {
  const { moments, other, frozen, patches, active } = result;
  const [start, end] = [moments[0]!, moments.at(-1)!];
  const own = cosines(start.kernel, end.kernel);
  const alive = Array.from({ length: FILTERS }, (_, i) => i).filter((i) => active![i]! > 0);
  return {
    seed: params.seed,
    accuracy: short(end.accuracy),
    frozen: short(frozen.at(-1)!.accuracy),
    other: short(other.at(-1)!.accuracy),
    own: short(mean(own)),
    least: short(Math.min(...own)),
    random: short(matched(start.kernel, other[0]!.kernel)),
    trained: short(matched(end.kernel, other.at(-1)!.kernel)),
    dead: FILTERS - alive.length,
    copies: copies(end.kernel),
    reached: short(mean(alive.map((i) => patches!.answers[i * KEPT]! / most(filterOf(end.kernel, i), end.bias[i]!)))),
  };
}

const SEEDS = Array.from({ length: 5 }, (_, seed) => seed);

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: seeingFilters,
  runs: SEEDS.map((seed) => ({ label: 'training' as const, params: { ...BASE, seed } })),
  sample: { label: 'training', params: { ...BASE, images: 300, steps: 10, seed: 0 } },
  condense,
};
