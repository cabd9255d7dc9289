import { type Measured, markdownTable } from '@weightkit/lesson';
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
