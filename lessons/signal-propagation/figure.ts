import type { Figures } from '@weightkit/lesson';
import { bandChart, type Figure, lineChart, ridgeline, smallMultiples } from '@weightkit/viz';
import { type Params, type Result, STDS } from './experiment.ts';
import { ACCURACY } from './measured-accuracy.ts';

/** The standard deviation at which a layer of ReLU keeps the mean square of its inputs: He's. */
export const kept = (units: number): number => Math.sqrt(2 / units);

/** `3.2e-5`, `0.14`, `12`. */
export function scaleText(log: number): string {
  if (!Number.isFinite(log)) return '0';
  if (Math.abs(log) < 3) return String(Number((10 ** log).toPrecision(2)));
  const exponent = Math.floor(log);
  return `${Number((10 ** (log - exponent)).toPrecision(2))}e${exponent}`;
}

/** Pixels that each half of the main figure is high: both below each other fit on a phone. */
const HEIGHT = 250;
/** Logarithms to base 10 of what a chart can still place: 64 bits end there. */
const MOST = 300;
const power = (log: number): number => 10 ** Math.min(MOST, Math.max(-MOST, log));

function ridges({ layers, edges }: Result, { activation }: Params): Figure {
  const zeros = layers.at(-1)!.zeros;
  const [first, last] = [layers[0]!, layers.at(-1)!].map(({ activations }) => scaleText(activations));
  const gone = activation === 'relu' ? ` ${Math.round(100 * zeros)} % of the last ones are 0 and in no histogram.` : '';
  return ridgeline(
    {
      edges,
      ridges: layers.map(({ counts }, l) => ({
        name: layers.length <= 12 || l % 5 === 4 || l === 0 ? `layer ${l + 1}` : '',
        counts,
      })),
    },
    {
      title: 'Sizes of the activations',
      description:
        `A histogram for each of ${layers.length} layers, sizes as powers of ten to the right: a signal that is kept stays above itself, ` +
        `one that vanishes wanders to the left. The scale is ${first} after the first layer and ${last} after the last.${gone}`,
      xLabel: 'power of ten',
      height: HEIGHT,
    },
  );
}

function arrives({ layers, sweep }: Result, { std, depth, units, activation }: Params): Figure {
  const final = layers.at(-1)!.activations;
  const straight = activation === 'relu' || activation === 'linear';
  return lineChart(
    {
      series: [
        { name: 'after the last layer', x: STDS, y: sweep.map((point) => power(point.final)) },
        { name: 'your std', x: [std], y: [Number.isFinite(final) ? power(final) : null] },
        ...(activation === 'relu'
          ? [{ name: '√(2/n) keeps it', x: [kept(units), kept(units) * 1.0001], y: [power(sweep[0]!.final), 1] }]
          : []),
      ],
    },
    {
      title: `What arrives after ${depth} ${depth === 1 ? 'layer' : 'layers'}`,
      description:
        `The scale of the last activations against the standard deviation of the weights, both axes logarithmic, from ` +
        `${scaleText(sweep[0]!.final)} at ${STDS[0]} to ${scaleText(sweep.at(-1)!.final)} at ${STDS.at(-1)}.` +
        `${straight ? ` A straight line of slope ${depth}: one for each layer.` : ''} At ${std} it is ${scaleText(final)}.`,
      xLabel: 'std of the weights',
      yLabel: 'scale',
      xScale: 'log',
      yScale: 'log',
      height: HEIGHT,
    },
  );
}

function signal(result: Result, params: Params): Figure {
  const halves = [ridges(result, params), arrives(result, params)];
  const figure = smallMultiples(
    { figures: halves },
    {
      title: `Std ${params.std}: scale 1 becomes ${scaleText(result.layers.at(-1)!.activations)}`,
      description: halves.map(({ description }) => description).join(' '),
      columns: 2,
    },
  );
  const rows = result.layers.map(({ activations, sums, gradients, zeros, mean }, l) => [
    l + 1,
    ...[sums, activations, gradients].map((log) => Number(log.toFixed(3))),
    Number(mean.toFixed(3)),
    Number(zeros.toFixed(3)),
  ]);
  const columns = ['layer', 'log10 scale of sums', 'of activations', 'of gradients', 'mean / scale', 'share of zeros'];
  return { ...figure, table: { columns, rows } };
}

