import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { type Cure, caseOf, KIND_NAMES, type Kind, type Place, placeText } from './cases.ts';
import { debugging, type NetRun, type Params, type Result } from './experiment.ts';
import { isMended } from './judge.ts';
import { type Named, namedBy } from './named.ts';

export const BASE = { patient: '1', diagnosis: 'not yet', steps: 80 } as const;
/** The treatment that takes no diagnosis. */
export const LSUV = 'LSUV, all layers';

type Label = 'its own treatment' | 'LSUV';

/** The slide's tools. */
export const TOOLS = ['activations and gradients', 'gradients in training', 'weights', 'training curves'] as const;

export interface Row {
  what: Label;
  kind: Kind;
  seed: number;
  /** The layers that are ill. */
  layers: number[];
  /** What doctor says, and the codes of its findings. */
  told: Named;
  codes: string[];
  /** Of the test digits; null where nothing was done. */
  accuracy: { patient: number; twin: number; treated: number | null };
  mended: boolean;
  /** What each of the tools shows, as numbers; nothing of runs of LSUV. */
  tools?: number[][];
}

const short = (value: number) => Number(value.toPrecision(4));
/** A size on a log scale, where all that is 0 or less than 1e-12 is alike, and all that is no number. */
const size = (value: number): number =>
  Number.isFinite(value) ? Number(Math.log10(Math.max(1e-12, Math.min(1e12, value))).toFixed(2)) : 12;

/** What one sees with each tool, of the patient alone. */
function toolsOf({ signals, moments, before, after, losses }: NetRun): number[][] {
  const [first, last] = [moments[0]!.gradients, moments.at(-1)!.gradients];
  const at = [0, 1, 4, 9, 19, 39, 59, 79].map((step) => losses[Math.min(step, losses.length - 1)]!);
  return [
    [...signals.flatMap(({ std, ends }) => [size(std), short(ends)]), ...first.map(size)],
    [...first.map(size), ...last.map(size)],
    [...before.flatMap(({ mean, std }) => [size(std), short(mean)]), ...after.map(({ std }) => size(std))],
    at.map((loss) => (Number.isFinite(loss) ? short(Math.min(10, loss)) : 10)),
  ];
}

function condense({ label, params }: MeasuredRun<Label, Params>, result: Result): Row {
  const { case: ill, patient, twin, treated, findings } = result;
  return {
    what: label,
    kind: ill.kind,
    seed: params.seed,
    layers: ill.layers,
    told: namedBy(findings),
    codes: [...new Set(findings.map(({ code }) => code))],
    accuracy: {
      patient: short(patient.accuracy),
      twin: short(twin.accuracy),
      treated: treated ? short(treated.accuracy) : null,
    },
    mended: isMended(result),
    ...(label === 'its own treatment' && { tools: toolsOf(patient) }),
  };
}

/** A run of a kind with a treatment where it is needed. */
export function runOf(kind: Kind, seed: number, cure?: Cure): Params {
  const { layers, cure: own } = caseOf(kind, seed);
  return { ...BASE, plant: kind, where: placeText(layers) as Place, cure: cure ?? own, seed };
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);

export const measurement: Measurement<Label, Params, Result, Row> = {
  experiment: debugging,
  runs: KIND_NAMES.flatMap((kind) => [
    ...seeds(10).map((seed) => ({ label: 'its own treatment' as const, params: runOf(kind, seed) })),
    ...seeds(5).map((seed) => ({ label: 'LSUV' as const, params: runOf(kind, seed, LSUV) })),
  ]),
  sample: { label: 'its own treatment', params: { ...runOf('one layer too large', 0), steps: 10 } },
  condense,
};
