import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { type Curve, type Params, pruning, type Result } from './experiment.ts';
import { free } from './free.ts';
import type { Ticket } from './tickets.ts';

export const BASE = {
  sparsity: 90,
  what: 'weights',
  by: 'smallest first',
  scope: 'the whole network',
  tune: 300,
  compare: false,
  timed: true,
  tickets: false,
  images: 5000,
  steps: 300,
} as const;

/** The share of zeros that is measured beside 90 %. */
export const OTHER = 95;
/** Steps of each training of a lottery ticket. */
export const TICKET_STEPS = 200;
/** The share of hidden units that goes in the runs of units. */
export const UNITS_GONE = 50;

type Label = 'weights' | 'at random' | '2:4' | 'units' | 'tickets';

export interface Row {
  label: Label;
  sparsity: number;
  seed: number;
  /** The share of the weights that are 0. */
  zeros: number;
  /** Test accuracies: dense, dense and trained on, and pruned: at once, trained on, little by little. */
  dense: number;
  longer: number | null;
  atOnce: number;
  tuned: number | null;
  gradual: number | null;
  /** Accuracy at each share of zeros when nothing is trained after pruning. */
  curve: Curve;
  /** Weights under masks that are not 0 after training. */
  alive: number;
  /** The share of zeros that costs no point when nothing is trained, in percent. */
  free: number;
  /** Bytes of the file of weights and of what gzip makes of it, accuracy and milliseconds: dense, with zeros, units taken out. */
  files: { bytes: number; gzip: number; accuracy: number; ms: number | null }[];
  /** Hidden units that are left where units were taken out; how much it is the same network. */
  units: number[];
  same: number;
  largest: number;
  tickets: Ticket[];
}

const short = (value: number) => Number(value.toPrecision(4));
const shortOf = <T>(value: T | number) => (typeof value === 'number' ? short(value) : value);

function condense({ label, params }: MeasuredRun<Label, Params>, result: Result): Row {
  const { dense, longer, pruned, saved, smaller, tickets } = result;
  const { zeros, weights, atOnce, tuned, gradual, alive } = pruned;
  return {
    label,
    sparsity: params.sparsity,
    seed: params.seed,
    zeros: short(zeros / weights),
    dense: short(dense),
    longer: shortOf(longer),
    atOnce: short(atOnce),
    tuned: shortOf(tuned),
    gradual: shortOf(gradual),
    curve: {
      network: result.curve.network.map(short),
      layer: result.curve.layer.map(short),
      random: result.curve.random.map(short),
    },
    alive,
    free: free(result),
    files: saved.map(({ bytes, gzip, accuracy, ms }) => ({ bytes, gzip, accuracy: short(accuracy), ms: shortOf(ms) })),
    units: smaller.units,
    same: short(smaller.same),
    largest: Number(smaller.largest.toPrecision(2)),
    tickets: tickets.map(({ sparsity, first, redrawn, randomMask }) => ({
      sparsity: short(sparsity),
      first: short(first),
      redrawn: shortOf(redrawn),
      randomMask: shortOf(randomMask),
    })),
  };
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);
const runsOf = (label: Label, count: number, more: Partial<Params>) =>
  seeds(count).map((seed) => ({ label, params: { ...BASE, ...more, seed } }));

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: pruning,
  runs: [
    ...runsOf('weights', 6, { compare: true }),
    ...runsOf('weights', 4, { compare: true, sparsity: OTHER }),
    ...runsOf('at random', 4, { by: 'at random' }),
    ...runsOf('2:4', 4, { what: '2:4' }),
    ...runsOf('units', 4, { what: 'units', scope: 'each layer', sparsity: UNITS_GONE }),
    ...runsOf('tickets', 4, { tickets: true, tune: 0, steps: TICKET_STEPS }),
  ],
  // Without times, which come out anew each time.
  sample: { label: 'weights', params: { ...BASE, timed: false, images: 500, steps: 30, tune: 10, seed: 0 } },
  condense,
};
