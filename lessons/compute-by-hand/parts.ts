import { type Claim, type Measured, markdownTable, wilson } from '@weightkit/lesson';
import { answer } from './experiment.ts';
import { MOST_STEPS, type Row, SETTINGS, type Setting } from './measure.ts';
import { RELU_NET, RELU_NET_ROUNDED } from './notebook.ts';

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
/** The middle value, or the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const ordered = sorted(values);
  const half = Math.floor((ordered.length - 1) / 2);
  return (ordered[half]! + ordered[ordered.length - 1 - half]!) / 2;
}

const steps = ({ learned, steps: taken }: Row): string => (learned ? String(taken) : `over ${MOST_STEPS}`);

/** `0.31 (0.03 to 0.51)`; nothing where there was no restart. */
function early(rows: readonly Row[]): string {
  const all = rows.flatMap((row) => row.early);
  if (all.length === 0) return '';
  const [middle, least, most] = [median(all), Math.min(...all), Math.max(...all)].map((value) => value.toFixed(2));
  return `${middle} (${least} to ${most})`;
}

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const settings = Object.keys(SETTINGS) as Setting[];
  const columns = settings.map((setting) => rows.filter((row) => row.setting === setting));
  const [kept, reset, never] = columns as [Row[], Row[], Row[]];
  const learned = (of: readonly Row[]) => of.filter((row) => row.learned);
  const byTime = (of: readonly Row[]) => [...of].sort((a, b) => a.steps - b.steps);
  const line = (name: string, cell: (of: Row[]) => string) => [name, ...columns.map(cell)];
  const stuck = never.filter((row) => !row.learned);
  // The two ways differ only after the first restart.
  const pairs = kept.map((row, i) => [row, reset[i]!] as const).filter(([row]) => row.starts > 1);
  const faster = pairs.filter(([row, other]) => row.steps < other.steps).length;
  const slower = pairs.filter(([row, other]) => row.steps > other.steps).length;
  return {
    outcomes: markdownTable(
      [`${kept.length} seeds, at most ${MOST_STEPS} steps`, ...settings],
      [
        line('learned', (of) => `${learned(of).length} of ${of.length}`),
        line('with the first weights', (of) => String(learned(of).filter(({ starts }) => starts === 1).length)),
        line('steps, median', (of) => String(median(of.map((row) => row.steps)))),
        line('fewest and most steps', (of) => `${steps(byTime(of)[0]!)} and ${steps(byTime(of).at(-1)!)}`),
        line('largest change of a weight in the first 10 steps after a restart', early),
      ],
    ),
    stuck:
      `Of the ${stuck.length} runs that did not learn without a restart, ` +
      `${stuck.filter(({ loss }) => Math.abs(loss - 0.125) < 0.001).length} stood at 0.125.`,
    faster:
      `among the ${pairs.length} seeds that needed a restart, it was\nfaster on ${faster} and slower on ${slower}` +
      `${faster + slower < pairs.length ? `, and took as long on ${pairs.length - faster - slower}` : ''}.`,
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const [kept, never] = (['restart, Adam kept (notebook)', 'no restart'] as const).map((setting) =>
    rows.filter((row) => row.setting === setting),
  );
  const learned = (of: readonly Row[]) => of.filter((row) => row.learned).length;
  const interval = (of: readonly Row[]) => {
    const { low, high } = wilson(learned(of), of.length);
    return `${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)} %`;
  };
  return [
    {
      claim: 'XOR is learned on nearly every seed with new weights every 1000 steps, and on fewer without.',
      effect: `${learned(kept!)} of ${kept!.length} seeds, against ${learned(never!)} of ${never!.length}`,
      interval: `${interval(kept!)} against ${interval(never!)}`,
      seeds: kept!.length,
      tested:
        'is learned on at least 28 seeds with restarts and on fewer without, where most of the others end at 0.125',
    },
    {
      claim: 'The notebook’s nine numbers solve (0, 1) at full precision, and nearly as the notebook rounds them.',
      effect: `${answer(RELU_NET, [0, 1]).toFixed(4)}, and rounded ${answer(RELU_NET_ROUNDED, [0, 1]).toFixed(4)}`,
      interval: 'exact',
      seeds: 1,
      tested: 'at full precision give 1.0000 for (0, 1), and rounded as it rounds them 0.95',
    },
  ];
}
