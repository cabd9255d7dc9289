import {
  bandChart,
  type ChartValue,
  coefficientPaths,
  confusionMatrix,
  contourChart,
  decisionBoundary,
  type Figure,
  filterGrid,
  gradientFlow,
  heatmap,
  histogramChart,
  histogramHeatmap,
  importanceChart,
  layerChart,
  lineChart,
  maskChart,
  type NetworkUnit,
  networkGraph,
  pairedDots,
  paretoChart,
  quantizationGrid,
  report,
  ridgeline,
  runTimeline,
  shapeChart,
  similarityMatrix,
  sizeChart,
  smallMultiples,
  spectrumChart,
} from '@weightkit/viz';
import fc from 'fast-check';
import { expect } from 'vitest';
import { cpuTime, markupOf } from './figures.ts';

/** Any double by its bits: every NaN, subnormal, infinity and zero is as likely as its share of all bit patterns, and named ones more. */
const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((pattern) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, pattern);
  return view.getFloat64(0);
});
const { MAX_VALUE, MIN_VALUE, EPSILON, MAX_SAFE_INTEGER } = Number;
const special = [
  0,
  MIN_VALUE,
  2 * MIN_VALUE,
  1e-320,
  2 ** -1022,
  EPSILON,
  0.1 + 0.2,
  0.3,
  1,
  1 + EPSILON,
  MAX_SAFE_INTEGER,
];
const named = fc.constantFrom(...[...special, 1e308, MAX_VALUE].flatMap((value) => [value, -value]));
const odd = fc.constantFrom<ChartValue>(
  null,
  undefined,
  'NaN',
  'Infinity',
  '-Infinity',
  Number.NaN,
  Infinity,
  -Infinity,
);
/** Doubles that lie together, some of them equal, a few units in the last place apart. */
const near = (count: number) =>
  fc
    .tuple(bits, fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: count }))
    .map(([value, steps]) => steps.map((step) => value * (1 + step * EPSILON)));

/** Values of any kind for a chart. */
const value: fc.Arbitrary<ChartValue> = fc.oneof(bits, named, odd, fc.double());
const values = (count: number): fc.Arbitrary<ChartValue[]> =>
  fc.oneof(fc.array(value, { maxLength: count }), near(count), fc.array(bits, { maxLength: count }));

const positive = (raw: ChartValue): ChartValue => {
  const number = typeof raw === 'number' ? Math.abs(raw) : raw;
  return number === 0 ? MIN_VALUE : number === '-Infinity' ? 'Infinity' : number;
};
const ascending = (raw: readonly ChartValue[]) =>
  [...new Set(raw.filter((v): v is number => Number.isFinite(v)))].sort((a, b) => a - b);
const domainOf = (raw: readonly ChartValue[], log: boolean): [number, number] | undefined => {
  const ends = ascending(log ? raw.map(positive) : raw);
  return ends.length < 2 ? undefined : [ends[0]!, ends.at(-1)!];
};

/** Names with markup, controls, broken surrogates, nothing, and much. */
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    '<script>alert(1)</script>',
    '"\'><img onerror=x>',
    '&amp;\u0000\ud800',
    'NaN',
    'a/b '.repeat(100),
    '\n\n',
  ),
);

const size = fc.record({ width: fc.integer({ min: 120, max: 900 }), height: fc.integer({ min: 120, max: 900 }) });
const look = fc.record({ title: name, xLabel: name, yLabel: name });

const lines = fc
  .record({
    series: fc.array(fc.record({ name, y: values(12), places: fc.option(values(12)) }), { minLength: 1, maxLength: 7 }),
    xLog: fc.boolean(),
    yLog: fc.boolean(),
    domains: fc.option(fc.tuple(values(3), values(3))),
    size,
    look,
  })
  .map(({ series, xLog, yLog, domains, size, look }) => {
    const read = series.map(({ name, y, places }) => {
      const x =
        places === null && !xLog ? y.map((_, i) => i) : ascending((places ?? y).map(xLog ? positive : (v) => v));
      const values = y.map(yLog ? positive : (v) => v);
      const count = Math.min(x.length, values.length);
      return { name, x: x.slice(0, count), y: values.slice(0, count) };
    });
    const [xDomain, yDomain] = [domainOf(domains?.[0] ?? [], xLog), domainOf(domains?.[1] ?? [], yLog)];
    return lineChart(
      { series: read },
      {
        ...size,
        ...look,
        xScale: xLog ? 'log' : 'linear',
        yScale: yLog ? 'log' : 'linear',
        ...(xDomain && { xDomain }),
        ...(yDomain && { yDomain }),
      },
    );
  });

