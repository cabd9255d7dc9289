import type { Params } from './experiment.ts';
import { isDiagnosed } from './judge.ts';

/** What the table of the figure `verdict` says of a run. */
export interface Chart {
  planted: string;
  you: string;
  doctor: string;
  /** What was done, and what came of it; nothing where nothing was done. */
  treatment: string | undefined;
  cause: boolean;
  place: boolean;
  mended: boolean;
}

/** What is kept of a patient: the first diagnosis and the first treatment. */
export type Entry = Chart;

interface Table {
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Reads the table of the figure `verdict`. */
export function chartOf({ rows }: Table): Chart {
  const row = (who: string) => rows.find(([name]) => name === who)?.map(String) ?? [who, '…', '…', ''];
  const text = ([, cause, place]: readonly string[]) => (place === 'no layer' ? cause! : `${cause}, ${place}`);
  const [planted, you, doctor, treatment] = ['planted', 'you', 'doctor', 'treatment'].map(row) as [
    string[],
    string[],
    string[],
    string[],
  ];
  const isGiven = treatment[1] !== '…' && treatment[1] !== 'none';
  return {
    planted: text(planted),
    you: text(you),
    doctor: text(doctor),
    treatment: isGiven ? `${treatment[1]}: ${treatment[3]}` : undefined,
    cause: you[1] === planted[1],
    place: you[1] === planted[1] && you[2] === planted[2],
    mended: /^(mended|needs none)/.test(treatment[3]!),
  };
}

/** One point each for the cause, the place and the treatment. */
export const pointsOf = ({ cause, place, mended }: Entry): number => Number(cause) + Number(place) + Number(mended);

/** A patient's entry after a run; nothing new where the reader has not said yet what it is. */
export function written(before: Entry | undefined, params: Params, chart: Chart): Entry | undefined {
  if (!isDiagnosed(params)) return undefined;
  if (!before) return chart;
  // The first diagnosis stays, and the first treatment.
  if (before.treatment !== undefined || chart.treatment === undefined) return undefined;
  return { ...before, treatment: chart.treatment, mended: chart.mended };
}
