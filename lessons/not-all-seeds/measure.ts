import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { type Law, notAllSeeds, type Params, type Result } from './experiment.ts';

export const BASE = { law: 'U(−5, 5)', nets: 50, hidden: 2, rate: 0.01, steps: 3000, follow: 0 } as const;

/** The tables of the page. */
export const SETTINGS = {
  'two hidden units': {},
  'four hidden units': { hidden: 4 },
  'two hidden units, steps of 0.05': { rate: 0.05 },
} as const;
export type Setting = keyof typeof SETTINGS;

export interface Row {
  setting: Setting;
  /** Of the first of 50 networks of each law. */
  seed: number;
  /** How many of each law failed. */
  failed: Record<Law, number>;
  /** Steps of the others, ascending. */
  steps: Record<Law, number[]>;
  /** Final losses of those that failed. */
  losses: Record<Law, number[]>;
}

function condense({ label, params }: MeasuredRun<Setting, Params>, { outcomes }: Result): Row {
  const byLaw = <T>(of: (law: Law) => T) =>
    Object.fromEntries(Object.keys(outcomes).map((law) => [law, of(law as Law)])) as Record<Law, T>;
  const learned = (law: Law) => outcomes[law].flatMap((one) => (one.learned === null ? [] : [one.learned]));
  return {
    setting: label,
    seed: params.seed,
    failed: byLaw((law) => outcomes[law].length - learned(law).length),
    steps: byLaw((law) => learned(law).sort((a, b) => a - b)),
    losses: byLaw((law) =>
      outcomes[law].flatMap(({ learned, loss }) => (learned === null ? [Number(loss.toFixed(3))] : [])),
    ),
  };
}

const runsOf = (setting: Setting) =>
  [0, 50, 100, 150].map((seed) => ({ label: setting, params: { ...BASE, ...SETTINGS[setting], seed } }));

export const measurement: Measurement<Setting, Params, Result, Row> = {
  experiment: notAllSeeds,
  runs: (Object.keys(SETTINGS) as Setting[]).flatMap(runsOf),
  sample: { label: 'two hidden units', params: { ...BASE, nets: 10, steps: 400, seed: 0 } },
  condense,
};
