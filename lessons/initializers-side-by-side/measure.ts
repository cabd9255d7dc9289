import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { NETWORK_NAMES, type NetworkName } from './deep.ts';
import { type Params, type Result, sideBySide } from './experiment.ts';
import { LAW_NAMES, type LawName } from './laws.ts';

export const BASE = { inputs: 5, units: 10, scaled: 10, epochs: 10, rate: 0.001 } as const;
/** What is trained: as the slides do, and for longer with larger steps. */
export const SETTINGS = { slides: {}, longer: { epochs: 100, rate: 0.01 } } as const;
export type Setting = keyof typeof SETTINGS;

export interface Row {
  setting: Setting;
  seed: number;
  /** Of each law: how far its sample is from it, in shares of what one in a thousand is. */
  distances: Record<LawName, number>;
  stds: Record<LawName, number>;
  /** Of each law: loss on the training examples before and after, and on fresh ones after. */
  losses: Record<LawName, [before: number, after: number, fresh: number]>;
  constant: [train: number, fresh: number];
  /** Largest |variance − 1| of a layer's sums: of LSUV on its batch and on fresh inputs, and of the data-dependent start on fresh inputs. */
  lsuv: { batch: number; fresh: number };
  dataDependent: { batch: number; fresh: number };
  /** Variance of the sums in the last layer by the code of the slide. */
  slide: number;
  /** Least and largest variance of the activations over the layers, and the last. */
  deep: Record<NetworkName, [least: number, largest: number, last: number]>;
}

const short = (value: number) => Number(value.toPrecision(4));

function condense({ label, params }: MeasuredRun<Setting, Params>, { samples, training, stack, deep }: Result): Row {
  const byLaw = <T>(of: (law: LawName) => T) =>
    Object.fromEntries(LAW_NAMES.map((law) => [law, of(law)])) as Record<LawName, T>;
  const off = (layers: readonly { variance: number }[]) =>
    short(Math.max(...layers.map(({ variance }) => Math.abs(variance - 1))));
  const worst = ({ stages, fresh }: Result['stack']['lsuv']) => ({ batch: off(stages.at(-1)!), fresh: off(fresh) });
  return {
    setting: label,
    seed: params.seed,
    distances: byLaw((law) => short(samples[law].distance / samples[law].critical)),
    stds: byLaw((law) => short(samples[law].std)),
    losses: byLaw((law) => {
      const { train, fresh } = training.byLaw[law];
      return [short(train[0]!), short(train.at(-1)!), short(fresh.at(-1)!)];
    }),
    constant: [short(training.constant.train), short(training.constant.fresh)],
    lsuv: worst(stack.lsuv),
    dataDependent: worst(stack.dataDependent),
    slide: short(stack.slide.at(-1)!.variance),
    deep: Object.fromEntries(
      NETWORK_NAMES.map((name) => {
        const variances = deep[name].map(({ variance }) => variance);
        return [name, [Math.min(...variances), Math.max(...variances), variances.at(-1)!].map(short)];
      }),
    ) as Row['deep'],
  };
}

export const measurement: Measurement<Setting, Params, Result, Row> = {
  experiment: sideBySide,
  runs: (Object.keys(SETTINGS) as Setting[]).flatMap((setting) =>
    Array.from({ length: 20 }, (_, seed) => ({ label: setting, params: { ...BASE, ...SETTINGS[setting], seed } })),
  ),
  sample: { label: 'slides', params: { ...BASE, epochs: 2, seed: 0 } },
  condense,
};
