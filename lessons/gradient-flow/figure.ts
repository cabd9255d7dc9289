import type { Figures } from '@weightkit/lesson';
import { type Figure, gradientFlow, lineChart, smallMultiples } from '@weightkit/viz';
import type { Moment, Net, Params, Result } from './experiment.ts';
import { fallOf } from './fall.ts';

const NAMES = ['mean', 'std', 'min', 'max'] as const;

/** `1.3e-5`, `0.14`, `12`. */
export function sizeText(value: number): string {
  if (!Number.isFinite(value)) return 'no number';
  if (value === 0 || (Math.abs(value) >= 0.001 && Math.abs(value) < 10_000))
    return String(Number(value.toPrecision(2)));
  const [digits, exponent] = value.toExponential(1).split('e');
  return `${Number(digits)}e${Number(exponent)}`;
}

/** A factor as it is read: `×4.1`. */
export const factorText = (factor: number): string => `×${sizeText(factor)}`;

const drawn = (value: number): number | null => (value > 0 && Number.isFinite(value) ? value : null);
const number = (value: number): number | null => (Number.isFinite(value) ? value : null);
const ofNet = (net: Net, at: number): Moment => net.moments[Math.min(at, net.moments.length - 1)]!;

/** How a network's gradients change from layer to layer, in a few words. */
function told({ name }: Net, moment: Moment): string {
  const fall = fallOf(moment.layers);
  if (!fall) return `${name}: a gradient is 0 or no number`;
  return `${name} ${sizeText(moment.layers[0]!.std)} in the first layer and ${sizeText(moment.layers.at(-1)!.std)} in the last, ${factorText(fall.factor)} from layer to layer`;
}

/** The size of the gradient by layer in all three, with the line of the fall in the first. */
function flow(nets: readonly Net[], at: number): Figure {
  const x = nets[0]!.moments[0]!.layers.map((_, l) => l + 1);
  const fall = fallOf(ofNet(nets[0]!, at).layers);
  const { step } = ofNet(nets[0]!, at);
  const factor = fall ? `${factorText(fall.factor)} a layer in the sigmoid network` : 'no fall can be fitted';
  const figure = lineChart(
    {
      series: [
        ...nets.map((net) => ({ name: net.name, x, y: ofNet(net, at).layers.map(({ std }) => drawn(std)) })),
        ...(fall ? [{ name: 'fitted to sigmoid', x, y: fall.line.map(drawn) }] : []),
      ],
    },
    {
      title: `Gradients at step ${step}: ${factor}`,
      description:
        `The standard deviation of the gradient of each layer's kernel, on a log axis, from layer 1, next to the input, to layer ${x.length}: ` +
        `${nets.map((net) => told(net, ofNet(net, at))).join('; ')}.`,
      xLabel: 'layer, 1 is next to the input',
      yLabel: 'std of the gradient',
      yScale: 'log',
      height: 420,
    },
  );
  const rows = nets.flatMap((net) =>
    ofNet(net, at).layers.map((stats, l) => [
      net.name,
      l + 1,
      ...NAMES.map((name) => (Number.isFinite(stats[name]) ? Number(stats[name].toPrecision(4)) : 'not a number')),
    ]),
  );
  return { ...figure, table: { columns: ['network', 'layer', ...NAMES], rows } };
}

const chosen = (nets: readonly Net[], { net }: Params): Net => nets.find(({ name }) => name === net)!;

/** What the slide tracks, step by step: of the first layer and the last. */
function tracked(nets: readonly Net[], params: Params): Figure {
  const { name, moments } = chosen(nets, params);
  const count = moments[0]!.layers.length;
  const shown = [0, count - 1];
  const panels = shown.map((l) =>
    lineChart(
      {
        series: NAMES.map((key) => ({
          name: key,
          x: moments.map(({ step }) => step),
          y: moments.map(({ layers }) => number(layers[l]![key])),
        })),
      },
      { title: `Layer ${l + 1}`, xLabel: 'step', yLabel: 'gradient', height: 260 },
    ),
  );
  const at = (l: number) => sizeText(moments.at(-1)!.layers[l]!.std);
  return smallMultiples(
    { figures: panels },
    {
      title: `${name}: what the slide tracks`,
      description:
        `Mean, standard deviation, least and largest entry of the gradient over the steps, each layer on an axis of its own. In the end the standard deviation is ` +
        `${shown.map((l) => `${at(l)} in layer ${l + 1}`).join(', ')}.`,
      columns: 2,
    },
  );
}

/** The factor from layer to layer over the steps. */
function factors(nets: readonly Net[]): Figure {
  const falls = nets.map(({ name, moments }) => ({
    name,
    steps: moments.map(({ step }) => step),
    factors: moments.map(({ layers }) => fallOf(layers)?.factor ?? null),
  }));
  const ends = falls.map(({ name, factors }) => {
    const [first, last] = [factors[0] ?? null, factors.at(-1) ?? null];
    return `${name} ${first === null ? 'none' : factorText(first)} at the first step, ${last === null ? 'none' : factorText(last)} at the last`;
  });
  return lineChart(
    { series: falls.map(({ name, steps, factors }) => ({ name, x: steps, y: factors })) },
    {
      title: 'From layer to layer, while they learn',
      description: `How many times as large the gradient is in a layer as in the one before it, by step; 1 is level. ${ends.join('; ')}.`,
      xLabel: 'step',
      yLabel: 'factor',
      yScale: 'log',
    },
  );
}

function loss(nets: readonly Net[]): Figure {
  const ends = nets.map(({ name, moments, accuracy }) => {
    const last = moments.at(-1)!.loss;
    const right = Number.isFinite(accuracy) ? `, ${(100 * accuracy).toFixed(1)} % of the test digits are right` : '';
    return `${name} ${Number.isFinite(last) ? last.toFixed(2) : 'no number'} in the end${right}`;
  });
  return lineChart(
    {
      series: nets.map(({ name, moments }) => ({
        name,
        x: moments.map(({ step }) => step),
        y: moments.map(({ loss }) => number(loss)),
      })),
    },
    {
      title: 'What comes of it: the loss',
      description: `Training loss by step; guessing has ln 10 = 2.30. ${ends.join('; ')}.`,
      xLabel: 'step',
      yLabel: 'loss',
    },
  );
}

/** Mean and largest magnitude by layer, of the network that was chosen. */
function layers(nets: readonly Net[], params: Params, at: number): Figure {
  const net = chosen(nets, params);
  const moment = ofNet(net, at);
  return gradientFlow(
    {
      layers: moment.layers.map(({ size, min, max }, l) => ({
        name: `layer ${l + 1}`,
        mean: number(size),
        max: number(Math.max(Math.abs(min), Math.abs(max))),
      })),
    },
    { title: `Magnitudes by layer: ${net.name}, step ${moment.step}` },
  );
}

/** The gradients at a moment, what the slide tracks, how the fall changes, and what comes of it. */
export function figures({ nets }: Result, params: Params, moment?: number): Figures {
  const at = moment ?? nets[0]!.moments.length - 1;
  return {
    flow: flow(nets, at),
    tracked: tracked(nets, params),
    factors: factors(nets),
    loss: loss(nets),
    layers: layers(nets, params, at),
  };
}