const heights = (raw: readonly ChartValue[], bins: number): ChartValue[] =>
  Array.from({ length: bins }, (_, i) => {
    const height = raw.length === 0 ? 0 : raw[i % raw.length];
    return typeof height === 'number' ? Math.abs(height) : height === '-Infinity' ? 'Infinity' : height;
  });
const edges = values(10)
  .map(ascending)
  .filter((places) => places.length > 1);

const histogram = fc
  .record({
    edges,
    curves: fc.array(fc.record({ name, raw: values(8), nonFinite: fc.nat() }), { minLength: 1, maxLength: 7 }),
    density: fc.boolean(),
    look: fc.constantFrom('names' as const, 'sequence' as const),
    size,
    labels: look,
  })
  .map(({ edges, curves, density, look, size, labels }) =>
    histogramChart(
      {
        edges,
        curves: curves.map(({ name, raw, nonFinite }) => {
          const bins = heights(raw, edges.length - 1);
          return density ? { name, nonFinite, density: bins } : { name, nonFinite, counts: bins };
        }),
      },
      { ...size, ...labels, look },
    ),
  );

const overTime = fc
  .record({
    edges,
    rows: fc.array(values(8), { minLength: 1, maxLength: 8 }),
    steps: fc.option(values(8)),
    max: fc.option(bits),
    colorScale: fc.constantFrom('linear' as const, 'log' as const),
    size,
    look,
  })
  .map(({ edges, rows, steps, max, colorScale, size, look }) => {
    const cells = rows.map((row) => heights(row, edges.length - 1));
    const top = Math.abs(max ?? 0);
    const places = ascending(steps ?? []);
    return histogramHeatmap(
      {
        edges,
        rows: cells,
        nonFinite: rows.map((row) => row.length),
        ...(places.length >= rows.length && { steps: places.slice(0, rows.length) }),
      },
      { ...size, ...look, colorScale, ...(top > 0 && Number.isFinite(top) && { max: top }) },
    );
  });

/** Values in rows, with their shape. */
const cells = (rows: number, columns: number) =>
  fc
    .array(value, { minLength: rows * columns, maxLength: rows * columns })
    .map((all) => ({ values: all, shape: [rows, columns] }));
const tops = fc.option(bits).map((raw) => {
  const top = Math.abs(raw ?? 0);
  return top > 0 && Number.isFinite(top) ? top : undefined;
});

const networks = fc
  .array(
    fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) }, { weight: 1, arbitrary: fc.constant(27) }),
    {
      minLength: 2,
      maxLength: 5,
    },
  )
  .chain((counts) =>
    fc.record({
      layers: fc.tuple(
        ...counts.map((count) => {
          const unit: fc.Arbitrary<NetworkUnit> = fc.record({ name, value, bias: value }, { requiredKeys: [] });
          const units = fc.array(unit, { minLength: count, maxLength: count });
          return fc.record({ name, units: fc.oneof(units, fc.constant(count)) });
        }),
      ),
      weights: fc.tuple(...counts.slice(1).map((count, i) => cells(counts[i]!, count))),
      equal: fc.constantFrom('units' as const, undefined),
      tolerance: bits.map((raw) => Math.abs(raw) || 0),
      max: tops,
      size,
      title: name,
    }),
  )
  .map(({ layers, weights, equal, tolerance, max, size, title }) =>
    networkGraph({ layers, weights }, { ...size, title, tolerance, ...(equal && { equal }), ...(max && { max }) }),
  );

