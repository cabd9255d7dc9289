import { allDone, type Weight } from '@weightkit/core';
import { histogram, moments } from '@weightkit/numerics';
import { spectralMetrics } from '../spectral/of-singular-values.ts';
import { whyNoSpectrum } from '../spectral/spectral-metrics.ts';
import { distance, relative } from '../statistics/distance.ts';
import { readValues, sizeOf, type Values } from '../values/read-values.ts';
import type { StepGauge } from './step-gauge.ts';
import { type DistanceRecord, plain, plainNumbers, type WatchedWeight, type WeightRecord } from './watch-history.ts';

/** What to record of a weight. */
export interface RecordPlan {
  histogram: { bins: number; range: readonly [number, number] | undefined } | null;
  spectra: boolean;
  maxCost: number;
}

/** A watched weight with the values that distances are measured from. */
export interface Watched {
  readonly weight: Weight;
  readonly about: WatchedWeight;
  readonly start: Point;
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

/** Reads the start values of a weight and fixes its edges. */
export async function startWatching(weight: Weight, plan: RecordPlan): Promise<Watched> {
  const values = await readValues(weight);
  const range = plan.histogram?.range ?? defaultRange(values);
  const about = {
    shape: [...weight.shape],
    parameters: sizeOf(weight),
    edges: plan.histogram ? Array.from(histogram(values, { bins: plan.histogram.bins, range }).edges) : null,
    spectraSkipped: whyNoSpectrum(weight, plan.spectra, plan.maxCost),
  };
  return { weight, about, start: { values, norm: moments(values).l2 }, previous: null };
}

function distanceFrom({ values, norm }: Point, to: Values): DistanceRecord {
  const l2 = distance(values, to);
  return { l2: plain(l2), relative: plain(relative(l2, norm)) };
}

/** Reads a weight and its gauge (none before the first step) and makes the record; it is the previous one from now on. */
export async function recordOf(watched: Watched, gauge: StepGauge | null): Promise<WeightRecord> {
  const { weight, about, start, previous } = watched;
  const [values, steps] = await allDone([readValues(weight), gauge?.read()]);
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
    fromStart: distanceFrom(start, values),
    fromPrevious: previous && distanceFrom(previous, values),
    update: steps?.update ?? null,
    gradient: steps?.gradient ?? null,
  };
}