/** A scale layer by layer, measured and predicted. */
function byLayer(
  { layers }: Result,
  pick: (layer: Result['layers'][number]) => { measured: number; predicted: number },
  options: { title: string; description: string; yLabel: string },
): Figure {
  const x = layers.map((_, l) => l + 1);
  const values = layers.map(pick);
  const shown = (log: number) => (Number.isFinite(log) ? power(log) : null);
  return lineChart(
    {
      series: [
        { name: 'measured', x, y: values.map(({ measured }) => shown(measured)) },
        { name: 'predicted by signalReport', x, y: values.map(({ predicted }) => shown(predicted)) },
      ],
    },
    { ...options, xLabel: 'layer', yScale: 'log' },
  );
}

function accuracy({ trained }: Result, { std, activation, depth, units }: Params): Figure {
  const own = trained
    ? [{ name: 'your run', x: [std], low: [100 * trained.accuracy], high: [100 * trained.accuracy] }]
    : [];
  const here = kept(units);
  const best = ACCURACY.reduce((best, row) => (row.mean > best.mean ? row : best));
  const same = activation === 'relu' && depth === 10 && units === 100;
  return bandChart(
    {
      bands: [
        {
          name: 'ten layers of 100 ReLU units, 5 seeds',
          x: ACCURACY.map((row) => row.std),
          low: ACCURACY.map((row) => 100 * row.least),
          middle: ACCURACY.map((row) => 100 * row.mean),
          high: ACCURACY.map((row) => 100 * row.most),
        },
        ...own.map((band) => ({ ...band, middle: band.low })),
        { name: `√(2/${units})`, x: [here, here * 1.0001], low: [0, 100], middle: [0, 100], high: [0, 100] },
      ],
    },
    {
      title: 'Test accuracy after training, by the std it started from',
      description:
        `Per cent of 1,000 test digits, measured in advance: mean and range of 5 seeds for each standard deviation, best at ` +
        `${Number(best.std.toPrecision(3))} with ${(100 * best.mean).toFixed(0)} %.` +
        `${trained ? ` Your run, at ${std}${same ? '' : ' with other layers'}: ${(100 * trained.accuracy).toFixed(1)} %.` : ''}`,
      xLabel: 'std of the weights at the start',
      yLabel: 'per cent',
      xScale: 'log',
      yDomain: [0, 100],
    },
  );
}

/** The histograms and what arrives, forward and back beside the prediction, and what training makes of it. */
export function figures(result: Result, params: Params): Figures {
  const [first, last] = [result.layers[0]!, result.layers.at(-1)!];
  return {
    signal: signal(result, params),
    forward: byLayer(result, ({ sums, predicted }) => ({ measured: sums, predicted: predicted.sums }), {
      title: 'Forward: scale of the sums, measured and predicted',
      description:
        `Root mean square of the sums before the activation, layer by layer: ${scaleText(first.sums)} in the first and ` +
        `${scaleText(last.sums)} in the last; predicted from the weights alone ${scaleText(first.predicted.sums)} and ${scaleText(last.predicted.sums)}.`,
      yLabel: 'scale of the sums',
    }),
    gradients: byLayer(
      result,
      ({ gradients, predicted }) => ({ measured: gradients, predicted: predicted.gradients }),
      {
        title: 'Back: scale of the gradient, measured and predicted',
        description:
          `Root mean square of the gradient at the sums, which starts behind the last layer with scale 1: ${scaleText(last.gradients)} in the last ` +
          `layer and ${scaleText(first.gradients)} in the first; predicted ${scaleText(last.predicted.gradients)} and ${scaleText(first.predicted.gradients)}.`,
        yLabel: 'scale of the gradient',
      },
    ),
    accuracy: accuracy(result, params),
  };
}
