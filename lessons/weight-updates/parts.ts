import { type Claim, type Measured, markdownTable } from '@weightkit/lesson';
import { MOST_STEPS, RATES, type Row } from './measure.ts';
import { NOTHING, OPTIMIZERS, type OptimizerName, step } from './rules.ts';
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

/** Weights and gradients of slide 3, and its learning rate. */
const SLIDE = { weights: [0.5, -0.3, 0.8], gradients: [0.1, -0.2, 0.05], rate: 0.01 };

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const apart = rows.flatMap((row) => Object.values(row.apart));
  const [least, most] = [Math.min(...apart), Math.max(...apart)].map((value) => value.toExponential(1));
  const settings = { rate: SLIDE.rate, momentum: 0, decay: 0, beta2: 0, nesterov: false };
  const slide = SLIDE.weights.map((weight, i) => step('SGD', weight, SLIDE.gradients[i]!, NOTHING, settings).weight);
  return [
    {
      claim: 'A step of SGD, momentum, RMSProp or Adam by hand is the step of TensorFlow.js.',
      effect: `they differ by at most ${most} of the weight`,
      interval: `${least} to ${most}, least and most`,
      seeds: new Set(rows.map(({ seed }) => seed)).size,
      tested: 'is that of tf.train to 1e-6, from many places with noise: %s',
    },
    {
      claim: 'The step of slide 3 gives what the slide prints.',
      effect: slide.map((weight) => String(Number(weight.toFixed(6))).replace('-', '−')).join(', '),
      interval: 'exact',
      seeds: 1,
      tested: 'gives the three numbers of the slide, and so do tf.train.sgd and torch.optim.SGD',
    },
  ];
}
