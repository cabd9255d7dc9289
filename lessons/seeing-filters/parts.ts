import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { percent } from './figure.ts';
import { BASE, type Row } from './measure.ts';

const intervalOf = (rows: readonly Row[], pick: (row: Row) => number): MeanInterval => meanInterval(rows.map(pick));
const points = ({ low, high }: MeanInterval): string => `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;
const cosines = ({ low, high }: MeanInterval): string => `${low.toFixed(2)} to ${high.toFixed(2)}`;

const behind = ({ accuracy, frozen }: Row): number => accuracy - frozen;
const closer = ({ trained, random }: Row): number => trained - random;

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const of = (pick: (row: Row) => number) => intervalOf(rows, pick).mean;
  const share = (pick: (row: Row) => number) => {
    const interval = intervalOf(rows, pick);
    return `${(100 * interval.mean).toFixed(1)} (${points(interval)})`;
  };
  const cosine = (pick: (row: Row) => number) => {
    const interval = intervalOf(rows, pick);
    return `${interval.mean.toFixed(2)} (${cosines(interval)})`;
  };
  return {
    seeds: String(rows.length),
    own: of(({ own }) => own).toFixed(2),
    random: of(({ random }) => random).toFixed(2),
    trained: of(({ trained }) => trained).toFixed(2),
    accuracy: (100 * of(({ accuracy }) => accuracy)).toFixed(1),
    frozen: (100 * of(({ frozen }) => frozen)).toFixed(1),
    behind: (100 * of(behind)).toFixed(1),
    reached: `${Math.round(100 * of(({ reached }) => reached))} %`,
    dead: of(({ dead }) => dead).toFixed(1),
    table: markdownTable(
      [
        'steps',
        'accuracy, %',
        'first layer frozen, %',
        'to their own start',
        'to the other network',
        'the same, before training',
        'answer nowhere',
        'nearly copies',
      ],
      [
        [
          String(BASE.steps),
          share(({ accuracy }) => accuracy),
          share(({ frozen }) => frozen),
          cosine(({ own }) => own),
          cosine(({ trained }) => trained),
          cosine(({ random }) => random),
          of(({ dead }) => dead).toFixed(1),
          of(({ copies }) => copies).toFixed(1),
        ],
      ],
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const seeds = rows.length;
  const own = intervalOf(rows, ({ own }) => own);
  const between = intervalOf(rows, closer);
  const gap = intervalOf(rows, ({ own, trained }) => own - trained);
  const later = intervalOf(rows, behind);
  const deep =
    'trained filters look like their own start, and hardly more like those of another network than random ones do';
  return [
    {
      claim: 'Each patch reproduces the answer of the convolution by hand.',
      effect: 'within 1e-5, and within what nine products in floats allow',
      interval: 'exact',
      seeds: 1,
      tested: 'each patch by hand gives the answer of the convolution, to 1e-5 and to what floats allow',
    },
    {
      claim: 'Trained filters still look like what they started as.',
      effect: `a mean cosine of ${own.mean.toFixed(2)}`,
      interval: cosines(own),
      seeds,
      tested: deep,
    },
    {
      claim: 'They look far less like the filters of a network with another start.',
      effect: `${gap.mean.toFixed(2)} less, paired as well as can be`,
      interval: cosines(gap),
      seeds,
      tested: deep,
    },
    {
      claim: 'Training brings two networks hardly closer than random filters are.',
      effect: `${between.mean.toFixed(2)} in the mean cosine`,
      interval: cosines(between),
      seeds,
      tested: deep,
    },
    {
      claim: 'With the first layer frozen at random a network is a little worse.',
      effect: `${percent(later.mean)} of unseen digits`,
      interval: `${points(later)} points`,
      seeds,
      tested: 'a network whose first layer never learns is only a few points behind',
    },
  ];
}
