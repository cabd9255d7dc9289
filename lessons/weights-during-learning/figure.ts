import type { Figures } from '@weightkit/lesson';
import { type Figure, filterGrid, histogramChart, histogramHeatmap, type LineSeries, lineChart } from '@weightkit/viz';
import { type Epoch, LAYERS, type Layer, type Params, type Result, SHOWN } from './experiment.ts';

/** `bins + 1` edges from -limit to limit. */
const edges = (limit: number): number[] => Array.from({ length: 101 }, (_, i) => limit * (i / 50 - 1));

/** One line per layer over the epochs from `from` on. */
function byLayer(epochs: readonly Epoch[], from: number, pick: (layer: Layer, i: number) => number): LineSeries[] {
  const shown = epochs.slice(from);
  return LAYERS.map((name, i) => ({
    name,
    x: shown.map((_, k) => k + from),
    y: shown.map(({ layers }) => pick(layers[i]!, i)),
  }));
}

/** From the first epoch to the last of the whole run: the axis stays while the reader goes from epoch to epoch. */
type Span = readonly [number, number];

function training(epochs: readonly Epoch[], xDomain: Span): Figures {
  const accuracy = lineChart(
    {
      series: [
        {
          name: 'training (dropout at work)',
          x: epochs.slice(1).map((_, i) => i + 1),
          y: epochs.slice(1).map((epoch) => 100 * epoch.trainAccuracy),
        },
        { name: 'test', y: epochs.map((epoch) => 100 * epoch.testAccuracy) },
      ],
    },
    { title: 'Accuracy', xLabel: 'epoch', yLabel: 'right (%)', yDomain: [0, 100], xDomain },
  );
  if (epochs.length < 2) return { accuracy };
  const series = [
    { name: 'loss', x: epochs.slice(1).map((_, i) => i + 1), y: epochs.slice(1).map(({ loss }) => loss) },
  ];
  return {
    accuracy,
    loss: lineChart({ series }, { title: 'Loss', xLabel: 'epoch', yLabel: 'cross-entropy', xDomain }),
  };
}

/** One row for each epoch, those that are still to come blank. */
const NOTHING: readonly number[] = Array.from({ length: 100 }, () => Number.NaN);

function allParameters(epochs: readonly Epoch[], all: readonly Epoch[], xDomain: Span): Figures {
  const curves = epochs.map(({ density }, epoch) => ({ name: `epoch ${epoch}`, density }));
  const title = 'All parameters: one curve per epoch, brighter is later';
  return {
    eye: histogramHeatmap(
      { edges: edges(0.3), rows: all.map(({ density }, i) => (i < epochs.length ? density : NOTHING)) },
      { title: "All parameters, a row for each epoch: Sauron's eye", yLabel: 'epoch', max: 3, scheme: 'hot' },
    ),
    curves: histogramChart({ edges: edges(0.3), curves }, { title, look: 'sequence' }),
    outside: lineChart(
      { series: [{ name: 'outside', y: epochs.map(({ outside }) => 100 * outside) }] },
      { title: 'Parameters outside ±0.3, which the picture leaves out', xLabel: 'epoch', yLabel: 'share (%)', xDomain },
    ),
  };
}

function eachLayer(epochs: readonly Epoch[]): Figures {
  const figures = LAYERS.map((name, i) => {
    const curves = epochs.map(({ layers }, epoch) => ({ name: `epoch ${epoch}`, density: layers[i]!.density }));
    const title = `Exercise 1: kernel of ${name}`;
    return [`kernel-${name}`, histogramChart({ edges: edges(0.7), curves }, { title, look: 'sequence' })];
  });
  return Object.fromEntries(figures) as Figures;
}

function changes(epochs: readonly Epoch[], xDomain: Span): Figures {
  const start = epochs[0]!.layers;
  const axis = { xLabel: 'epoch', xDomain } as const;
  const figures = {
    width: lineChart(
      { series: byLayer(epochs, 0, ({ std }, i) => std / start[i]!.std) },
      { ...axis, title: 'Width of each kernel', yLabel: 'std / std at the start' },
    ),
    condition: lineChart(
      { series: byLayer(epochs, 0, ({ condition }) => condition) },
      { ...axis, title: 'Condition number', yLabel: 'σ max / σ min', yScale: 'log' },
    ),
    small: lineChart(
      { series: byLayer(epochs, 0, ({ small }) => 100 * small) },
      { ...axis, title: 'Entries close to zero, |w| < 0.01', yLabel: 'share (%)' },
    ),
  };
  if (epochs.length < 2) return figures;
  const title = 'Distance to the epoch before';
  const moves = { series: byLayer(epochs, 1, ({ distance }) => distance) };
  return { distance: lineChart(moves, { ...axis, title, yLabel: '‖Wₜ − Wₜ₋₁‖' }), ...figures };
}

/** What the first units look for, as it was last kept by this epoch; all in the colors of the whole run. */
function unitPictures({ pictures }: Result, epoch: number): Figure {
  const shown = pictures.filter((picture) => picture.epoch <= epoch).at(-1)!;
  const most = pictures.reduce(
    (largest, { weights }) => weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), largest),
    0,
  );
  const when = shown.epoch === 0 ? 'before training' : `after epoch ${shown.epoch}`;
  return filterGrid(
    { values: shown.weights, shape: [28, 28, 1, SHOWN] },
    {
      title: `Weights into ${SHOWN} units of the first layer, ${when}`,
      color: 'diverging',
      domain: [-most, most],
    },
  );
}

/** The notebook's pictures, the two metrics of the course, and a histogram per layer: up to the epoch `moment`. */
export function figures(result: Result, _params: Params, moment?: number): Figures {
  const { first, epochs: all } = result;
  const epochs = all.slice(0, (moment ?? all.length - 1) + 1);
  const span = [0, Math.max(1, all.length - 1)] as const;
  const { edges, counts } = first;
  const title = 'First kernel before training, 40 bins';
  return {
    ...allParameters(epochs, all, span),
    units: unitPictures(result, epochs.length - 1),
    ...training(epochs, span),
    ...changes(epochs, span),
    start: histogramChart({ edges, curves: [{ name: 'count', counts }] }, { title }),
    ...eachLayer(epochs),
  };
}
