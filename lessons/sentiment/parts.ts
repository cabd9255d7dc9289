import { SENTIMENT_MODEL } from '@weightkit/datasets/sentiment';
import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { BASE, ORDER, type Row } from './measure.ts';
import type { Start } from './network.ts';

const { bytes, measured: trained } = SENTIMENT_MODEL;

const of = (rows: readonly Row[], start: Start): Row[] => rows.filter((row) => row.start === start);
const last = ({ accuracy }: Row): number => 100 * accuracy.at(-1)!;
const first = ({ accuracy }: Row): number => 100 * accuracy[0]!;
const number = (value: number): string => value.toFixed(1).replace('-', '−');
const range = ({ low, high }: MeanInterval): string => `${number(low)} to ${number(high)}`;
const said = (interval: MeanInterval): string => `${number(interval.mean)} (${range(interval)})`;

/** By how many points one start is ahead of another, seed by seed. */
export const ahead = (rows: readonly Row[], start: Start, other: Start, pick = last): MeanInterval => {
  const others = of(rows, other);
  return meanInterval(of(rows, start).map((row, i) => pick(row) - pick(others[i]!)));
};

const [UNIFORM, GLOROT, HE, NORMAL] = ORDER as [Start, Start, Start, Start];

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const mean = (start: Start, pick = last) => meanInterval(of(rows, start).map(pick));
  return {
    seeds: String(of(rows, UNIFORM).length),
    full: (100 * trained.packed).toFixed(1),
    float: (100 * trained.float).toFixed(1),
    bytes: String(Math.round(bytes / 1000)),
    normal: number(mean(NORMAL).mean),
    uniform: number(mean(UNIFORM).mean),
    'behind-normal': said(ahead(rows, UNIFORM, NORMAL)),
    'glorot-uniform': said(ahead(rows, GLOROT, UNIFORM)),
    'he-uniform': said(ahead(rows, HE, UNIFORM)),
    'he-glorot': said(ahead(rows, HE, GLOROT)),
    table: markdownTable(
      [
        'start of the embedding',
        'after 1 epoch, %',
        `after ${BASE.epochs} epochs, %`,
        'against uniform ±0.05, points',
        'loss',
      ],
      ORDER.map((start) => [
        start,
        said(mean(start, first)),
        said(mean(start)),
        start === UNIFORM ? '' : said(ahead(rows, start, UNIFORM)),
        mean(start, ({ loss }) => loss).mean.toFixed(2),
      ]),
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const seeds = of(rows, UNIFORM).length;
  const [glorot, he, normal] = [GLOROT, HE, NORMAL].map((start) => ahead(rows, start, UNIFORM)) as [
    MeanInterval,
    MeanInterval,
    MeanInterval,
  ];
  return [
    {
      claim: 'The trained network, in a file of packed codes, has at least three quarters of unseen reviews right.',
      effect: `${(100 * trained.packed).toFixed(1)} % of 5,000 reviews, in ${Math.round(bytes / 1000)} kB`,
      interval: 'exact',
      seeds: 1,
      tested: 'the file has 75 % of 5,000 unseen reviews right or more, as many as it says',
    },
    {
      claim: 'The recurrence by hand gives the chance that TensorFlow.js predicts.',
      effect: 'to 1e-4 after up to 200 words',
      interval: 'exact',
      seeds: 1,
      tested: 'by hand the network says what stock TensorFlow.js predicts',
    },
    {
      claim: 'The three initializers of the slide differ by a few points of accuracy at most.',
      effect: `glorot_uniform ${number(glorot.mean)} and he_normal ${number(he.mean)} points above uniform ±0.05`,
      interval: `${range(glorot)} and ${range(he)} points`,
      seeds,
      tested: 'the three starts of the slide are close, and an embedding of standard deviation 1 is behind',
    },
    {
      claim: 'An embedding that starts with a standard deviation of 1 learns more slowly here.',
      effect: `${number(-normal.mean)} points behind uniform ±0.05 after ${BASE.epochs} epochs`,
      interval: `${range({ ...normal, low: -normal.high, high: -normal.low })} points`,
      seeds,
      tested: 'the three starts of the slide are close, and an embedding of standard deviation 1 is behind',
    },
  ];
}
