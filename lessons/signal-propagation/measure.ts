import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { type Params, type Result, STDS, signalPropagation } from './experiment.ts';

/** The standard deviation that keeps the signal of 100 ReLU units. */
export const KEPT = Math.sqrt(2 / 100);
/** Those with which the layers are trained. */
export const TRAINED = [0.03, 0.07, 0.1, 0.12, KEPT, 0.17, 0.2, 0.25, 0.5, 1] as const;

const BASE = { activation: 'relu', depth: 10, units: 100, samples: 1000, train: false } as const;

export interface Row {
  /** Signals alone, at the size of the slide, or training as well. */
  what: 'signals' | 'training';
  std: number;
  seed: number;
  /** Mean square of the activations of each layer. */
  squares: number[];
  /** Slope of the final scale against the standard deviation, both as logarithms, by least squares; and the least final scale. */
  slope: number;
  least: number;
  /** Test accuracy after training. */
  accuracy?: number;
}

/** The slope of a straight line through points by least squares. */
export function slopeOf(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const sum = (f: (i: number) => number) => x.reduce((total, _, i) => total + f(i), 0);
  return sum((i) => (x[i]! - mx) * (y[i]! - my)) / sum((i) => (x[i]! - mx) ** 2);
}

const short = (value: number) => Number(value.toPrecision(5));

function condense({ label, params }: MeasuredRun<Row['what'], Params>, { layers, sweep, trained }: Result): Row {
  const finals = sweep.map(({ final }) => final);
  return {
    what: label,
    std: short(params.std),
    seed: params.seed,
    squares: layers.map(({ activations }) => short(10 ** (2 * activations))),
    slope: short(slopeOf(STDS.map(Math.log10), finals)),
    least: short(Math.min(...finals)),
    ...(trained && { accuracy: short(trained.accuracy) }),
  };
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);

export const measurement: Measurement<Row['what'], Params, Result, Row> = {
  experiment: signalPropagation,
  runs: [
    ...seeds(30).map((seed) => ({ label: 'signals' as const, params: { ...BASE, std: KEPT, seed } })),
    ...TRAINED.flatMap((std) =>
      seeds(5).map((seed) => ({
        label: 'training' as const,
        params: { ...BASE, std, samples: 10, train: true, seed },
      })),
    ),
  ],
  sample: { label: 'signals', params: { ...BASE, std: KEPT, samples: 50, seed: 0 } },
  condense,
};
