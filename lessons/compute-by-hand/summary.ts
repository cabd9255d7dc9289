import { dump, type Params, type Result } from './experiment.ts';
import { written } from './written.ts';

/** A finished run in sentences: how it learned, its weights, the sums by hand. */
export function summary(result: Result, { input, resetAdam }: Params): string[] {
  const { loss, attempts, learned, layers, examples, neurons } = result;
  const last = loss.at(-1)!.toPrecision(3);
  const starts =
    attempts.length === 1 ? 'one start' : `${attempts.length} starts, Adam ${resetAdam ? '' : 'not '}reset`;
  const worst = Math.max(...examples.map(({ difference }) => difference));
  return [
    `${learned ? 'Learned' : 'Not learned'} in ${loss.length} steps and ${starts}: loss ${last}.`,
    ...dump(layers),
    `By hand for the input (${input}):`,
    ...neurons.map(written),
    `Largest difference between the sums by hand and predict over the four examples: ${worst.toExponential(1)}.`,
  ];
}
