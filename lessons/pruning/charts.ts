import { type Figures, type Measured, meanInterval } from '@weightkit/lesson';
import { bandChart } from '@weightkit/viz';
import { SHARES } from './experiment.ts';
import type { Row } from './measure.ts';

/** The rows of weights that go smallest first, by their share. */
export function byShare(rows: readonly Row[]): [share: number, rows: Row[]][] {
  const own = rows.filter(({ label }) => label === 'weights');
  const shares = [...new Set(own.map(({ sparsity }) => sparsity))].sort((a, b) => a - b);
  return shares.map((share) => [share, own.filter(({ sparsity }) => sparsity === share)]);
}

/** The tickets of each round, of all rows that have some. */
export const byRound = (rows: readonly Row[]): Row['tickets'][] => {
  const own = rows.filter(({ label }) => label === 'tickets').map(({ tickets }) => tickets);
  return (own[0] ?? []).map((_, round) => own.map((tickets) => tickets[round]!));
};

interface Place {
  at: number;
  values: (number | null)[];
}

function bandOf(name: string, places: readonly Place[]) {
  const known = places
    .map(({ at, values }) => ({ at, values: values.filter((value) => value !== null) }))
    .filter(({ values }) => values.length > 0)
    .map(({ at, values }) => ({ at, ...meanInterval(values.map((value) => 100 * value)) }));
  return {
    name,
    x: known.map(({ at }) => at),
    low: known.map(({ low }) => Math.max(0, low)),
    high: known.map(({ high }) => Math.min(100, high)),
    middle: known.map(({ mean }) => mean),
  };
}

/** What was measured as figures of the page: accuracy against zeros, and lottery tickets. */
export function charts({ rows }: Measured<Row>): Figures {
  const shares = byShare(rows);
  const rounds = byRound(rows);
  const shareBand = (name: string, of: (row: Row) => number | null) =>
    bandOf(
      name,
      shares.map(([at, own]) => ({ at, values: own.map(of) })),
    );
  const [, ninety] = shares.find(([at]) => at === 90)!;
  const curveBand = (name: string, of: (curve: Row['curve']) => number[]) =>
    bandOf(
      name,
      SHARES.map((at, i) => ({ at, values: ninety.map(({ curve }) => of(curve)[i]!) })),
    );
  const ticketBand = (name: string, of: (ticket: Row['tickets'][number]) => number | null) =>
    bandOf(
      name,
      rounds.map((own) => ({ at: 100 * own[0]!.sparsity, values: own.map(of) })),
    );
  const axes = { xLabel: 'zeros, %', yLabel: 'test accuracy, %' };
  return {
    'measured-zeros': bandChart(
      {
        bands: [
          curveBand('at once', ({ network }) => network),
          curveBand('at random, at once', ({ random }) => random),
          shareBand('trained on', ({ tuned }) => tuned),
          shareBand('little by little', ({ gradual }) => gradual),
        ],
      },
      {
        title: 'Accuracy against zeros',
        description: `Test accuracy by the share of zeros: at once, in an order of chance, after further training, and little by little. Bands are 95 % intervals over ${ninety.length} seeds.`,
        ...axes,
        yDomain: [0, 100],
      },
    ),
    'measured-tickets': bandChart(
      {
        bands: [
          ticketBand('first weights', ({ first }) => first),
          ticketBand('other first weights', ({ redrawn }) => redrawn),
          ticketBand('random masks', ({ randomMask }) => randomMask),
        ],
      },
      {
        title: 'Lottery tickets and their controls',
        description: `Test accuracy of tickets by their share of zeros: trained from their first weights, from others, and with a mask of chance. Bands are 95 % intervals over ${rounds[0]?.length ?? 0} seeds.`,
        ...axes,
        yDomain: [70, 100],
      },
    ),
  };
}
