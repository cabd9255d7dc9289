import type { Figures } from '@weightkit/lesson';
import { decisionBoundary, type Figure, layerChart, lineChart } from '@weightkit/viz';
import { byHand } from './by-hand.ts';
import { answer, GOAL, INPUTS, type Params, type Result, TARGETS } from './experiment.ts';
import { network, steps } from './network.ts';

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

/** Where the hidden neurons put the four inputs, and where the output says 1 there. */
function hidden({ layers: [first, second] }: Result): Figure {
  const places = Array.from({ length: 41 }, (_, i) => i / 40);
  const points = INPUTS.map((x, i) => {
    const [h0, h1] = byHand([first!], x).map(({ output }) => output);
    return { x: h0!, y: h1!, class: TARGETS[i]! };
  });
  return decisionBoundary(
    {
      values: places.map((h1) => places.map((h0) => answer([second!], [h0, h1]))),
      x: places,
      y: places,
      points,
      classes: ['answer 0', 'answer 1'],
    },
    {
      title: 'What the output neuron sees',
      description:
        'The plane of the outputs of the two hidden neurons, with the side on which the answer is nearer to 1 than to 0. ' +
        `The four inputs are at ${points.map(({ x, y }, i) => `(${x.toFixed(2)}, ${y.toFixed(2)}) for (${INPUTS[i]!.join(', ')})`).join(', ')}.`,
      xLabel: 'output of L1N0',
      yLabel: 'output of L1N1',
      height: 420,
    },
  );
}

/** The answer for every input between 0 and 1, and where it changes from 0 to 1. */
function plane({ layers }: Result): Figure {
  const places = Array.from({ length: 41 }, (_, i) => Number((-0.2 + (i * 1.4) / 40).toFixed(3)));
  return decisionBoundary(
    {
      values: places.map((x1) => places.map((x0) => answer(layers, [x0, x1]))),
      x: places,
      y: places,
      points: INPUTS.map(([x, y], i) => ({ x, y, class: TARGETS[i]! })),
      classes: ['answer 0', 'answer 1'],
    },
    { title: 'The same decision among the inputs', xLabel: 'x₀', yLabel: 'x₁', height: 420 },
  );
}

function answers({ examples }: Result): Figure {
  const bars = examples.map(({ x, y, predicted, byHand }) => ({
    name: `(${x.join(', ')})`,
    values: { 'by hand': byHand, predict: predicted, wanted: y },
  }));
  return layerChart({ layers: bars }, { title: 'All four answers', xLabel: 'output' });
}

/** The network with the sums up to a step, the two spaces it decides in, its answers, its numbers, and how the loss fell. */
export function figures(result: Result, _params: Params, moment?: number): Figures {
  return {
    network: network(result.layers, result.neurons, moment ?? steps(result.neurons).length - 1),
    hidden: hidden(result),
    plane: plane(result),
    answers: answers(result),
    loss: loss(result),
    weights: weights(result),
  };
}