const shapes = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })) },
  { weight: 1, arbitrary: fc.constantFrom([1, 230] as const, [230, 2] as const) },
);
const matrices = shapes
  .chain(([rows, columns]) =>
    fc.record({
      matrix: cells(rows, columns),
      rows: fc.option(fc.array(name, { minLength: rows, maxLength: rows })),
      columns: fc.option(fc.array(name, { minLength: columns, maxLength: columns })),
      scheme: fc.constantFrom('diverging' as const, 'inferno' as const, undefined),
      domain: values(3).map((raw) => domainOf(raw, false)),
      cellText: fc.boolean(),
      size,
      look,
    }),
  )
  .map(({ matrix, rows, columns, scheme, domain, cellText, size, look }) =>
    heatmap(
      { ...matrix, ...(rows && { rows }), ...(columns && { columns }) },
      { ...size, ...look, cellText, ...(scheme && { scheme }), ...(domain && { domain }) },
    ),
  );

const small = fc.integer({ min: 1, max: 3 });
const kernels = fc
  .tuple(small, small, small, fc.integer({ min: 1, max: 5 }))
  .chain(([high, wide, inputs, filters]) =>
    fc.record({
      matrix: cells(high * wide, inputs * filters),
      shape: fc.constant([high, wide, inputs, filters] as const),
      names: fc.option(fc.array(name, { minLength: filters, maxLength: filters })),
      groups: fc.option(
        fc.record({
          names: fc.array(name, { minLength: 3, maxLength: 4 }),
          of: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: filters, maxLength: filters }),
        }),
      ),
      color: fc.constantFrom('gray' as const, 'diverging' as const, 'rgb' as const),
      scale: fc.constantFrom('shared' as const, 'filter' as const),
      sort: fc.constantFrom('norm' as const, 'name' as const, undefined),
      columns: fc.constantFrom(undefined, 1, 4, 300),
      size,
      title: name,
    }),
  )
  .map(({ matrix: { values }, shape, names, groups, color, scale, sort, columns, size, title }) =>
    filterGrid(
      { values, shape, ...(names && { names }), ...(groups && { groups }) },
      {
        ...size,
        title,
        color: color === 'rgb' && shape[2] !== 3 ? 'gray' : color,
        scale,
        ...(sort && { sort }),
        ...(columns && { columns }),
      },
    ),
  );

const layers = fc
  .record({
    layers: fc.array(fc.record({ name, values: fc.dictionary(name, value, { maxKeys: 4 }) }), { maxLength: 8 }),
    mark: fc.constantFrom('bar' as const, 'dot' as const, 'log' as const),
    only: value,
    size,
    look,
  })
  .map(({ layers, mark, only, size, look }) => {
    const all = [...layers, { name: 'only', values: { only } }];
    const log = mark === 'log';
    const read = all.map(({ name, values }) => ({
      name,
      values: Object.fromEntries(Object.entries(values).map(([label, v]) => [label, log ? positive(v) : v])),
    }));
    const { title, xLabel } = look;
    return layerChart({ layers: read }, { ...size, title, xLabel, ...(log ? { xScale: 'log' } : { mark }) });
  });

const bytes = fc.oneof(fc.maxSafeNat(), odd, fc.constantFrom(0, MAX_SAFE_INTEGER));
const sizes = fc
  .record({
    stages: fc.array(fc.record({ name, bytes, gzipBytes: bytes }), { minLength: 1, maxLength: 8 }),
    size,
    look,
  })
  .map(({ stages, size, look: { title, xLabel } }) => sizeChart({ stages }, { ...size, title, xLabel }));

/** Axes of any kind, and what makes values fit for them. */
const axes = fc
  .record({ xLog: fc.boolean(), yLog: fc.boolean(), domains: fc.option(fc.tuple(values(3), values(3))), size, look })
  .map(({ xLog, yLog, domains, size, look }) => {
    const [xDomain, yDomain] = [domainOf(domains?.[0] ?? [], xLog), domainOf(domains?.[1] ?? [], yLog)];
    return {
      places: (raw: readonly ChartValue[]) => ascending(xLog ? raw.map(positive) : raw),
      heights: (raw: readonly ChartValue[]) => (yLog ? raw.map(positive) : [...raw]),
      options: {
        ...size,
        ...look,
        xScale: xLog ? ('log' as const) : ('linear' as const),
        yScale: yLog ? ('log' as const) : ('linear' as const),
        ...(xDomain && { xDomain }),
        ...(yDomain && { yDomain }),
      },
    };
  });

