import {
  bandChart,
  coefficientPaths,
  confusionMatrix,
  contourChart,
  decisionBoundary,
  type Figure,
  type FigureOptions,
  filterGrid,
  gradientFlow,
  heatmap,
  histogramChart,
  histogramHeatmap,
  importanceChart,
  layerChart,
  lineChart,
  maskChart,
  networkGraph,
  pairedDots,
  paretoChart,
  quantizationGrid,
  ridgeline,
  runTimeline,
  shapeChart,
  similarityMatrix,
  sizeChart,
  smallMultiples,
  spectrumChart,
} from '@weightkit/viz';

const edges = [-0.2, -0.1, 0, 0.1, 0.2];

/** One small figure of every chart. */
export const charts: Record<string, (options?: FigureOptions) => Figure> = {
  'bandChart runs': (options) =>
    bandChart(
      {
        bands: [
          {
            name: 'sgd',
            runs: [
              [2.3, 1.4, 0.9],
              [2.5, 1.8, 1.3],
              [2.4, 1.6, Number.NaN],
            ],
          },
          {
            name: 'adam',
            runs: [
              [2.2, 0.9, 0.4],
              [2.4, 1.3, 0.8],
            ],
          },
        ],
      },
      { title: 'Loss', xLabel: 'epoch', yLabel: 'loss', ...options },
    ),
  'bandChart edges': (options) =>
    bandChart(
      { bands: [{ name: 'mean', low: [1, null, 3, 2], middle: [2, 3, 4, 3], high: [3, 4, 6, 4] }] },
      { title: 'Interval', yDomain: [2, 5], ...options },
    ),
  'lineChart linear': (options) =>
    lineChart(
      {
        series: [
          { name: 'training', y: [2.3, 1.1, Number.NaN, 0.4] },
          { name: 'validation', x: [0, 1.5, 3], y: [2.4, 1.3, 0.7] },
        ],
      },
      { title: 'Loss', xLabel: 'epoch', yLabel: 'loss', yDomain: [0, 2], ...options },
    ),
  'lineChart log': (options) =>
    lineChart({ series: [{ name: 'a', y: [1, 0.1, 0.001] }] }, { title: 'Rate', yScale: 'log', ...options }),
  coefficientPaths: (options) =>
    coefficientPaths(
      {
        x: [0.01, 0.1, 1],
        series: [
          { name: 'age', y: [2, 1.5, 0] },
          { name: 'height', y: [-1, -0.8, 0] },
          { name: 'weight', y: [1, Number.NaN, 0.4] },
        ],
      },
      { title: 'Lasso', ...options },
    ),
  contourChart: (options) =>
    contourChart(
      {
        values: [
          [2, 1, 2, 5],
          [1, 0, 1, null],
          [2, 1, 2, 5],
        ],
        x: [-1, 0, 1, 2],
        paths: [{ name: 'sgd', x: [-1, -0.5, 0], y: [2, 1.2, 1] }],
      },
      { title: 'Loss', levels: [0.5, 1.5, 3], ...options },
    ),
  'decisionBoundary two': (options) =>
    decisionBoundary(
      {
        values: [
          [0.1, 0.3, 0.6],
          [0.2, 0.6, 0.9],
          [0.4, null, 0.8],
        ],
        points: [
          { x: 0.3, y: 0.2, class: 0 },
          { x: 1.5, y: 0.4, class: 0 },
          { x: 1.6, y: 1.7, class: 1 },
        ],
      },
      { title: 'Two classes', ...options },
    ),
  'decisionBoundary three': (options) =>
    decisionBoundary(
      {
        values: [
          [0.8, 0.1, 0.1, 0.2, 0.7, 0.1],
          [0.3, 0.2, 0.5, 0.1, 0.2, 0.7],
        ].map((row) => [row.slice(0, 3), row.slice(3)]),
        points: [{ x: 0.1, y: 0.1, class: 0 }],
        classes: ['a', 'b', 'c'],
      },
      { title: 'Three classes', ...options },
    ),
  'histogramChart names': (options) =>
    histogramChart(
      {
        edges,
        curves: [
          { name: 'before', counts: [1, 5, 6, 2] },
          { name: 'after', counts: [3, 4, 4, 3] },
        ],
      },
      { title: 'Kernel', ...options },
    ),
  'histogramChart sequence': (options) =>
    histogramChart(
      { edges, curves: [0, 1, 2, 3, 4, 5].map((i) => ({ name: `epoch ${i}`, density: [i, 5, 5, 5 - i] })) },
      { title: 'Parameters', ...options },
    ),
  histogramHeatmap: (options) =>
    histogramHeatmap(
      {
        edges,
        rows: [
          [0, 8, 8, 0],
          [2, 6, 6, 2],
          [4, 4, 4, 4],
        ],
        steps: [0, 10, 200],
      },
      { title: 'Over time', ...options },
    ),
  networkGraph: (options) =>
    networkGraph(
      {
        layers: [
          { name: 'input', units: [{ name: 'x1', value: 1 }, { name: 'x2', value: -0.25 }, {}] },
          { name: 'hidden', units: [{ name: 'h', bias: 0.5 }, { value: Number.NaN }, {}] },
          { name: 'output', units: 2 },
        ],
        weights: [
          [
            [1, -2, 1],
            [0.5, 0, 0.5],
            [null, 3, Number.NaN],
          ],
          { values: Float32Array.of(0.5, -0.25, 1.5, 0.75, -1, 2), shape: [3, 2] },
        ],
      },
      { title: 'Network', equal: 'units', ...options },
    ),
  heatmap: (options) =>
    heatmap(
      {
        values: [
          [0.5, -1.25, 0],
          [0.123, 2, Number.NaN],
        ],
        rows: ['x1', 'x2'],
      },
      { title: 'Kernel', ...options },
    ),
  'heatmap wide': (options) =>
    heatmap(
      { values: Float32Array.from({ length: 600 }, (_, i) => (i * 7) % 23), shape: [2, 300] },
      { title: 'Wide', ...options },
    ),
  filterGrid: (options) =>
    filterGrid(
      { values: Float32Array.from({ length: 72 }, (_, i) => ((i * 7) % 23) / 11 - 1), shape: [3, 3, 1, 8] },
      { title: 'Filters', ...options },
    ),
  'filterGrid rgb': (options) =>
    filterGrid(
      { values: Float32Array.from({ length: 54 }, (_, i) => ((i * 7) % 23) / 11 - 1), shape: [3, 3, 3, 2] },
      { title: 'Colors', color: 'rgb', sort: 'norm', scale: 'filter', ...options },
    ),
  'smallMultiples panels': (options) =>
    smallMultiples(
      {
        panels: ['conv1', 'conv2', 'dense'].map((name, i) => ({
          name,
          series: [
            { name: 'he', y: [1, 2 + i, 4] },
            { name: 'glorot', y: [2, i === 1 ? Number.NaN : 1, i] },
          ],
        })),
      },
      { title: 'Norms', xLabel: 'epoch', yDomain: [0, 3], ...options },
    ),
  'smallMultiples figures': (options) =>
    smallMultiples(
      {
        figures: [
          lineChart({ series: [{ name: 'a', y: [1, 3] }] }, { title: 'Loss', yDomain: [0, 2] }),
          heatmap({ values: [[1, -2]] }, { title: 'Kernel' }),
        ],
      },
      { title: 'Both', ...options },
    ),
  confusionMatrix: (options) =>
    confusionMatrix(
      {
        values: [
          [8, 1, null],
          [0, 10, 2],
          [3, 0, 7],
        ],
        classes: ['cat', 'dog', 'cow'],
      },
      { title: 'Pets', normalize: 'all', ...options },
    ),
  similarityMatrix: (options) =>
    similarityMatrix(
      {
        layers: ['a', 'b', 'c'].map((name, i) => ({
          name,
          values: [0, 1, 2, 3].map((k) => [Math.sqrt(k + i), (k * (i + 1)) % 3]),
        })),
      },
      { title: 'CKA', ...options },
    ),
  maskChart: (options) =>
    maskChart(
      {
        values: [
          [1, 0, 0.5],
          [0, 0, -1],
          [1, 1, 2],
          [0, null, 0],
        ],
      },
      { title: 'Mask', pattern: [2, 4], ...options },
    ),
  'maskChart blocks': (options) =>
    maskChart(
      {
        values: [
          [1, 1, 0, 0],
          [1, 0, 0, 0],
          [0, 0, 2, -1],
        ],
      },
      { title: 'Blocks', block: [2, 2], ...options },
    ),
  'layerChart bars': (options) =>
    layerChart(
      {
        layers: [
          { name: 'conv/kernel', values: { before: -0.1, after: 0.25 } },
          { name: 'dense/kernel', values: { before: 0.5 } },
        ],
      },
      { title: 'Mean', ...options },
    ),
  'layerChart dots': (options) =>
    layerChart(
      {
        layers: [
          { name: 'conv/kernel', values: { norm: 0.001 } },
          { name: 'dense/kernel', values: { norm: 3 } },
        ],
      },
      { title: 'Gradient', xScale: 'log', ...options },
    ),
  pairedDots: (options) =>
    pairedDots(
      {
        rows: [
          { name: 'conv/kernel', from: 0.91, to: 0.93, interval: [0.92, 0.95] },
          { name: 'dense/kernel', from: 0.8, to: Number.NaN },
        ],
      },
      { title: 'Accuracy', xLabel: 'accuracy', ...options },
    ),
  ridgeline: (options) =>
    ridgeline(
      {
        edges,
        ridges: [
          { name: 'conv', counts: [1, 5, 6, 2] },
          { name: 'dense', counts: [3, Number.NaN, 4, 3], nonFinite: 2 },
          { name: 'out', edges: [-0.1, 0, 0.1], counts: [2, 4] },
        ],
      },
      { title: 'Weights', ...options },
    ),
  spectrumChart: (options) =>
    spectrumChart(
      { spectra: [{ name: 'dense', values: [9, 5, 3, 2, 1.5, 1, 0.8, 0.5, 0], fit: { xmin: 1 } }] },
      { title: 'Spectrum', ...options },
    ),
  paretoChart: (options) =>
    paretoChart(
      {
        points: [
          { name: 'float32', size: 400, accuracy: 0.98 },
          { name: 'int8', size: 100, accuracy: 0.97 },
          { name: 'pruned', size: 200, accuracy: 0.95 },
          { name: 'lost', size: 50, accuracy: null },
        ],
      },
      { title: 'Models', ...options },
    ),
  quantizationGrid: (options) =>
    quantizationGrid(
      { edges, counts: [1, 5, null, 2], nonFinite: 1, levels: [-0.1, -0.05, 0, 0.05, 0.125] },
      { title: 'Levels', ...options },
    ),
  importanceChart: (options) =>
    importanceChart(
      {
        importances: [
          { name: 'age', value: 0.2, interval: [0.1, 0.3] },
          { name: 'height', value: -0.4, interval: [-0.5, null] },
          { name: 'lost', value: Number.NaN },
          { name: 'weight', value: 0.3 },
          { name: 'year', value: 0.1 },
        ],
      },
      { title: 'Features', most: 4, ...options },
    ),
  shapeChart: (options) =>
    shapeChart(
      {
        matrices: [
          { name: 'kernel', rows: 12, columns: 32, columnParts: ['i', 'f', 'c', 'o'], kind: 'kernel' },
          { name: 'recurrent', rows: 8, columns: 32, columnParts: 4, kind: 'kernel' },
          { name: 'bias', rows: 1, columns: 32, kind: 'bias', note: '32 numbers' },
          { name: 'an output with a long name', rows: 8, columns: 3, kind: 'kernel' },
        ],
      },
      { title: 'An LSTM and its output', ...options },
    ),
  runTimeline: (options) =>
    runTimeline(
      {
        lanes: [
          {
            name: 'phases',
            spans: [
              { name: 'warm up', from: 0, to: 5 },
              { name: 'train', from: 5, to: 60 },
              { name: 'evaluate', from: 40, to: 70 },
              { name: 'lost', from: 70, to: null },
            ],
          },
          {
            name: 'files',
            events: [
              { name: 'first', at: 10 },
              { name: 'best', at: 50 },
            ],
          },
          { name: 'idle' },
        ],
      },
      { title: 'Run', ...options },
    ),
  gradientFlow: (options) =>
    gradientFlow(
      {
        layers: [
          { name: 'dense1', mean: 0, max: 1e-5 },
          { name: 'dense2', mean: 1e-4, max: 1e-3 },
          { name: 'out', mean: 0.01, max: 0.3 },
        ],
      },
      { title: 'Gradients', ...options },
    ),
  sizeChart: (options) =>
    sizeChart(
      {
        stages: [
          { name: 'float32', bytes: 400_000, gzipBytes: 370_000 },
          { name: 'int8', bytes: 100_000, gzipBytes: 80_500 },
        ],
      },
      { title: 'Size', ...options },
    ),
};

