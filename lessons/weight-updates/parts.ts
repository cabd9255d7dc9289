import { type Claim, type Measured, markdownTable } from '@weightkit/lesson';
import { MOST_STEPS, RATES, type Row } from './measure.ts';
import { OPTIMIZERS, type OptimizerName } from './rules.ts';
import { SURFACES, type SurfaceName } from './surfaces.ts';

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2;
};
const stepsText = (steps: number): string => (steps > MOST_STEPS ? `over ${MOST_STEPS}` : String(steps));

/** The rate whose median is least, and what it came to. */
function best(rows: readonly Row[], optimizer: OptimizerName): string {
  const [first] = RATES.map((rate, i) => ({ rate, steps: rows.map((row) => row.steps[optimizer][i]!) })).sort(
    (a, b) => median(a.steps) - median(b.steps) || a.rate - b.rate,
  );
  const { rate, steps } = first!;
  return `${stepsText(median(steps))} (${Math.min(...steps)} to ${stepsText(Math.max(...steps))}) at ${rate}`;
}

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const of = (surface: SurfaceName) => rows.filter((row) => row.surface === surface);
  const table = (cell: (rows: Row[], optimizer: OptimizerName) => string) =>
    markdownTable(
      ['surface', ...OPTIMIZERS],
      SURFACES.map((surface) => [surface, ...OPTIMIZERS.map((optimizer) => cell(of(surface), optimizer))]),
    );
  return {
    apart: table((rows, optimizer) => Math.max(...rows.map(({ apart }) => apart[optimizer])).toExponential(1)),
    rates: table(best),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const apart = rows.flatMap((row) => Object.values(row.apart));
  const [least, most] = [Math.min(...apart), Math.max(...apart)].map((value) => value.toExponential(1));
  return [
    {
      claim: 'A step of SGD, momentum, RMSProp or Adam by hand is the step of TensorFlow.js.',
      effect: `they differ by at most ${most} of the weight`,
      interval: `${least} to ${most}, least and most`,
      seeds: new Set(rows.map(({ seed }) => seed)).size,
      tested: 'is that of tf.train to 1e-6, from many places with noise: %s',
    },
  ];
}
