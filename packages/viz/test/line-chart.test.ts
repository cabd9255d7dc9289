import { lineChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { count } from './figures.ts';

const NaNs = Number.NaN;
const lines = (n: number) => ({ series: Array.from({ length: n }, (_, i) => ({ name: `run ${i}`, y: [i, i + 1] })) });
const pathsOf = (svg: string) =>
  [...svg.matchAll(/<g[^>]* data-mark="line"[^>]*>(?:<g[^>]*>)?<path d="([^"]*)"/g)].map(([, d]) => d!);
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text]) => text);

describe('lineChart(data, options)', () => {
  it('draws one path per series, and a legend from the second on', () => {
    for (const n of [1, 2, 5]) {
      const svg = lineChart(lines(n)).svg();
      expect(pathsOf(svg)).toHaveLength(n);
      expect(textsOf(svg).filter((text) => text?.startsWith('run'))).toHaveLength(n === 1 ? 0 : n);
    }
  });

  it('puts points where the domain says', () => {
    const options = { yDomain: [0, 10], xDomain: [0, 4] } as const;
    const svg = lineChart({ series: [{ name: 'a', x: [0, 2, 4], y: [0, 10, 5] }] }, options).svg();
    const d = pathsOf(svg)[0]!;
    const points = d
      .slice(1)
      .split('L')
      .map((point) => point.split(',').map(Number));
    const [[x0, y0], [x1, y1], [x2, y2]] = points as [[number, number], [number, number], [number, number]];
    expect(x1 - x0).toBeCloseTo(x2 - x1, 1);
    expect(y2).toBeCloseTo((y0 + y1) / 2, 1);
    expect(y1).toBeLessThan(y0);
  });

  it('breaks the line at NaN and draws a value without neighbors as a dot', () => {
    const svg = lineChart({ series: [{ name: 'a', y: [1, 2, NaNs, 3, NaNs, 4, 5] }] }).svg();
    expect(svg.match(/<path d="(M[^"]*L[^"]*M[^"]*)"/)![1]!.split('M')).toHaveLength(4);
    expect(count(svg, /<circle/)).toBe(1);
    expect(count(lineChart({ series: [{ name: 'a', y: [7] }] }).svg(), /<circle/)).toBe(1);
  });

  it('names its axes and numbers them', () => {
    const texts = textsOf(lineChart(lines(2), { xLabel: 'epoch', yLabel: 'loss & more' }).svg());
    expect(texts).toEqual(expect.arrayContaining(['epoch', 'loss &amp; more', '0', '0.5', '1']));
  });

  it('numbers a log axis by powers of ten', () => {
    const texts = textsOf(lineChart({ series: [{ name: 'a', y: [1, 1e-6] }] }, { yScale: 'log' }).svg());
    expect(texts).toEqual(expect.arrayContaining(['1e−6', '0.0001', '0.01', '1']));
  });

  it('gives each of 24 lines its own color and dashes', () => {
    const svg = lineChart(lines(24)).svg();
    const looks = [...svg.matchAll(/<g[^>]* data-mark="line"[^>]*>/g)].map(([tag]) => tag);
    expect(new Set(looks).size).toBe(24);
  });

  it('tabulates every x of every series in order', () => {
    const { table } = lineChart(
      {
        series: [
          { name: 'a', y: Float32Array.of(1, 2, NaNs) },
          { name: 'b', x: [0.5, 2], y: [7, 8] },
        ],
      },
      { xLabel: 'epoch' },
    );
    expect(table.columns).toEqual(['epoch', 'a', 'b']);
    expect(table.rows).toEqual([
      [0, 1, ''],
      [0.5, '', 7],
      [1, 2, ''],
      [2, 'NaN', 8],
    ]);
  });

  it('describes first, last, lowest and highest value', () => {
    const { description } = lineChart(
      {
        series: [
          { name: 'train', y: [2, 3, 0.5, 1] },
          { name: 'gone', y: [NaNs] },
        ],
      },
      { xLabel: 'epoch', yLabel: 'loss' },
    );
    expect(description).toBe(
      '2 lines, loss by epoch. train: from 2 at 0 to 1 at 3; lowest 0.5 at 2, highest 3 at 1. gone: no value.',
    );
  });

  it('keeps what it was given: later changes of the arrays do not show', () => {
    const y = [1, 2, 3];
    const figure = lineChart({ series: [{ name: 'a', y }] });
    const svg = figure.svg();
    y[0] = 99;
    expect(figure.svg()).toBe(svg);
  });

  it.each([
    [{ series: [] }, {}, 'lineChart: series must have at least one entry, got []'],
    [{}, {}, 'lineChart: series must be an array, got undefined'],
    [{ series: [{ y: [1] }] }, {}, 'lineChart: series[0].name must be a text, got undefined'],
    [{ series: [{ name: 'a', y: [] }] }, {}, 'lineChart: series[0].y must have at least one entry, got []'],
    [
      { series: [{ name: 'a', x: [0], y: [1, 2] }] },
      {},
      'lineChart: series[0] must have as many x as y, got "1 x and 2 y"',
    ],
    [
      { series: [{ name: 'a', x: [0, 0], y: [1, 2] }] },
      {},
      'lineChart: series[0].x must be finite and ascending, got "0 at series[0].x[1]"',
    ],
    [
      { series: [{ name: 'a', y: [1, Number.POSITIVE_INFINITY] }] },
      {},
      'lineChart: series[0].y must be finite, or NaN, got "Infinity at series[0].y[1]"',
    ],
    [{ series: [{ name: 'a', y: [NaNs] }] }, {}, 'lineChart: series must have at least one finite value, got NaN'],
    [
      { series: [{ name: 'a', y: [1, 0] }] },
      { yScale: 'log' },
      'lineChart: series[0].y must be finite and above 0 on a log scale, or NaN, got "0 at series[0].y[1]"',
    ],
    [
      { series: [{ name: 'a', y: [1] }] },
      { xScale: 'log' },
      'lineChart: series[0].x must be above 0 on a log scale, got 0',
    ],
    [
      { series: [{ name: 'a', y: [1] }] },
      { yScale: 'sqrt' },
      'lineChart: yScale must be among linear, log, got "sqrt"',
    ],
    [{ series: [{ name: 'a', y: [1] }] }, { yDomain: [1] }, 'lineChart: yDomain must be [from, to], got [1]'],
    [
      { series: [{ name: 'a', y: [1] }] },
      { yDomain: [1, NaNs] },
      'lineChart: yDomain must be finite and ascending, got "NaN at yDomain[1]"',
    ],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => lineChart(data as never, options as never)).toThrow(message);
  });
});
