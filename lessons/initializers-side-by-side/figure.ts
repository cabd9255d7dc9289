import type { Figures } from '@weightkit/lesson';
import { bandChart, type Figure, layerChart, lineChart, ridgeline, smallMultiples } from '@weightkit/viz';
import { lawOf } from './curves.ts';
import { NETWORK_NAMES } from './deep.ts';
import type { Params, Result } from './experiment.ts';
import { entryOf, LAW_NAMES, type LawName, type Layer } from './laws.ts';
import { BINS, reachOf, type Sample } from './sample.ts';
import { STACK } from './stack.ts';
import { shortNumber } from './summary.ts';

/** Pixels that the main figure is high: it fits on the first screen, of a phone as well. */
const HEIGHT = 430;
/** Points of a smooth curve. */
const POINTS = 80;

const edgesOf = (end: number, bins: number): number[] =>
  Array.from({ length: bins + 1 }, (_, i) => end * ((2 * i) / bins - 1));

/** All laws at one scale. */
function laws({ samples }: Result, layer: Layer): Figure {
  const figure = ridgeline(
    {
      edges: edgesOf(reachOf(layer), BINS.shared),
      ridges: LAW_NAMES.map((law) => ({ name: law, counts: samples[law].counts })),
    },
    {
      title: `Weights of a layer of ${layer.inputs} inputs and ${layer.units} units`,
      description:
        `Histograms of the weights that each law draws for the layer, below each other with one axis. ` +
        `Their standard deviations: ${LAW_NAMES.map((law) => `${law} ${shortNumber(samples[law].std)}`).join(', ')}.`,
      height: HEIGHT,
    },
  );
  const rows = LAW_NAMES.map((law) => {
    const { count, mean, std, lawStd, distance, critical } = samples[law];
    return [law, entryOf(law).from, count, mean, std, lawStd, distance, critical];
  });
  const columns = ['initializer', 'from', 'weights', 'mean', 'std', 'std of the law', 'distance', 'one in 1000'];
  return { ...figure, table: { columns, rows } };
}

/** The outline of a histogram as a line: two points for each bin, a hair apart at the edges. */
function outlineOf({ own, end, count }: Sample, unit = 1): { x: number[]; y: number[] } {
  const width = (2 * end) / own.length;
  const hair = width * 1e-6;
  const x: number[] = [];
  const y: number[] = [];
  for (const [i, entries] of own.entries()) {
    const left = -end + i * width;
    x.push((left + hair) / unit, (left + width - hair) / unit);
    const height = (entries / (count * width)) * unit;
    y.push(height, height);
  }
  return { x, y };
}

/** The density of a law as a smooth line; none of a single value. */
function curveOf(law: LawName, layer: Layer, end: number, unit = 1): { x: number[]; y: number[] } | undefined {
  const curve = entryOf(law).curve(layer);
  if (curve.kind === 'point') return undefined;
  const { density } = lawOf(curve);
  const x = Array.from({ length: POINTS + 1 }, (_, i) => end * ((2 * i) / POINTS - 1));
  return { x: x.map((place) => place / unit), y: x.map((place) => density(place) * unit) };
}

/** Every law with its sample, each at its own scale. */
function multiples({ samples }: Result, layer: Layer): Figure {
  const panels = LAW_NAMES.filter((law) => samples[law].lawStd > 0).map((law) => {
    const { lawStd, end } = samples[law];
    return {
      name: law,
      series: [
        { name: 'sample', ...outlineOf(samples[law], lawStd) },
        { name: 'law', ...curveOf(law, layer, end, lawStd)! },
      ],
    };
  });
  return smallMultiples(
    { panels },
    {
      title: 'Each law over its sample',
      description: `The weights of each law but zero, divided by the standard deviation of the law, as a histogram with the density of the law over it. Distances between the two, as a difference of shares: ${panels
        .map(({ name }) => `${name} ${shortNumber(samples[name].distance)}`)
        .join(', ')}.`,
      xLabel: 'weight / standard deviation of the law',
      yLabel: 'density',
      xDomain: [-3.2, 3.2],
    },
  );
}

function losses({ training: { byLaw, constant } }: Result, { epochs }: Params): Figure {
  const ends = LAW_NAMES.map((law) => `${law} ${byLaw[law].train.at(-1)!.toFixed(2)}`).join(', ');
  return lineChart(
    {
      series: [
        ...LAW_NAMES.map((law) => ({ name: law, y: byLaw[law].train })),
        { name: 'the best constant', y: byLaw.Zero.train.map(() => constant.train) },
      ],
    },
    {
      title: 'Training loss on random targets',
      description: `The loss on 100 examples by epoch, before training and after each of ${epochs}. In the end: ${ends}; the best constant, the mean of the targets, costs ${constant.train.toFixed(2)}.`,
      xLabel: 'epoch',
      yLabel: 'mean squared error',
      yScale: 'log',
      height: 460,
    },
  );
}

