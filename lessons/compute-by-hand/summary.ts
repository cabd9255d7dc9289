import { dump, type Neuron, type Params, type Result } from './experiment.ts';

const short = (value: number): string => String(Number(value.toFixed(4)));

/** A neuron's sum as one writes it on paper. */
export function written({ name, bias, terms, sum, activation, output }: Neuron): string {
  const products = terms.map(({ weight, input }) => `${short(weight)} · ${short(input)}`);
  const result = activation === 'linear' ? short(output) : `${short(sum)}, ${activation} of it ${short(output)}`;
  return `${name} = ${short(bias)} + ${products.join(' + ')} = ${result}.`.replaceAll('+ -', '− ').replaceAll('-', '−');
}

/** A finished run in sentences: how it learned, its weights, the sums by hand. */
export function summary(result: Result, { input, resetAdam }: Params): string[] {
  const { loss, attempts, learned, layers, examples, neurons } = result;
  const last = loss.at(-1)!.toPrecision(3);
  const starts =
    attempts.length === 1 ? 'one start' : `${attempts.length} starts, Adam ${resetAdam ? '' : 'not '}reset`;
  const worst = Math.max(...examples.map(({ byHand, predicted }) => Math.abs(byHand - predicted)));
  return [
    `${learned ? 'Learned' : 'Not learned'} in ${loss.length} steps and ${starts}: loss ${last}.`,
    ...dump(layers),
    `By hand for the input (${input}):`,
    ...neurons.map(written),
    `Largest difference between the sums by hand and predict over the four examples: ${worst.toExponential(1)}.`,
  ];
}
