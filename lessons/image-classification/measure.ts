import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { imageClassification, type Optimizer, type Params, type Result } from './experiment.ts';
import { STARTS } from './network.ts';

export const BASE = { network: 'small', std: 0.05, optimizer: 'Adam', epochs: 5, images: 2000 } as const;

/** More images, of which fewer seeds are needed. */
export const MANY = 10_000;

type Label = Optimizer | 'more images';

export interface Row {
  optimizer: Optimizer;
  images: number;
  seed: number;
  /** Validation accuracy after 0, 1, ... epochs, in the order of STARTS. */
  accuracies: number[][];
  /** Validation accuracy of the first with its dense kernel's rows in the order of PyTorch. */
  wrong: number;
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ params }: MeasuredRun<Label, Params>, { runs, order }: Result): Row {
  const { optimizer, images, seed } = params;
  return {
    optimizer,
    images,
    seed,
    accuracies: STARTS.map((start) =>
      runs.find((run) => run.start === start)!.moments.map(({ accuracy }) => short(accuracy)),
    ),
    wrong: short(order!.wrong),
  };
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: imageClassification,
  runs: [
    ...(['Adam', 'SGD'] as const).flatMap((optimizer) =>
      seeds(16).map((seed) => ({ label: optimizer, params: { ...BASE, optimizer, seed } })),
    ),
    ...seeds(8).map((seed) => ({ label: 'more images' as const, params: { ...BASE, images: MANY, seed } })),
  ],
  sample: { label: 'Adam', params: { ...BASE, images: 200, epochs: 1, seed: 0 } },
  condense,
};