/** The texts of a drawing, as they are escaped in it. */
export const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text]) => text!);

/** What the paths of a mark are. */
export const pathsOf = (svg: string, mark: string) =>
  [
    ...svg.matchAll(
      new RegExp(`<path d="([^"]*)"[^>]* data-mark="${mark}"|<path[^>]* data-mark="${mark}" d="([^"]*)"`, 'g'),
    ),
  ].map(([, d, other]) => (d ?? other)!);

/** The corners of a path of straight lines, those of each part for itself. */
export const cornersOf = (d: string) =>
  d
    .split('M')
    .slice(1)
    .map((part) =>
      part
        .replace('Z', '')
        .split('L')
        .map((point) => point.split(',').map(Number) as [number, number]),
    );

/** How often a pattern occurs. */
export const count = (text: string, pattern: RegExp) => text.match(new RegExp(pattern, 'g'))?.length ?? 0;

/** The markup of a drawing without its texts: what must never name a value that is no number. */
export const markupOf = (svg: string) => (svg.match(/<[^>]*>/g) ?? []).join('\n');

/**
 * Milliseconds of the processor that a function takes: other programs on the machine do not count, but that they fill its caches and its
 * memory. Where it was more than `most`, it is taken once more, and the lesser counts.
 */
export function cpuTime(run: () => unknown, most = Number.POSITIVE_INFINITY): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  const time = (user + system) / 1000;
  return time > most ? Math.min(time, cpuTime(run)) : time;
}