function fresh({ training: { byLaw, constant } }: Result): Figure {
  const told = LAW_NAMES.map((law) => `${law} ${byLaw[law].fresh.at(-1)!.toFixed(2)}`).join(', ');
  return layerChart(
    {
      layers: [
        ...LAW_NAMES.map((law) => ({
          name: law,
          values: { 'training examples': byLaw[law].train.at(-1)!, 'fresh examples': byLaw[law].fresh.at(-1)! },
        })),
        {
          name: 'the best constant',
          values: { 'training examples': constant.train, 'fresh examples': constant.fresh },
        },
      ],
    },
    {
      title: 'Loss after training: seen and fresh examples',
      description: `Mean squared error on the 100 training examples and on 1,000 fresh ones. On fresh ones: ${told}; the best constant ${constant.fresh.toFixed(2)}.`,
      xLabel: 'mean squared error',
      xScale: 'log',
      mark: 'dot',
    },
  );
}

/** What the two forms of Xavier, and the form that looks back alone, do to the variance of the signal and of the gradient. */
function xavier({ samples }: Result, { inputs, units }: Params): Figure {
  const forms = {
    '√(1/in)': samples['Xavier, √(1/n)'].std ** 2,
    '√(2/(in + out))': samples['Xavier, √(2/(in + out))'].std ** 2,
    '√(1/out)': 1 / units,
  };
  const rows = Object.entries(forms).map(([name, variance]) => ({
    name,
    values: { 'signal, forward': inputs * variance, 'gradient, back': units * variance },
  }));
  const told = rows.map(
    ({ name, values }) =>
      `${name}: ${shortNumber(values['signal, forward'])} forward, ${shortNumber(values['gradient, back'])} back`,
  );
  return layerChart(
    { layers: rows },
    {
      title: `${inputs} → ${units}: what becomes of variance 1`,
      description: `By what a linear layer of ${inputs} inputs and ${units} units multiplies the variance of the signal on its way forward and that of the gradient on its way back. ${told.join('; ')}.`,
      xLabel: 'variance behind the layer, of 1 before it',
      xScale: 'log',
      mark: 'dot',
    },
  );
}

const LAYERS = Array.from({ length: STACK.layers }, (_, l) => l + 1);

function lsuv({ stack }: Result, { scaled }: Params): Figure {
  const now = stack.lsuv.stages[scaled]!.map(({ variance }) => variance);
  const fresh = stack.lsuv.fresh.map(({ variance }) => variance);
  const slide = stack.slide.map(({ variance }) => variance);
  return lineChart(
    {
      series: [
        { name: scaled === 1 ? 'LSUV, 1 layer done' : `LSUV, ${scaled} layers done`, x: LAYERS, y: now },
        { name: 'all done, on fresh inputs', x: LAYERS, y: fresh },
        { name: 'by the code of slide 8', x: LAYERS, y: slide },
      ],
    },
    {
      title: `LSUV with ${scaled} of ${STACK.layers} layers done`,
      description:
        `Variance of the sums of each of ${STACK.layers} ReLU layers, over the batch and all units. With ${scaled} done it is ${shortNumber(now[0]!)} in the first and ` +
        `${shortNumber(now.at(-1)!)} in the last; with all done, on fresh inputs, ${shortNumber(fresh.at(-1)!)} in the last; by the code of the slide ${shortNumber(slide.at(-1)!)}.`,
      xLabel: 'layer',
      yLabel: 'variance of the sums',
      yScale: 'log',
    },
  );
}

function unitSpread({ stack }: Result, { scaled }: Params): Figure {
  const bands = (
    [
      ['LSUV', stack.lsuv],
      ['data-dependent', stack.dataDependent],
    ] as const
  ).map(([name, { stages }]) => ({
    name,
    x: LAYERS,
    low: stages[scaled]!.map(({ least }) => least),
    middle: stages[scaled]!.map(({ variance }) => variance),
    high: stages[scaled]!.map(({ most }) => most),
  }));
  const told = bands.map(({ name, low, high }) => `${name} ${shortNumber(low[0]!)} to ${shortNumber(high[0]!)}`);
  return bandChart(
    { bands },
    {
      title: `Units alone, with ${scaled} of ${STACK.layers} layers done`,
      description: `The least and the largest variance of a unit’s sum over the batch, layer by layer, and as a line that of the whole layer. In the first layer: ${told.join(', ')}.`,
      xLabel: 'layer',
      yLabel: 'variance of the sums',
      yScale: 'log',
    },
  );
}

function selu({ deep }: Result): Figure {
  const series = NETWORK_NAMES.map((name) => ({
    name,
    x: deep[name].map((_, l) => l + 1),
    y: deep[name].map(({ variance }) => variance),
  }));
  return lineChart(
    { series },
    {
      title: 'Variance of the activations through 20 layers',
      description: `Of random inputs with mean 0 and variance 1. After the last layer: ${series
        .map(({ name, y }) => `${name} ${shortNumber(y.at(-1)!)}`)
        .join(', ')}.`,
      xLabel: 'layer',
      yLabel: 'variance',
      yScale: 'log',
      height: 430,
    },
  );
}

/** The laws at one scale and each over its sample, training on random targets, the forms of Xavier, LSUV layer by layer, and SELU through twenty layers. */
export function figures(result: Result, params: Params): Figures {
  return {
    laws: laws(result, params),
    multiples: multiples(result, params),
    xavier: xavier(result, params),
    losses: losses(result, params),
    lsuv: lsuv(result, params),
    selu: selu(result),
    units: unitSpread(result, params),
    fresh: fresh(result),
  };
}
