import * as kit from '@weightkit/viz';
import * as terminal from '@weightkit/viz/terminal';
import { type Refusal, testRefusals } from '../../src/refusals.ts';

const TEXTS = ["''", "'5'", "'nonsense'"];
const common = {
  'options?': [],
  'options.title?': TEXTS,
  'options.description?': TEXTS,
  'options.width?': [],
  'options.height?': [],
  'options.document?': [],
};
const PAIRS = ['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array', 'Uint32Array'];
const lines = { series: [{ name: 'a', y: [1, 2] }] };
const scales = { 'options.xScale?': [], 'options.yScale?': [], 'options.xDomain?': PAIRS, 'options.yDomain?': PAIRS };

const chart = (name: string, call: Refusal['call'], data: () => object, takes: Refusal['takes']): Refusal => ({
  name,
  call,
  args: () => [data(), {}],
  takes: { data: [], ...takes, ...common },
});
const method = (name: 'svg' | 'html'): Refusal => ({
  name,
  of: 'lineChart',
  call: (options: kit.SvgOptions) => kit.lineChart(lines)[name](options),
  args: () => [{}],
  takes: { 'options?': [], 'options.width?': [], 'options.idPrefix?': ["'nonsense'"] },
});

testRefusals('@weightkit/viz', kit, [
  chart('bandChart', kit.bandChart, () => ({ bands: [{ name: 'a', low: [1, 2], high: [2, 3] }] }), {
    'data.bands': [],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
    'options.quantiles?': [],
    ...scales,
  }),
  chart('coefficientPaths', kit.coefficientPaths, () => ({ x: [1, 2], series: [{ name: 'a', y: [1, 2] }] }), {
    'data.x': [...PAIRS, 'Float32Array of NaN'],
    'data.series': [],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
    'options.xScale?': [],
    'options.xDomain?': PAIRS,
    'options.yDomain?': PAIRS,
    'options.mark?': ['1', '2', '0.5', '2^53', '1e300'],
  }),
  chart(
    'contourChart',
    kit.contourChart,
    () => ({
      values: [
        [1, 2],
        [3, 4],
      ],
    }),
    {
      'data.values': [],
      'data.shape?': [],
      'data.x?': PAIRS,
      'data.y?': PAIRS,
      'data.paths?': ['[]'],
      'options.xLabel?': TEXTS,
      'options.yLabel?': TEXTS,
      'options.valueLabel?': TEXTS,
      'options.levels?': [...PAIRS, '1', '2'],
      'options.levelScale?': [],
      'options.scheme?': [],
    },
  ),
  chart(
    'decisionBoundary',
    kit.decisionBoundary,
    () => ({
      values: [
        [0, 1],
        [0, 1],
      ],
    }),
    {
      'data.values': [],
      'data.shape?': [],
      'data.x?': PAIRS,
      'data.y?': PAIRS,
      'data.points?': ['[]'],
      'data.classes?': [],
      'options.xLabel?': TEXTS,
      'options.yLabel?': TEXTS,
      'options.threshold?': ['0', '1', '2', '-1', '0.5', '-0.5', '2^53', '1e300'],
    },
  ),
  chart('histogramChart', kit.histogramChart, () => ({ edges: [0, 1, 2], curves: [{ name: 'a', counts: [1, 2] }] }), {
    'data.edges': [],
    'data.curves': [],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
    'options.look?': [],
  }),
  chart(
    'histogramHeatmap',
    kit.histogramHeatmap,
    () => ({
      edges: [0, 1, 2],
      rows: [
        [1, 2],
        [2, 1],
      ],
    }),
    {
      'data.edges': [],
      'data.rows': [],
      'data.steps?': [...PAIRS, 'Float32Array of NaN'],
      'options.xLabel?': TEXTS,
      'options.yLabel?': TEXTS,
      'options.scheme?': [],
      'options.colorScale?': [],
      'options.max?': ['1', '2', '0.5', '2^53', '1e300'],
    },
  ),
  chart(
    'networkGraph',
    kit.networkGraph,
    () => ({
      layers: [
        { name: 'a', units: 1 },
        { name: 'b', units: 1 },
      ],
      weights: [[[1]]],
    }),
    {
      'data.layers': [],
      'data.weights': [],
      'options.equal?': [],
      'options.tolerance?': ['0', '-0', '1', '2', '0.5', '2^53', '1e300', 'Infinity'],
      'options.max?': ['1', '2', '0.5', '2^53', '1e300'],
    },
  ),
  chart('filterGrid', kit.filterGrid, () => ({ values: [1], shape: [1, 1, 1, 1] }), {
    'data.values': ['[null]', '[NaN]', 'hole'],
    'data.shape': [],
    'data.names?': ["['5']"],
    'options.color?': [],
    'options.channel?': ['0', '-0'],
    'options.scale?': [],
    'options.domain?': PAIRS,
    'options.sort?': [],
    'options.columns?': ['1', '2'],
  }),
  chart('heatmap', kit.heatmap, () => ({ values: [[1]] }), {
    'data.values': ['[[1]]'],
    'data.shape?': [],
    'data.rows?': ["['5']"],
    'data.columns?': ["['5']"],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
    'options.scheme?': [],
    'options.domain?': PAIRS,
    'options.cellText?': ['true', 'false'],
  }),
  chart('smallMultiples', kit.smallMultiples, () => ({ panels: [{ name: 'a', series: [{ name: 'b', y: [1, 2] }] }] }), {
    'data.panels': [],
    'options.columns?': ['1', '2'],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
    ...scales,
  }),
  chart('confusionMatrix', kit.confusionMatrix, () => ({ values: [[1]] }), {
    'data.values': ['[[1]]'],
    'data.shape?': [],
    'data.actual?': [],
    'data.classes?': ["['5']"],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
    'options.normalize?': [],
  }),
  chart('similarityMatrix', kit.similarityMatrix, () => ({ layers: [{ name: 'a', values: [[1], [2]] }] }), {
    'data.layers': [],
    'data.others?': [],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
  }),
  chart('maskChart', kit.maskChart, () => ({ values: [[1]] }), {
    'data.values': ['[[1]]'],
    'data.shape?': [],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
    'options.show?': [],
    'options.pattern?': PAIRS,
    'options.along?': [],
    'options.block?': PAIRS,
  }),
  chart('importanceChart', kit.importanceChart, () => ({ importances: [{ name: 'a', value: 1 }] }), {
    'data.importances': [],
    'options.xLabel?': TEXTS,
    'options.most?': ['1', '2'],
  }),
  chart('layerChart', kit.layerChart, () => ({ layers: [{ name: 'a', values: { std: 1 } }] }), {
    'data.layers': [],
    'options.xLabel?': TEXTS,
    'options.xDomain?': [],
    'options.xScale?': [],
    'options.mark?': [],
  }),
  chart('lineChart', kit.lineChart, () => ({ series: [{ name: 'a', y: [1, 2] }] }), {
    'data.series': [],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
    ...scales,
  }),
  chart('pairedDots', kit.pairedDots, () => ({ rows: [{ name: 'a', from: 1, to: 2 }] }), {
    'data.rows': [],
    'options.fromLabel?': TEXTS,
    'options.toLabel?': TEXTS,
    'options.xLabel?': TEXTS,
    'options.xDomain?': PAIRS,
    'options.xScale?': [],
  }),
  method('svg'),
  method('html'),
  {
    name: 'png',
    of: 'lineChart',
    call: (options: kit.PngOptions) => kit.lineChart(lines).png(options),
    args: () => [{}],
    takes: { 'options?': [], 'options.scale?': ['1', '2', '0.5'], 'options.fontFiles?': ['[]', "['5']", 'many texts'] },
  },
  {
    name: 'report',
    call: kit.report,
    args: () => [[], {}],
    takes: {
      items: ['[]'],
      'options?': [],
      'options.title?': TEXTS,
      'options.intro?': [...TEXTS, '[]', "['5']", 'many texts'],
      'options.lang?': TEXTS,
    },
  },
  {
    name: 'interactive',
    call: kit.interactive,
    args: () => [
      {
        localName: 'svg',
        ownerDocument: {},
        querySelector: () => null,
        querySelectorAll: () => [],
        getAttribute: () => null,
      },
    ],
    takes: { svg: [] },
  },
  chart('gradientFlow', kit.gradientFlow, () => ({ layers: [{ name: 'a', mean: 1, max: 2 }] }), {
    'data.layers': [],
    'options.xLabel?': TEXTS,
  }),
  chart('paretoChart', kit.paretoChart, () => ({ points: [{ name: 'a', size: 1, accuracy: 2 }] }), {
    'data.points': [],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
    'options.xScale?': [],
  }),
  chart('quantizationGrid', kit.quantizationGrid, () => ({ edges: [0, 1, 2], counts: [1, 2], levels: [0.5, 1.5] }), {
    'data.edges': [],
    'data.counts': [...PAIRS, 'Float32Array of NaN'],
    'data.nonFinite?': ['0', '-0', '1', '2'],
    'data.levels': PAIRS,
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
  }),
  chart('ridgeline', kit.ridgeline, () => ({ edges: [0, 1, 2], ridges: [{ name: 'a', counts: [1, 2] }] }), {
    'data.ridges': [],
    'data.edges': [],
    'options.xLabel?': TEXTS,
    'options.heights?': [],
  }),
  chart('runTimeline', kit.runTimeline, () => ({ lanes: [{ name: 'a', spans: [{ from: 1, to: 2 }] }] }), {
    'data.lanes': [],
    'options.xLabel?': TEXTS,
  }),
  chart('shapeChart', kit.shapeChart, () => ({ matrices: [{ name: 'a', rows: 2, columns: 3 }] }), {
    'data.matrices': [],
  }),
  chart('sizeChart', kit.sizeChart, () => ({ stages: [{ name: 'a', bytes: 1 }] }), {
    'data.stages': [],
    'options.xLabel?': TEXTS,
  }),
  chart('spectrumChart', kit.spectrumChart, () => ({ spectra: [{ name: 'a', values: [1, 2] }] }), {
    'data.spectra': [],
    'options.xLabel?': TEXTS,
    'options.yLabel?': TEXTS,
  }),
]);

testRefusals('@weightkit/viz/terminal', terminal, [
  {
    name: 'toText',
    call: terminal.toText,
    args: () => [kit.lineChart(lines), {}],
    takes: { figure: [], 'options?': [], 'options.width?': [], 'options.color?': ['true', 'false'] },
  },
]);
