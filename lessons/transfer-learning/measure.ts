import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { endOf, type Method, type Params, type Result, transferLearning } from './experiment.ts';

export const BASE = {
  examples: 20,
  tuned: true,
  gradual: true,
  adapters: true,
  paper: false,
  old: 2000,
  steps: 60,
  rate: 0.01,
  rank: 4,
} as const;

/** Examples of the new digits: few, of which more seeds are needed, and many. */
export const FEW = [10, 20, 50] as const;
const MANY = [100, 300, 1000] as const;
export const AMOUNTS = [...FEW, ...MANY] as const;
/** Examples that are dark on white. */
export const ON_PAPER = 50;

type Label = 'white on black' | 'dark on white';

export interface Row {
  examples: number;
  paper: boolean;
  seed: number;
  /** Test accuracy of the base on the old digits, before the new ones came. */
  base: number;
  methods: {
    method: Method;
    /** Test accuracy on the new digits, and of the old head on the old ones; none for a base from scratch. */
    fresh: number;
    old: number | null;
    trained: number;
    /** How many numbers of the base have other bits. */
    changed: number;
  }[];
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ params }: MeasuredRun<Label, Params>, { base, methods }: Result): Row {
  const { examples, paper, seed } = params;
  return {
    examples,
    paper,
    seed,
    base: short(base),
    methods: methods.map((run) => ({
      method: run.method,
      fresh: short(endOf(run)),
      old: run.old === null ? null : short(run.old),
      trained: run.trained,
      changed: run.base.changed,
    })),
  };
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: transferLearning,
  runs: [
    ...AMOUNTS.flatMap((examples) =>
      seeds((FEW as readonly number[]).includes(examples) ? 16 : 8).map((seed) => ({
        label: 'white on black' as const,
        params: { ...BASE, examples, seed },
      })),
    ),
    ...seeds(5).map((seed) => ({
      label: 'dark on white' as const,
      params: { ...BASE, examples: ON_PAPER, paper: true, seed },
    })),
  ],
  sample: { label: 'white on black', params: { ...BASE, examples: 10, old: 100, steps: 5, seed: 0 } },
  condense,
};
