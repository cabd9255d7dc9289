import { type Claim, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { KEPT, type Row } from './measure.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Test accuracy by standard deviation: mean, least and most over the seeds. */
export function accuracies({ rows }: Pick<Measured<Row>, 'rows'>) {
  const trained = rows.filter(({ what }) => what === 'training');
  return [...new Set(trained.map(({ std }) => std))].map((std) => {
    const all = trained.filter((row) => row.std === std).map(({ accuracy }) => accuracy!);
    return { std, least: Math.min(...all), mean: mean(all), most: Math.max(...all) };
  });
}

/** The parts of the page that state what was measured. */
export function parts(measured: Measured<Row>): Record<string, string> {
  const signals = measured.rows.filter(({ what }) => what === 'signals');
  const layers = signals[0]!.squares.map((_, l) => signals.map(({ squares }) => squares[l]!));
  const some = [0, 4, 9];
  const near = Number(KEPT.toPrecision(5));
  const slopes = [Math.min, Math.max].map((end) => end(...signals.map(({ slope }) => slope)).toFixed(3));
  return {
    kept: KEPT.toFixed(4),
    seeds: String(signals.length),
    squares: markdownTable(
      ['layer', 'median of E[x²]', 'least', 'most'],
      some.map((l) => [
        String(l + 1),
        median(layers[l]!).toFixed(2),
        Math.min(...layers[l]!).toFixed(2),
        Math.max(...layers[l]!).toFixed(2),
      ]),
    ),
    slope: [...new Set(slopes)].join(' to '),
    accuracies: markdownTable(
      ['standard deviation', 'times √(2/n)', 'mean of 5 seeds', 'least', 'most'],
      accuracies(measured).map(({ std, least, mean, most }) => [
        std === near ? '√(2/100) = 0.141' : String(std),
        (std / KEPT).toFixed(2),
        percent(mean),
        percent(least),
        percent(most),
      ]),
    ),
  };
}

/** Files that are written with the page. */
export const files = (measured: Measured<Row>): Record<string, string> => ({
  'measured-accuracy.ts': `/** Test accuracy after training, over seeds; \`npm run tables\` writes it. */
export interface Accuracy {
  std: number;
  least: number;
  mean: number;
  most: number;
}

export const ACCURACY: readonly Accuracy[] = [
${accuracies(measured)
  .map(
    ({ std, least, mean, most }) =>
      `  { std: ${std}, least: ${least}, mean: ${Number(mean.toPrecision(4))}, most: ${most} },\n`,
  )
  .join('')}];
`,
});

/** What was measured, claim by claim. */
export function claims(measured: Measured<Row>): Claim[] {
  const signals = measured.rows.filter(({ what }) => what === 'signals');
  const slopes = signals.map(({ slope }) => slope);
  const last = meanInterval(signals.map(({ squares }) => Math.log(squares.at(-1)!)));
  const square = (log: number) => Math.exp(log).toFixed(2);
  const trained = measured.rows.filter(({ what }) => what === 'training');
  const at = (std: number) => trained.filter((row) => row.std === Number(std.toPrecision(5)));
  const gain = meanInterval(
    at(KEPT).map(({ accuracy, seed }) => accuracy! - at(0.07).find((row) => row.seed === seed)!.accuracy!),
  );
  const points = (share: number) => (100 * share).toFixed(1);
  return [
    {
      claim:
        'The scale after ten ReLU layers against the scale of their weights is a line of slope 10 on logarithmic axes.',
      effect: `slope ${(slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length).toFixed(3)}`,
      interval: `${Math.min(...slopes).toFixed(3)} to ${Math.max(...slopes).toFixed(3)}, least and most`,
      seeds: signals.length,
      tested: 'the last scale against the standard deviation is a line whose slope is the number of layers',
    },
    {
      claim: 'Weights of standard deviation √(2/n) keep the mean square of the signal.',
      effect: `${square(last.mean)} of it after ten layers, geometric mean`,
      interval: `${square(last.low)} to ${square(last.high)}`,
      seeds: signals.length,
      tested: 'at √(2/n) the median of E[x²] over 20 seeds stays between 0.5 and 1.5 in every layer',
    },
    {
      claim: 'Trained from √(2/n), ten layers learn the digits; from half of that they do not.',
      effect: `${points(gain.mean)} points of test accuracy more`,
      interval: `${points(gain.low)} to ${points(gain.high)} points, paired`,
      seeds: at(KEPT).length,
      tested:
        'is best in a band around √(2/n): the worst seed in it is better than the best seed at half and at twice of it',
    },
  ];
}
