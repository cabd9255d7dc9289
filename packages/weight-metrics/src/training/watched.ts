import type { Weight } from '@weightkit/core';
import { histogram, moments } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import type { Snapshot } from '../comparison/snapshot.ts';
import { spectralMetrics } from '../spectral/of-singular-values.ts';
import { whyNoSpectrum } from '../spectral/spectral-metrics.ts';
import { distance, relative } from '../statistics/distance.ts';
import { numbersOf, sizeOf, type Values } from '../values/read-values.ts';
import type { StepReading } from './step-gauge.ts';
import { type DistanceRecord, plain, plainNumbers, type WatchedWeight, type WeightRecord } from './watch-history.ts';

/** What to record of a weight. */
export interface RecordPlan {
  histogram: { bins: number; range: readonly [number, number] | undefined } | null;
  spectra: boolean;
  maxCost: number;
  /** What `fromStart` is measured from; null for the values at the start. */
  start: Snapshot | null;
}

/** A watched weight with the values that distances are measured from. */
export interface Watched {
  readonly weight: Weight;
  readonly about: WatchedWeight;
  /** Null where it is not known. */
  readonly start: Point | null;
  previous: Point | null;
}

interface Point {
  values: Values;
  /** ‖values‖, of the finite ones. */
  norm: number;
}

/** Symmetric, twice as far as the largest start value; ±1 when all are 0. */
function defaultRange(values: Values): [number, number] {
  const { count, min, max } = moments(values);
  const largest = count === 0 ? 0 : Math.max(max, -min);
  return largest === 0 ? [-1, 1] : [-2 * largest, 2 * largest];
}

const pointOf = (values: Values): Point => ({ values, norm: moments(values).l2 });

/** The given start values of a weight; null where none are given. */
export function givenStart({ path, shape }: Weight, { start }: RecordPlan): Point | null {
  if (start === null) return null;
  const values = start.get(path);
  checkRange(
    values !== undefined && values.length === sizeOf({ shape }),
    `watch: start must have ${sizeOf({ shape })} values of ${path}`,
    values === undefined ? [...start.keys()] : values.length,
  );
  return pointOf(numbersOf(values));
}

/** Begins to watch a weight that has these values and fixes its edges. */
export function startWatching(weight: Weight, values: Values, plan: RecordPlan): Watched {
  const range = plan.histogram?.range ?? defaultRange(values);
  const about = {
    shape: [...weight.shape],
    parameters: sizeOf(weight),
    edges: plan.histogram ? Array.from(histogram(values, { bins: plan.histogram.bins, range }).edges) : null,
    spectraSkipped: whyNoSpectrum(weight, plan.spectra, plan.maxCost),
  };
  return { weight, about, start: givenStart(weight, plan) ?? pointOf(values), previous: null };
}

/** Goes on watching a weight that has these values now; they are the previous ones where the last record is of them. */
export function goOnWatching(
  weight: Weight,
  values: Values,
  plan: RecordPlan,
  { edges }: WatchedWeight,
  last: WeightRecord | undefined,
): Watched {
  const about = {
    shape: [...weight.shape],
    parameters: sizeOf(weight),
    edges: plan.histogram ? edges : null,
    spectraSkipped: whyNoSpectrum(weight, plan.spectra, plan.maxCost),
  };
  const isLast = JSON.stringify(last?.moments) === JSON.stringify(plainNumbers(moments(values)));
  return { weight, about, start: givenStart(weight, plan), previous: isLast ? pointOf(values) : null };
}

function distanceFrom({ values, norm }: Point, to: Values): DistanceRecord {
  const l2 = distance(values, to);
  return { l2: plain(l2), relative: plain(relative(l2, norm)) };
}

/** Makes the record of a weight of its values and what its gauge says, if anything; the values are the previous ones from now on. */
export function recordOf(watched: Watched, values: Values, steps: StepReading | null): WeightRecord {
  const { weight, about, start, previous } = watched;
  const statistics = moments(values);
  const { edges } = about;
  const counted = edges && histogram(values, { bins: edges.length - 1, range: [edges[0]!, edges[edges.length - 1]!] });
  watched.previous = { values, norm: statistics.l2 };
  return {
    moments: plainNumbers(statistics),
    histogram: counted && {
      counts: Array.from(counted.counts),
      below: counted.below,
      above: counted.above,
      nonFinite: counted.nonFinite,
    },
    spectra:
      about.spectraSkipped === null && statistics.nonFinite === 0
        ? plainNumbers(spectralMetrics(values, weight.shape))
        : null,
    fromStart: start && distanceFrom(start, values),
    fromPrevious: previous && distanceFrom(previous, values),
    update: steps?.update ?? null,
    gradient: steps?.gradient ?? null,
  };
}
