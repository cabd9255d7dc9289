import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { countText, totalOf } from '../what-a-weight-is/sizes.ts';
import { LEFT_OUT, type LeftOut } from './experiment.ts';
import { percent } from './figure.ts';
import { BASE, LONG, type Row } from './measure.ts';
import { EMBEDDING, UNITS } from './network.ts';
import { INPUTS } from './size.ts';
import { SLIDE_SIDES, slideTower } from './slide.ts';

type Tower = 'shared' | 'separate';

const rowsOf = (rows: readonly Row[], leftOut: LeftOut, steps: number = BASE.steps): Row[] =>
  rows.filter((row) => row.leftOut === leftOut && row.steps === steps);
const intervalOf = (
  rows: readonly Row[],
  leftOut: LeftOut,
  pick: (row: Row) => number,
  steps: number = BASE.steps,
): MeanInterval => meanInterval(rowsOf(rows, leftOut, steps).map(pick));
const range = ({ low, high }: MeanInterval, unit = 100): string =>
  `${(unit * low).toFixed(1)} to ${(unit * high).toFixed(1)}`;
const distanceText = ({ mean, low, high }: MeanInterval): string =>
  low === 0 && high === 0 ? '0' : `${mean.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;

/** Weights of the lesson's tower. */
export const towerSize = (INPUTS + 1) * UNITS[0] + (UNITS[0] + 1) * UNITS[1] + (UNITS[1] + 1) * EMBEDDING;

const lead = (rows: readonly Row[], steps: number): MeanInterval =>
  intervalOf(rows, 'none', ({ shared, separate }) => shared.all - separate.all, steps);
/** The digits that were left out, and how well they are told apart from each other. */
const leftOuts = (rows: readonly Row[]) =>
  LEFT_OUT.flatMap((leftOut) =>
    leftOut === 'none' ? [] : [{ leftOut, auc: intervalOf(rows, leftOut, ({ shared }) => shared.leftOut!) }],
  );

function slideTable(): string {
  const planned = slideTower(SLIDE_SIDES[1]);
  const shape = (sizes: readonly number[]) => sizes.map(countText).join(' × ');
  return markdownTable(
    ['layer', 'gives', 'weights'],
    planned.map(({ label, to, count }) => [label, shape(to.sizes), countText(count)]),
  );
}

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const planned = slideTower(SLIDE_SIDES[1]);
  const total = totalOf(planned);
  const dense = planned.at(-1)!.count;
  const none = rowsOf(rows, 'none');
  const mean = (pick: (row: Row) => number) => intervalOf(rows, 'none', pick).mean;
  const towers: readonly [string, Tower][] = [
    ['one shared', 'shared'],
    ['two', 'separate'],
  ];
  const known = leftOuts(rows);
  const [worst, best] = [...known]
    .sort((a, b) => a.auc.mean - b.auc.mean)
    .filter((_, i, all) => i === 0 || i === all.length - 1);
  return {
    seeds: String(none.length),
    runs: String(rows.length),
    shared: (100 * mean(({ shared }) => shared.all)).toFixed(1),
    separate: (100 * mean(({ separate }) => separate.all)).toFixed(1),
    itself: mean(({ separate }) => separate.itself).toFixed(2),
    same: mean(({ shared }) => shared.same).toFixed(2),
    different: mean(({ shared }) => shared.different).toFixed(2),
    worst: `${worst!.leftOut} (${percent(worst!.auc.mean)})`,
    best: `${best!.leftOut} (${percent(best!.auc.mean)})`,
    'slide-total': countText(total),
    'slide-megabytes': String(Math.round((4 * total) / 1e6)),
    'slide-training': String(Math.round((16 * total) / 1e6)),
    'slide-dense': `${((100 * dense) / total).toFixed(2)} %`,
    'own-total': countText(towerSize),
    slide: slideTable(),
    lead: (100 * lead(rows, BASE.steps).mean).toFixed(1),
    'lead-long': (100 * lead(rows, LONG).mean).toFixed(1),
    towers: markdownTable(
      ['steps', 'towers', 'AUC, %', 'same digit', 'different digits', 'an image to itself', 'exchanged'],
      [BASE.steps, LONG].flatMap((steps) =>
        towers.map(([name, tower]) => {
          const of = (pick: (row: Row) => number) => intervalOf(rows, 'none', pick, steps);
          const auc = of((row) => row[tower].all);
          return [
            String(steps),
            name,
            `${(100 * auc.mean).toFixed(1)} (${range(auc)})`,
            ...(['same', 'different', 'itself', 'exchanged'] as const).map((name) =>
              distanceText(of((row) => row[tower][name])),
            ),
          ];
        }),
      ),
    ),
    'left-out': markdownTable(
      ['left out', 'AUC among them, %', 'AUC among the others, %', 'two towers, among them, %'],
      known.map(({ leftOut, auc }) => {
        const cell = (interval: MeanInterval) => `${(100 * interval.mean).toFixed(1)} (${range(interval)})`;
        return [
          leftOut,
          cell(auc),
          cell(intervalOf(rows, leftOut, ({ shared }) => shared.trained)),
          cell(intervalOf(rows, leftOut, ({ separate }) => separate.leftOut!)),
        ];
      }),
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const seeds = rowsOf(rows, 'none').length;
  const auc = intervalOf(rows, 'none', ({ shared }) => shared.all);
  const [ahead, later] = [lead(rows, BASE.steps), lead(rows, LONG)];
  const itself = intervalOf(rows, 'none', ({ separate }) => separate.itself);
  const sums = rows.reduce(
    (all, { entries, unequal }) => ({ entries: all.entries + entries, unequal: all.unequal + unequal }),
    { entries: 0, unequal: 0 },
  );
  const highest = leftOuts(rows).reduce((one, other) => (other.auc.mean > one.auc.mean ? other : one));
  const deep =
    'a shared tower reaches an AUC of 95 % on unseen images, more than two towers do, and digits that were left out are another matter';
  return [
    {
      claim: 'The gradient of shared weights is the sum of those that both sides would have on their own.',
      effect: `${sums.entries - sums.unequal} of ${sums.entries} entries are the sum to the last bit`,
      interval: 'exact',
      seeds,
      tested: 'the gradient of the shared weights is the sum of those of copies, to the last bit',
    },
    {
      claim: 'On unseen images of digits that it knows, the shared tower has an AUC of 95 % or more.',
      effect: `${percent(auc.mean)}`,
      interval: `${range(auc)} %`,
      seeds,
      tested: deep,
    },
    {
      claim: 'Two towers with the same start, the same pairs and as many steps are worse.',
      effect: `${(100 * ahead.mean).toFixed(1)} points less`,
      interval: `${range(ahead)} points`,
      seeds,
      tested: deep,
    },
    {
      claim: `With ${LONG} steps two towers come closer, and are still worse.`,
      effect: `${(100 * later.mean).toFixed(1)} points less`,
      interval: `${range(later)} points`,
      seeds,
      tested: 'two towers come closer with more steps, and do not catch up',
    },
    {
      claim: 'Two towers put the same image at two places; a shared one cannot.',
      effect: `${itself.mean.toFixed(2)} apart in the mean, and 0 with one tower`,
      interval: `${itself.low.toFixed(2)} to ${itself.high.toFixed(2)}`,
      seeds,
      tested: 'one tower: the same image is at distance 0, and both sides can be exchanged; two towers: neither',
    },
    {
      claim: `Two digits that it was not trained on are hardly told apart; best are ${highest.leftOut}.`,
      effect: percent(highest.auc.mean),
      interval: `${range(highest.auc)} %`,
      seeds,
      tested: deep,
    },
  ];
}
