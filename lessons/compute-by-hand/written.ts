import type { Neuron } from './by-hand.ts';

const short = (value: number): string => String(Number(value.toFixed(4)));

/** A neuron's sum as one writes it on paper. */
export function written({ name, bias, terms, sum, activation, output }: Neuron): string {
  const products = terms.map(({ weight, input }) => `${short(weight)} · ${short(input)}`);
  const result = activation === 'linear' ? short(output) : `${short(sum)}, ${activation} of it ${short(output)}`;
  return `${name} = ${short(bias)} + ${products.join(' + ')} = ${result}.`.replaceAll('+ -', '− ').replaceAll('-', '−');
}
