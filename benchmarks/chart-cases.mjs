// A million points or values for every chart: what `charts.mjs` times, and packages/viz/deep/million.deep.ts.

/** How many points each case has. */
export const COUNT = 1_000_000;
const SIDE = 1000;

/**
 * Makes each case: the name of its chart, with what tells it from others of the chart, and a function that makes the data and returns one that
 * draws it.
 */
export function chartCases(viz) {
  const noise = Float64Array.from({ length: COUNT }, (_, i) => (1000 * Math.sin(12.9898 * i)) % 1);
  const positive = noise.map(Math.abs);
  const other = (i) => noise[(7 * i) % COUNT];
  const bowl = noise.map((_, i) => ((i % SIDE) / 500 - 1) ** 2 + (Math.floor(i / SIDE) / 500 - 1) ** 2);
  const shape = [SIDE, SIDE];
  const many = (make) => Array.from({ length: COUNT }, (_, i) => make(i));
  const rows = (values) => Array.from({ length: SIDE }, (_, i) => values.subarray(SIDE * i, SIDE * (i + 1)));
  const line = { series: [{ name: 'a', y: noise }] };
  const classes = noise.map((value) => Math.floor(Math.abs(value) * 10));
  const points = () => many((i) => ({ x: positive[i], y: Math.abs(other(i)), class: i % 2 }));
  const edges = (count) => Float64Array.from({ length: count + 1 }, (_, i) => i);
  const layers = () =>
    Array.from({ length: 10 }, (_, i) => ({
      name: `layer ${i}`,
      values: noise.subarray((COUNT / 10) * i, (COUNT / 10) * (i + 1)),
      shape: [500, 200],
    }));

  return {
    lineChart: () => () => viz.lineChart(line),
    bandChart: () => {
      const [low, high] = [noise.map((value) => value - 1), noise.map((value) => value + 1)];
      return () => viz.bandChart({ bands: [{ name: 'a', low, high, middle: noise }] });
    },
    'bandChart, ten runs': () => {
      const runs = Array.from({ length: 10 }, (_, i) => noise.subarray((COUNT / 10) * i, (COUNT / 10) * (i + 1)));
      return () => viz.bandChart({ bands: [{ name: 'a', runs }] });
    },
    coefficientPaths: () => {
      const x = noise.map((_, i) => i + 1);
      return () => viz.coefficientPaths({ x, series: [{ name: 'a', y: noise }] });
    },
    confusionMatrix: () => () => viz.confusionMatrix({ actual: classes, predicted: classes }),
    'contourChart, a bowl': () => () => viz.contourChart({ values: bowl, shape }),
    'contourChart, noise': () => () => viz.contourChart({ values: noise, shape }),
    'decisionBoundary, points': () => {
      const data = {
        values: [
          [0, 1],
          [1, 0],
        ],
        points: points(),
      };
      return () => viz.decisionBoundary(data);
    },
    'decisionBoundary, scores': () => () => viz.decisionBoundary({ values: positive, shape }),
    filterGrid: () => () => viz.filterGrid({ values: noise, shape: [10, 10, 10, 1000] }),
    gradientFlow: () => {
      const data = { layers: many((i) => ({ name: `layer ${i}`, mean: positive[i], max: 1 + positive[i] })) };
      return () => viz.gradientFlow(data);
    },
    heatmap: () => () => viz.heatmap({ values: noise, shape }),
    histogramChart: () => {
      const data = { edges: edges(COUNT), curves: [{ name: 'a', counts: positive }] };
      return () => viz.histogramChart(data);
    },
    histogramHeatmap: () => {
      const data = { edges: edges(SIDE), rows: rows(positive) };
      return () => viz.histogramHeatmap(data);
    },
    importanceChart: () => {
      const importances = many((i) => ({ name: `unit ${i}`, value: noise[i] }));
      return () => viz.importanceChart({ importances });
    },
    layerChart: () => {
      const data = { layers: many((i) => ({ name: `layer ${i}`, values: { std: noise[i] } })) };
      return () => viz.layerChart(data);
    },
    maskChart: () => () => viz.maskChart({ values: classes, shape }, { pattern: [2, 4] }),
    networkGraph: () => () =>
      viz.networkGraph({
        layers: [SIDE, SIDE].map((units, i) => ({ name: `layer ${i}`, units })),
        weights: [{ values: noise, shape }],
      }),
    pairedDots: () => {
      const data = { rows: many((i) => ({ name: `row ${i}`, from: noise[i], to: other(i) })) };
      return () => viz.pairedDots(data);
    },
    paretoChart: () => {
      const data = { points: many((i) => ({ name: `model ${i}`, size: 1 + positive[i], accuracy: other(i) })) };
      return () => viz.paretoChart(data);
    },
    quantizationGrid: () => {
      const data = { edges: edges(COUNT), counts: positive, levels: edges(256).map((level) => level * 3000) };
      return () => viz.quantizationGrid(data);
    },
    ridgeline: () => {
      const data = { edges: edges(SIDE), ridges: rows(positive).map((counts, i) => ({ name: `epoch ${i}`, counts })) };
      return () => viz.ridgeline(data);
    },
    runTimeline: () => {
      const spans = many((i) => ({ name: `step ${i}`, from: i, to: i + positive[i] }));
      return () => viz.runTimeline({ lanes: [{ name: 'steps', spans }] });
    },
    similarityMatrix: () => {
      const data = { layers: layers() };
      return () => viz.similarityMatrix(data);
    },
    sizeChart: () => {
      const data = { stages: many((i) => ({ name: `stage ${i}`, bytes: Math.floor(1e6 * positive[i]) })) };
      return () => viz.sizeChart(data);
    },
    smallMultiples: () => () => viz.smallMultiples({ panels: [{ name: 'p', ...line }] }),
    spectrumChart: () => () => viz.spectrumChart({ spectra: [{ name: 'a', values: positive }] }),
  };
}