const order = (low: ChartValue, high: ChartValue): [ChartValue, ChartValue] =>
  typeof low === 'number' && typeof high === 'number' && low > high ? [high, low] : [low, high];

const bands = fc
  .record({
    axes,
    bands: fc.array(
      fc.record({ name, x: values(9), parts: fc.array(values(9), { maxLength: 4 }), runs: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  })
  .map(({ axes, bands }) =>
    bandChart(
      {
        bands: bands.map(({ name, x: raw, parts, runs }) => {
          const x = axes.places(raw);
          const lists = [...parts, [], []].map((part) => {
            const heights = axes.heights(part);
            return x.map((_, k) => heights[k]);
          });
          if (runs) return { name, x, runs: lists };
          const sorted = x.map((_, k) => order(lists[0]![k], lists[1]![k]));
          return { name, x, low: sorted.map(([low]) => low), high: sorted.map(([, high]) => high) };
        }),
      },
      axes.options,
    ),
  );

const pairs = fc
  .record({
    rows: fc.array(
      fc.record({ name, from: value, to: value, interval: fc.option(fc.tuple(value, value), { nil: undefined }) }),
      { minLength: 1, maxLength: 8 },
    ),
    log: fc.boolean(),
    size,
    look,
  })
  .map(({ rows, log, size, look: { title, xLabel } }) => {
    const fit = (raw: ChartValue) => (log ? positive(raw) : raw);
    const read = rows.map(({ name, from, to, interval }) => ({
      name,
      from: fit(from),
      to: fit(to),
      ...(interval && { interval: order(fit(interval[0]), fit(interval[1])) }),
    }));
    return pairedDots({ rows: read }, { ...size, title, xLabel, xScale: log ? 'log' : 'linear' });
  });

/** Ascending positions, as many as asked for. */
const positions = (count: number, raw: readonly ChartValue[]) => {
  const all = ascending(raw);
  return all.length < count ? undefined : all.slice(0, count);
};

const grids = fc
  .record({ rows: fc.integer({ min: 2, max: 6 }), columns: fc.integer({ min: 2, max: 6 }) })
  .chain((shape) =>
    fc.record({
      shape: fc.constant([shape.rows, shape.columns]),
      values: fc.array(value, { minLength: shape.rows * shape.columns, maxLength: shape.rows * shape.columns }),
      x: values(12).map((raw) => positions(shape.columns, raw)),
      y: values(12).map((raw) => positions(shape.rows, raw)),
    }),
  );

const contours = fc
  .record({
    grid: grids,
    paths: fc.array(fc.record({ name, x: values(6), y: values(6) }), { maxLength: 3 }),
    levels: fc.oneof(fc.integer({ min: 1, max: 40 }), values(5).map(ascending)),
    log: fc.boolean(),
    size,
    look,
  })
  .map(({ grid, paths, levels, log, size, look }) => {
    const { x, y } = grid;
    const ways = paths.map(({ name, x, y }) => {
      const count = Math.min(x.length, y.length);
      return { name, x: x.slice(0, count), y: y.slice(0, count) };
    });
    return contourChart(
      { values: grid.values, shape: grid.shape, ...(x && { x }), ...(y && { y }), paths: ways },
      {
        ...size,
        ...look,
        levelScale: log ? 'log' : 'linear',
        ...(typeof levels === 'number' || levels.length > 0 ? { levels } : {}),
      },
    );
  });

const decisions = fc
  .record({
    grid: grids,
    depth: fc.integer({ min: 1, max: 4 }),
    points: fc.array(fc.record({ x: value, y: value, class: fc.nat(1) }), { maxLength: 6 }),
    threshold: fc.double({ noNaN: true, noDefaultInfinity: true }),
    size,
    look,
  })
  .map(({ grid, depth, points, threshold, size, look }) => {
    const { values, shape, x, y } = grid;
    const scores =
      depth === 1 ? values : values.flatMap((_, k) => values.slice(0, depth).map((v, c) => values[k - c] ?? v));
    const deep = depth === 1 ? shape : [...shape, scores.length / values.length];
    return decisionBoundary(
      { values: scores, shape: deep, ...(x && { x }), ...(y && { y }), points },
      { ...size, ...look, threshold },
    );
  });

const paths = fc
  .record({
    axes,
    x: values(8),
    series: fc.array(fc.record({ name, y: values(8) }), { minLength: 1, maxLength: 9 }),
    grouped: fc.boolean(),
    mark: fc.option(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { nil: undefined }),
  })
  .map(({ axes, x: raw, series, grouped, mark }) => {
    const x = axes.places(raw);
    const { yScale: _, ...options } = axes.options;
    const groups = grouped && { names: ['even', 'odd'], of: series.map((_, i) => i % 2) };
    return coefficientPaths(
      { x, series: series.map(({ name, y }) => ({ name, y: x.map((_, k) => y[k]) })), ...(groups && { groups }) },
      { ...options, ...(mark !== undefined && { mark }) },
    );
  });

const ridges = fc
  .record({
    edges,
    ridges: fc.array(
      fc.record({ name, raw: values(8), own: fc.option(edges, { nil: undefined }), nonFinite: fc.nat() }),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
    common: fc.boolean(),
    size,
    look,
  })
  .map(({ edges, ridges, common, size, look: { title, xLabel } }) =>
    ridgeline(
      {
        edges,
        ridges: ridges.map(({ name, raw, own, nonFinite }) => ({
          name,
          nonFinite,
          counts: heights(raw, (own ?? edges).length - 1),
          ...(own && { edges: own }),
        })),
      },
      { ...size, title, xLabel, heights: common ? 'common' : 'own' },
    ),
  );
const panels = fc
  .record({
    axes,
    panels: fc.array(
      fc.record({ name, series: fc.array(fc.record({ name, raw: values(9) }), { minLength: 1, maxLength: 3 }) }),
      { minLength: 1, maxLength: 5 },
    ),
    columns: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ axes, panels, columns }) =>
    smallMultiples(
      {
        panels: panels.map(({ name, series }) => ({
          name,
          series: series.map(({ name, raw }) => {
            const x = axes.places(raw);
            return { name, x, y: axes.heights(raw.slice(0, x.length)) };
          }),
        })),
      },
      { ...axes.options, columns },
    ),
  );
const together = fc
  .tuple(lines, matrices, networks)
  .chain((figures) =>
    fc.record({ columns: fc.integer({ min: 1, max: 12 }), size, title: name }).map((options) => ({ figures, options })),
  )
  .map(({ figures, options: { size, ...rest } }) => smallMultiples({ figures }, { ...size, ...rest }));

const exponent = fc.double({ min: 1, max: 1e300, minExcluded: true, noNaN: true });
const spectra = fc
  .record({
    spectra: fc.array(
      fc.record({
        name,
        values: values(12),
        at: fc.nat(11),
        fit: fc.boolean(),
        alpha: fc.option(exponent),
        interval: fc.option(fc.tuple(exponent, exponent)),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    size,
    look,
  })
  .map(({ spectra, size, look }) =>
    spectrumChart(
      {
        spectra: spectra.map(({ name, values, at, fit, alpha, interval }) => {
          const above = ascending(values).filter((v) => v > 0);
          const xmin = above[at % Math.max(1, above.length)];
          if (!fit || xmin === undefined) return { name, values };
          const ends =
            interval === null ? {} : { interval: [Math.min(...interval), Math.max(...interval)] as [number, number] };
          return { name, values, fit: { xmin, ...(alpha !== null && { alpha }), ...ends } };
        }),
      },
      { ...size, ...look },
    ),
  );
const confusions = fc
  .integer({ min: 1, max: 6 })
  .chain((count) =>
    fc.record({
      matrix: cells(count, count),
      classes: fc.option(fc.array(name, { minLength: count, maxLength: count })),
      normalize: fc.constantFrom('actual' as const, 'predicted' as const, 'all' as const, undefined),
      size,
      look,
    }),
  )
  .map(({ matrix: { values, shape }, classes, normalize, size, look }) =>
    confusionMatrix(
      { values: heights(values, values.length), shape, ...(classes && { classes }) },
      { ...size, ...look, ...(normalize && { normalize }) },
    ),
  );
const similarities = fc
  .integer({ min: 2, max: 6 })
  .chain((examples) => {
    const layer = small.chain((features) =>
      fc.tuple(name, cells(examples, features)).map(([name, matrix]) => ({ name, ...matrix })),
    );
    const list = fc.array(layer, { minLength: 1, maxLength: 4 });
    return fc.record({ layers: list, others: fc.option(list), size, look });
  })
  .map(({ layers, others, size, look }) =>
    similarityMatrix({ layers, ...(others && { others }) }, { ...size, ...look }),
  );

const flows = fc
  .record({
    layers: fc.array(fc.record({ name, mean: value, max: value }), { minLength: 1, maxLength: 8 }),
    size,
    look,
  })
  .map(({ layers, size, look: { title, xLabel } }) => {
    const fit = (raw: ChartValue) => (typeof raw === 'number' ? Math.abs(raw) : raw);
    return gradientFlow(
      { layers: layers.map(({ name, mean, max }) => ({ name, mean: fit(mean), max: fit(max) })) },
      { ...size, title, xLabel },
    );
  });

const models = fc
  .record({
    points: fc.array(fc.record({ name, size: value, accuracy: value }), { minLength: 1, maxLength: 12 }),
    log: fc.boolean(),
    size,
    look,
  })
  .map(({ points, log, size, look }) =>
    paretoChart(
      { points: points.map((point) => ({ ...point, size: log ? positive(point.size) : point.size })) },
      { ...size, ...look, xScale: log ? 'log' : 'linear' },
    ),
  );

const quantizers = fc
  .record({ edges, raw: values(8), levels: values(9).map(ascending), nonFinite: fc.nat(), size, look })
  .map(({ edges, raw, levels, nonFinite, size, look }) =>
    quantizationGrid(
      { edges, counts: heights(raw, edges.length - 1), nonFinite, levels: levels.length === 0 ? [0] : levels },
      { ...size, ...look },
    ),
  );

const importances = fc
  .record({
    all: fc.array(fc.record({ name, value, ends: fc.option(fc.tuple(value, value)) }), { minLength: 1, maxLength: 9 }),
    most: fc.integer({ min: 1, max: 9 }),
    size,
    look,
  })
  .map(({ all, most, size, look: { title, xLabel } }) =>
    importanceChart(
      {
        importances: all.map(({ name, value, ends }) => ({ name, value, ...(ends && { interval: order(...ends) }) })),
      },
      { ...size, title, xLabel, most },
    ),
  );

const timelines = fc
  .record({
    lanes: fc.array(
      fc.record({
        name,
        spans: fc.array(fc.record({ name, ends: fc.tuple(value, value) }), { maxLength: 6 }),
        events: fc.array(fc.record({ name, at: value }), { maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    size,
    look,
  })
  .map(({ lanes, size, look: { title, xLabel } }) =>
    runTimeline(
      {
        lanes: lanes.map(({ name, spans, events }) => ({
          name,
          events,
          spans: spans.map(({ name, ends: [a, b] }) => {
            const [from, to] = order(a, b);
            return { name, from, to };
          }),
        })),
      },
      { ...size, title, xLabel },
    ),
  );

const masks = shapes
  .chain(([rows, columns]) =>
    fc.record({
      matrix: cells(rows, columns),
      show: fc.constantFrom('mask' as const, 'values' as const),
      pattern: fc.option(fc.constantFrom([2, 4] as const, [0, 1] as const, [1, 3] as const)),
      block: fc.option(fc.constantFrom([4, 4] as const, [Number.POSITIVE_INFINITY, 1] as const, [1, 3] as const)),
      along: fc.constantFrom('rows' as const, 'columns' as const),
      size,
      look,
    }),
  )
  .map(({ matrix, show, pattern, block, along, size, look }) =>
    maskChart(matrix, { ...size, ...look, show, along, ...(pattern ? { pattern } : block && { block }) }),
  );

const side = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1e7 }));
const shapesOfAll = fc
  .record({
    matrices: fc.array(
      fc.record(
        {
          name: fc.string({ maxLength: 30 }),
          rows: side,
          columns: side,
          note: fc.string(),
          kind: fc.constantFrom('kernel', 'bias', ''),
          columnParts: fc.constant(1),
          rowParts: fc.constantFrom(1, ['all of it']),
        },
        { requiredKeys: ['name', 'rows', 'columns'] },
      ),
      { minLength: 1, maxLength: 70 },
    ),
    size,
    look,
  })
  .map(({ matrices, size, look: { title } }) => shapeChart({ matrices }, { ...size, title }));

/** A figure of each chart, of any data. */
export const anyFigure: Readonly<Record<string, fc.Arbitrary<Figure>>> = {
  bandChart: bands,
  coefficientPaths: paths,
  contourChart: contours,
  decisionBoundary: decisions,
  lineChart: lines,
  gradientFlow: flows,
  histogramChart: histogram,
  histogramHeatmap: overTime,
  filterGrid: kernels,
  heatmap: matrices,
  'smallMultiples of panels': panels,
  'smallMultiples of figures': together,
  confusionMatrix: confusions,
  similarityMatrix: similarities,
  maskChart: masks,
  networkGraph: networks,
  importanceChart: importances,
  layerChart: layers,
  pairedDots: pairs,
  paretoChart: models,
  quantizationGrid: quantizers,
  ridgeline: ridges,
  runTimeline: timelines,
  shapeChart: shapesOfAll,
  sizeChart: sizes,
  spectrumChart: spectra,
};

/** A table as a caller may make it. */
export const anyTable = fc
  .record({
    columns: fc.array(name, { maxLength: 5 }),
    rows: fc.array(fc.array(fc.oneof(bits, name, fc.constant(null)))),
  })
  .map(({ columns, rows }) => ({ columns, rows: rows.map((row) => columns.map((_, i) => row[i] ?? null)) }));

/** A drawing of a few dozen values takes ten milliseconds; ticks that never end take for ever. */
const MOST_MS = 3000;

const NUMBER = /^-?\d+(?:\.\d{1,2})?(?:em|%)?$/;
const PATH = /^(?:[MLHVZachlvz]|-?\d+(?:\.\d{1,2})?|,| )*$/;
// Pixels: drawings are at most 900 wide here, and a line may go on for twice their height outside of them.
const FAR = 1e4;
const LENGTHS = / (?:cx|cy|height|r|stroke-width|width|x|x1|x2|y|y1|y2)="([^"]*)"/g;

/** Draws a figure in bounded time and bytes, and looks at the bytes: no coordinate that is none, nor one far outside. */
export function checkDrawing(figure: Figure): void {
  let svg = '';
  const draw = () => {
    svg = figure.svg();
  };
  expect(cpuTime(draw, MOST_MS)).toBeLessThan(MOST_MS);
  const markup = markupOf(svg);
  expect(markup).not.toMatch(/NaN|Infinity|undefined|null/);
  // One expectation for all: there are hundreds of lengths.
  const lengths = [...markup.matchAll(LENGTHS)].filter(
    ([, length]) => !(NUMBER.test(length!) && Math.abs(Number.parseFloat(length!)) < FAR),
  );
  const paths = [...markup.matchAll(/ d="([^"]*)"/g)].filter(
    ([, path]) => !PATH.test(path!) || (path!.match(/[\d.]+/g) ?? []).some((number) => Number(number) >= FAR),
  );
  expect([...lengths, ...paths].map(([attribute]) => attribute)).toEqual([]);
  expect(figure.description).not.toMatch(/undefined|null/);
}

/** A report of figures and a table. */
export function checkReport(figures: Figure[], table: { columns: string[]; rows: (string | number | null)[][] }): void {
  let html = '';
  const draw = () => {
    html = report([...figures, table]);
  };
  expect(cpuTime(draw, 4 * MOST_MS)).toBeLessThan(4 * MOST_MS);
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toContain('<img');
  expect(html.match(/<table>/g)).toHaveLength(figures.length + 1);
}
