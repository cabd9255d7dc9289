import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { type Params, type Result, type Track, weightUpdates } from './experiment.ts';
import { OPTIMIZERS, type OptimizerName } from './rules.ts';
import { MAP, SURFACES, type SurfaceName } from './surfaces.ts';
import { above, walk } from './walk.ts';

/** Learning rates that are compared. */
export const RATES = [0.01, 0.03, 0.1, 0.2, 0.5, 0.9, 1.5] as const;
/** A walk has arrived this far above the lowest place. */
export const ARRIVED = 0.01;
export const MOST_STEPS = 200;

export interface Row {
  surface: SurfaceName;
  seed: number;
  /** Largest distance between a step by hand and that of TensorFlow.js, by optimizer, as a share of a weight that is above 1. */
  apart: Record<OptimizerName, number>;
  /** Steps until the walk has arrived, for each rate; one more than there are where it has not. */
  steps: Record<OptimizerName, number[]>;
}

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

/** A start for each seed, spread over the map by multiples of irrational numbers. */
export const startOf = (seed: number): { x: number; y: number } => ({
  x: Number((MAP.x[0] + 8 * (((seed + 1) * 0.618034) % 1)).toFixed(2)),
  y: Number((MAP.y[0] + 6 * (((seed + 1) * 0.754878) % 1)).toFixed(2)),
});

const byOptimizer = <T>(pick: (optimizer: OptimizerName, i: number) => T) =>
  Object.fromEntries(OPTIMIZERS.map((optimizer, i) => [optimizer, pick(optimizer, i)])) as Record<OptimizerName, T>;

/** The largest distance of a walk's steps by hand, each over the largest weight before and after it, or over 1. */
export const shareApart = ({ points, apart }: Track): number =>
  apart.reduce(
    (most, off, i) =>
      Math.max(
        most,
        off /
          Math.max(
            1,
            ...points
              .slice(i, i + 2)
              .flat()
              .map(Math.abs),
          ),
      ),
    0,
  );

function stepsTo(optimizer: OptimizerName, params: Params): number {
  const points = walk(optimizer, { ...params, steps: MOST_STEPS });
  const at = points.findIndex((point) => above(params.surface, point) < ARRIVED);
  return at < 0 ? MOST_STEPS + 1 : at;
}

function condense({ params }: MeasuredRun<SurfaceName, Params>, { tracks }: Result): Row {
  return {
    surface: params.surface,
    seed: params.seed,
    apart: byOptimizer((_, i) => Number(shareApart(tracks[i]!).toPrecision(2))),
    steps: byOptimizer((optimizer) => RATES.map((rate) => stepsTo(optimizer, { ...params, noise: 0, rate }))),
  };
}

const paramsOf = (surface: SurfaceName, seed: number, steps: number): Params => ({
  surface,
  ...startOf(seed),
  rate: 0.1,
  momentum: 0.9,
  decay: 0.9,
  beta2: 0.999,
  nesterov: seed % 2 === 1,
  steps,
  noise: 0.2,
  seed,
});

export const measurement: Measurement<SurfaceName, Params, Result, Row> = {
  experiment: weightUpdates,
  runs: SURFACES.flatMap((label) => SEEDS.map((seed) => ({ label, params: paramsOf(label, seed, 40) }))),
  sample: { label: 'banana', params: paramsOf('banana', 3, 5) },
  condense,
};
