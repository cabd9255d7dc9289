import type { Figures } from '@weightkit/lesson';
import { type Figure, layerChart, lineChart } from '@weightkit/viz';
import { GOAL, type Result } from './experiment.ts';

/** Every tenth loss, with a gap where the weights started anew. */
function lossLine({ loss, attempts }: Result) {
  const starts = new Set(attempts.slice(1).map(({ start }) => start));
  const steps = Array.from(loss.keys()).filter((i) => i % 10 === 0 || i === loss.length - 1 || starts.has(i));
  const unless = <T>(i: number, value: T) => (starts.has(i) ? null : value);
  return { name: 'loss', x: steps.map((i) => unless(i, i + 1)), y: steps.map((i) => unless(i, loss[i]!)) };
}

function loss(result: Result): Figure {
  const x = [1, Math.max(2, result.loss.length)];
  const level = (name: string, value: number) => ({ name, x, y: [value, value] });
  return lineChart(
    {
      series: [
        lossLine(result),
        level('0.25: always ½', 0.25),
        level('0.125: two of four right, ½ for the others', 0.125),
        level(`${GOAL}: done`, GOAL),
      ],
    },
    {
      title: 'Loss, with a gap at each new start',
      description:
        `The loss over ${result.loss.length} steps, from ${result.loss[0]!.toFixed(3)} to ${result.loss.at(-1)!.toPrecision(3)}. ` +
        `The weights started at step ${result.attempts.map(({ start }) => start + 1).join(', ')}. ` +
        `Level lines mark the plateaus, 0.25 and 0.125, and the goal, ${GOAL}.`,
      xLabel: 'step',
      yLabel: 'mean squared error',
      yScale: 'log',
    },
  );
}

function weights({ layers }: Result): Figure {
  const bars = layers.flatMap(({ kernel, bias }, l) => [
    ...bias.map((value, to) => ({ name: `${l}B → L${l + 1}N${to}`, values: { value } })),
    ...kernel.flatMap((row, from) =>
      row.map((value, to) => ({ name: `L${l}N${from} → L${l + 1}N${to}`, values: { value } })),
    ),
  ]);
  return layerChart({ layers: bars }, { title: 'The nine numbers of the network', xLabel: 'weight or bias' });
}

function neurons({ neurons }: Result): Figure {
  const x = neurons[0]!.terms.map(({ input }) => input).join(', ');
  const bars = neurons.map(({ name, bias, terms, sum, output }) => ({
    name,
    values: { bias, 'first product': terms[0]!.product, 'second product': terms[1]!.product, sum, output },
  }));
  return layerChart({ layers: bars }, { title: `Neuron by neuron for the input (${x})`, xLabel: 'value' });
}

function answers({ examples }: Result): Figure {
  const bars = examples.map(({ x, y, predicted, byHand }) => ({
    name: `(${x.join(', ')})`,
    values: { 'by hand': byHand, predict: predicted, wanted: y },
  }));
  return layerChart({ layers: bars }, { title: 'All four answers', xLabel: 'output' });
}

/** The sums by hand, the weights, all answers, and how the loss fell. */
export const figures = (result: Result): Figures => ({
  neurons: neurons(result),
  weights: weights(result),
  answers: answers(result),
  loss: loss(result),
});
