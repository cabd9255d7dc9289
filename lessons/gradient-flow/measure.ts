import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { gradientFlow, type NetName, type Params, type Result } from './experiment.ts';
import { fallOf } from './fall.ts';

export const BASE = { depth: 10, scale: 1, rate: 0.05, epochs: 3, net: 'sigmoid', units: 30, examples: 1000 } as const;
/** Other depths, whose first step alone is looked at. */
export const DEPTHS = [5, 10, 20, 30] as const;

type Label = 'training' | 'first step';

/** A network in one run. */
interface Measured {
  /** How many times as large the gradient is from layer to layer, at the first step and at the last; null where it cannot be said. */
  first: number | null;
  last: number | null;
  /** Share of the variance of the logarithms that the straight line explains, at the first step. */
  explained: number | null;
  /** Gradient of the last layer over that of the first, at the first step. */
  ends: number | null;
  accuracy: number;
}

export interface Row {
  what: Label;
  depth: number;
  seed: number;
  nets: Record<NetName, Measured>;
}

const short = (value: number | undefined) => (value === undefined ? null : Number(value.toPrecision(4)));

function condense({ label, params }: MeasuredRun<Label, Params>, { nets }: Result): Row {
  const measured = ({ moments, accuracy }: Result['nets'][number]): Measured => {
    const [first, last] = [fallOf(moments[0]!.layers), fallOf(moments.at(-1)!.layers)];
    return {
      first: short(first?.factor),
      last: short(last?.factor),
      explained: short(first?.explained),
      ends: short(first?.ends),
      accuracy,
    };
  };
  const all = nets.map((net) => [net.name, measured(net)]);
  return { what: label, depth: params.depth, seed: params.seed, nets: Object.fromEntries(all) as Row['nets'] };
}

const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);
/** One step of 50 digits. */
const ONE_STEP = { epochs: 1, examples: 50 } as const;

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: gradientFlow,
  runs: [
    ...SEEDS.map((seed) => ({ label: 'training' as const, params: { ...BASE, seed } })),
    ...DEPTHS.flatMap((depth) =>
      SEEDS.map((seed) => ({ label: 'first step' as const, params: { ...BASE, ...ONE_STEP, depth, seed } })),
    ),
  ],
  sample: { label: 'first step', params: { ...BASE, ...ONE_STEP, depth: 5, seed: 0 } },
  condense,
};
