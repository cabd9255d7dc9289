import { type Figure, histogramChart, histogramHeatmap, type LineSeries, lineChart } from '@weightkit/viz';
import { type Epoch, LAYERS, type Layer, type Result } from './experiment.ts';

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

function training({ epochs }: Result): Figure[] {
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
    { title: 'Accuracy', xLabel: 'epoch', yLabel: 'right (%)', yDomain: [0, 100] },
  );
  if (epochs.length < 2) return [accuracy];
  const series = [
    { name: 'loss', x: epochs.slice(1).map((_, i) => i + 1), y: epochs.slice(1).map(({ loss }) => loss) },
  ];
  return [accuracy, lineChart({ series }, { title: 'Loss', xLabel: 'epoch', yLabel: 'cross-entropy' })];
}

function allParameters({ epochs }: Result): Figure[] {
  const curves = epochs.map(({ density }, epoch) => ({ name: `epoch ${epoch}`, density }));
  const title = 'All parameters: one curve per epoch, brighter is later';
  return [
    histogramChart({ edges: edges(0.3), curves }, { title, look: 'sequence' }),
    histogramHeatmap(
      { edges: edges(0.3), rows: epochs.map(({ density }) => density) },
      { title: "The same as a picture: Sauron's eye", yLabel: 'epoch', max: 3, scheme: 'hot' },
    ),
    lineChart(
      { series: [{ name: 'outside', y: epochs.map(({ outside }) => 100 * outside) }] },
      { title: 'Parameters outside ±0.3, which the picture leaves out', xLabel: 'epoch', yLabel: 'share (%)' },
    ),
  ];
}

function eachLayer({ epochs }: Result): Figure[] {
  return LAYERS.map((name, i) => {
    const curves = epochs.map(({ layers }, epoch) => ({ name: `epoch ${epoch}`, density: layers[i]!.density }));
    return histogramChart({ edges: edges(0.7), curves }, { title: `Exercise 1: kernel of ${name}`, look: 'sequence' });
  });
}

function changes({ epochs }: Result): Figure[] {
  const start = epochs[0]!.layers;
  const spread = byLayer(epochs, 0, ({ std }, i) => std / start[i]!.std);
  const xLabel = 'epoch';
  const figures = [
    lineChart({ series: spread }, { title: 'Width of each kernel', xLabel, yLabel: 'std / std at the start' }),
    lineChart(
      { series: byLayer(epochs, 0, ({ condition }) => condition) },
      { title: 'Condition number', xLabel, yLabel: 'σ max / σ min', yScale: 'log' },
    ),
    lineChart(
      { series: byLayer(epochs, 0, ({ small }) => 100 * small) },
      { title: 'Entries close to zero, |w| < 0.01', xLabel, yLabel: 'share (%)' },
    ),
  ];
  if (epochs.length < 2) return figures;
  const moves = { series: byLayer(epochs, 1, ({ distance }) => distance) };
  return [lineChart(moves, { title: 'Distance to the epoch before', xLabel, yLabel: '‖Wₜ − Wₜ₋₁‖' }), ...figures];
}

/** The notebook's pictures, the two metrics of the course, and a histogram per layer. */
export function figures(result: Result): Figure[] {
  const { edges, counts } = result.first;
  const title = 'First kernel before training, 40 bins';
  return [
    ...training(result),
    ...allParameters(result),
    ...changes(result),
    histogramChart({ edges, curves: [{ name: 'count', counts }] }, { title }),
    ...eachLayer(result),
  ];
}
