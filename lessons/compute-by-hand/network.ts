import { type Figure, networkGraph } from '@weightkit/viz';
import type { Layer, Neuron } from './by-hand.ts';
import { written } from './written.ts';

/** The moments of the main figure: the sums are filled in one after the other. */
export const steps = (neurons: readonly Neuron[]): string[] => [
  'the weights',
  'the input',
  ...neurons.map(({ name }) => `the sum of ${name}`),
];

/** The network with its weights, and with the values that are known at a step of the sums. */
export function network(layers: readonly Layer[], neurons: readonly Neuron[], step: number): Figure {
  const known = neurons.slice(0, Math.max(0, step - 1));
  const outputOf = (name: string) => known.find((neuron) => neuron.name === name)?.output;
  const inputs = neurons[0]!.terms.map(({ from, input }) => ({ name: from, ...(step > 0 && { value: input }) }));
  const columns = layers.map(({ bias }, l) => ({
    name: l === 0 ? 'hidden' : 'output',
    units: bias.map((bias, to) => {
      const name = `L${l + 1}N${to}`;
      const value = outputOf(name);
      return { name, bias, ...(value !== undefined && { value }) };
    }),
  }));
  const last = known.at(-1);
  return networkGraph(
    { layers: [{ name: 'input', units: inputs }, ...columns], weights: layers.map(({ kernel }) => kernel) },
    {
      title: last
        ? written(last)
        : step > 0
          ? 'The input stands in its units'
          : 'Nine numbers: six weights, three biases',
      height: 330,
    },
  );
}
