import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { short } from './figure.ts';
import { type Label, type Row, VALUES } from './measure.ts';
import { referenceList } from './references.ts';

type Pick = (row: Row) => number;

const accuracy: Pick = (row) => 100 * row.accuracy;
const straight: Pick = (row) => row.straight ?? Number.NaN;
const matched: Pick = (row) => row.matched ?? Number.NaN;

/** The rows of a value, by seed. He's scale without biases is the same run for all tables. */
const rowsOf = (rows: readonly Row[], label: Label, value: number): Row[] =>
  rows.filter((row) => row.label === label && row.value === value).sort((a, b) => a.seed - b.seed);

const of = (rows: readonly Row[], pick: Pick): MeanInterval => meanInterval(rows.map(pick));
const written = ({ mean, low, high }: MeanInterval, digits = 1): string =>
  `${mean.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
const ends = ({ low, high }: MeanInterval, digits = 1): string => `${low.toFixed(digits)} to ${high.toFixed(digits)}`;

/** Differences seed by seed. */
const pairs = (a: readonly Row[], b: readonly Row[], by: (a: Row, b: Row) => number): MeanInterval =>
  meanInterval(a.map((row, i) => by(row, b[i]!)));

function compared(rows: readonly Row[]) {
  const base = rowsOf(rows, 'scale', 1);
  const [small, large] = [rowsOf(rows, 'scale', 0.1), rowsOf(rows, 'scale', 10)];
  const less = (a: Row, b: Row) => 100 * (a.accuracy - b.accuracy);
  return {
    base,
    flatter: pairs(base, small, (a, b) => a.slope / b.slope),
    lostSmall: pairs(base, small, less),
    lostLarge: pairs(base, large, less),
    lostBias: pairs(base, rowsOf(rows, 'bias', 1), less),
    lostWideBias: pairs(base, rowsOf(rows, 'bias', 3), less),
    kept: meanInterval(base.map((row) => (100 * matched(row)) / straight(row))),
  };
}

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const { base, flatter, lostSmall, lostLarge, lostBias, lostWideBias, kept } = compared(rows);
  const small = rowsOf(rows, 'scale', 0.1);
  const points = ({ mean }: MeanInterval) => mean.toFixed(1);
  const wide = rowsOf(rows, 'units', 64);
  return {
    seeds: String(base.length),
    accuracy: of(base, accuracy).mean.toFixed(1),
    small: of(small, accuracy).mean.toFixed(1),
    flatter: String(Math.round(flatter.mean)),
    lostSmall: points(lostSmall),
    lostLarge: points(lostLarge),
    lostBias: points(lostBias),
    lostWideBias: points(lostWideBias),
    straight: of(base, straight).mean.toFixed(2),
    matched: of(base, matched).mean.toFixed(2),
    kept: String(Math.round(kept.mean)),
    wide: of(wide, matched).mean.toFixed(2),
    scales: markdownTable(
      ['scale of the kernels', 'loss at the start', 'slope at the start', 'accuracy, %'],
      VALUES.scale.map((value) => {
        const own = rowsOf(rows, 'scale', value);
        const mean = (pick: Pick) => short(of(own, pick).mean);
        return [String(value), mean((row) => row.loss), mean((row) => row.slope), written(of(own, accuracy))];
      }),
    ),
    biases: markdownTable(
      ['spread of the biases', 'slope at the start', 'accuracy, %'],
      [base, ...VALUES.bias.map((value) => rowsOf(rows, 'bias', value))].map((own, i) => [
        i === 0 ? '0' : String(VALUES.bias[i - 1]),
        short(of(own, (row) => row.slope).mean),
        written(of(own, accuracy)),
      ]),
    ),
    ridges: markdownTable(
      ['units in a layer', 'accuracy, %', 'ridge, as it is', 'ridge, units in one order'],
      [8, 16, 32, 64].map((units) => {
        const own = units === 32 ? base : rowsOf(rows, 'units', units);
        return [String(units), written(of(own, accuracy)), written(of(own, straight), 2), written(of(own, matched), 2)];
      }),
    ),
    references: referenceList(),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const { base, flatter, lostSmall, lostLarge, lostBias, kept } = compared(rows);
  const seeds = base.length;
  const scales = 'from kernels ten times too small or too large training does not get away';
  return [
    {
      claim: 'Kernels ten times smaller make the ground about a hundred times flatter.',
      effect: `${flatter.mean.toFixed(0)} times`,
      interval: ends(flatter, 0),
      seeds,
      tested: 'two of three kernels are factors of each gradient: a tenth of the scale is a hundredth of the slope',
    },
    {
      claim: 'From kernels ten times smaller than He’s, training does not get away.',
      effect: `${lostSmall.mean.toFixed(1)} points of accuracy less after 150 steps`,
      interval: `${ends(lostSmall)} points`,
      seeds,
      tested: scales,
    },
    {
      claim: 'Kernels ten times larger are as bad.',
      effect: `${lostLarge.mean.toFixed(1)} points of accuracy less after 150 steps`,
      interval: `${ends(lostLarge)} points`,
      seeds,
      tested: scales,
    },
    {
      claim: 'The start of biases matters less: with a standard deviation of 1 little is lost.',
      effect: `${lostBias.mean.toFixed(1)} points of accuracy`,
      interval: `${ends(lostBias)} points`,
      seeds,
      tested: 'random biases cost a small part of what kernels of another scale cost',
    },
    {
      claim: 'Most of the ridge between two networks is the order of their units.',
      effect: `with units in one order ${kept.mean.toFixed(0)} % of it is left`,
      interval: `${ends(kept, 0)} %`,
      seeds,
      tested: 'with units in one order less than half of the ridge is left',
    },
  ];
}
