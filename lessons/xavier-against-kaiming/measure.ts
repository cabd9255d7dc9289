import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { type Params, type Result, xavierAgainstKaiming } from './experiment.ts';

const BASE = {
  activation: 'relu',
  depth: 10,
  units: 32,
  pairs: 10,
  seed: 0,
  network: 'all of one width',
  optimizer: 'SGD',
  epochs: 3,
  layer: 'Dense',
  after: 'relu',
} as const satisfies Params;
const SLIDE = { network: 'slide 12: 100-64-32-1' } as const;

/** What the tables of the page compare. */
export const SETTINGS: readonly Partial<Params>[] = [
  ...([2, 10, 20] as const).map((depth) => ({ activation: 'relu', depth }) as const),
  ...([2, 10] as const).map((depth) => ({ activation: 'tanh', depth }) as const),
  { activation: 'sigmoid', depth: 10 },
  { activation: 'selu', depth: 20 },
  { activation: 'relu', depth: 10, optimizer: 'Adam' },
  ...(['relu', 'tanh'] as const).map((activation) => ({ activation, ...SLIDE })),
];

export interface Row {
  activation: Params['activation'];
  /** Hidden layers, or the slide. */
  depth: number | 'slide 12';
  optimizer: Params['optimizer'];
  pairs: number;
  seed: number;
  /** Test accuracy of each pair in per cent. */
  xavier: number[];
  he: number[];
}

const short = (value: number) => Number(value.toFixed(2));

function condense({ params }: MeasuredRun<string, Params>, { pairs }: Result): Row {
  return {
    activation: params.activation,
    depth: params.network === 'all of one width' ? params.depth : 'slide 12',
    optimizer: params.optimizer,
    pairs: pairs.length,
    seed: params.seed,
    xavier: pairs.map(({ xavier }) => short(100 * xavier.accuracy)),
    he: pairs.map(({ he }) => short(100 * he.accuracy)),
  };
}

export const measurement: Measurement<string, Params, Result, Row> = {
  experiment: xavierAgainstKaiming,
  // Twenty pairs of each, in two runs.
  runs: SETTINGS.flatMap((setting) =>
    [0, 10].map((seed) => ({
      label: `${setting.activation} ${setting.network ?? setting.depth} ${setting.optimizer ?? ''}`.trim(),
      params: { ...BASE, ...setting, seed },
    })),
  ),
  sample: { label: 'sample', params: { ...BASE, depth: 2, pairs: 2, epochs: 1 } },
  condense,
};
