import { lineChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { count, cpuTime } from '../figures.ts';

const NaNs = Number.NaN;
const lines = (n: number) => ({ series: Array.from({ length: n }, (_, i) => ({ name: `run ${i}`, y: [i, i + 1] })) });
const pathsOf = (svg: string) => [...svg.matchAll(/<path d="([^"]*)" data-mark="line"/g)].map(([, d]) => d!);
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

  it('marks what cannot be drawn: in the plot, the legend, the text alternative and the table', () => {
    const y = [null, 2, undefined, NaNs, 'NaN', Number.POSITIVE_INFINITY, 'Infinity', '-Infinity', 1] as const;
    const figure = lineChart({ series: [{ name: 'loss', y }] });
    const svg = figure.svg();
    for (const text of ['NaN (2)', 'Infinity (2)', '−Infinity (1)', 'missing (2)'])
      expect(textsOf(svg)).toContain(text);
    const marks = [...(/data-mark="not drawn">(.*?)<\/g>/.exec(svg)?.[1] ?? '').matchAll(/ d="([^"]*)"/g)];
    // ring, cross and the two triangles: a path each, of as many marks as there are values
    expect(marks.map(([, d]) => [d!.split('a').length > 1, count(d!, /M/)])).toEqual([
      [true, 2],
      [false, 4],
      [false, 2],
      [false, 1],
    ]);
    expect(count(svg, /<circle/)).toBe(2);
    expect(figure.description).toBe(
      'One line, value by step. loss: from 2 at 1 to 1 at 8; lowest 1 at 8, highest 2 at 1; ' +
        '5 not finite (2 NaN, 2 Infinity, 1 −Infinity), 2 missing, the first at 0.',
    );
    expect(figure.table.rows.map(([, value]) => value)).toEqual([
      'missing',
      2,
      'missing',
      'NaN',
      'NaN',
      'Infinity',
      'Infinity',
      '−Infinity',
      1,
    ]);
    expect(figure.html()).toContain('<td class="number">−Infinity</td>');
  });

  it('draws null nowhere near 0: the numbers of the axis are those of the finite values alone', () => {
    const diverged = JSON.parse(JSON.stringify([2.3, 2.4, NaNs]));
    const svg = lineChart({ series: [{ name: 'loss', y: diverged }] }).svg();
    expect(pathsOf(svg)[0]!.split('L')).toHaveLength(2);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['2.3', '2.4']));
    expect(textsOf(svg)).toContain('missing (1)');
  });

  it('stacks the marks of lines that end together, each in the color of its line', () => {
    const y = [1, NaNs];
    const svg = lineChart({
      series: [
        { name: 'a', y },
        { name: 'b', y },
      ],
    }).svg();
    const marks = /data-mark="not drawn">(.*?)<\/g>/.exec(svg)![1]!;
    const [a, b] = [...marks.matchAll(/ d="M[\d.]+,([\d.]+)[^"]*" fill="none" stroke="([^"]*)"/g)];
    expect(Number(a![1]) - Number(b![1])).toBe(11);
    expect(a![2]).not.toBe(b![2]);
  });

  it('draws lines without a value, and points without a place', () => {
    const svg = lineChart({ series: [{ name: 'none', y: [] }] }).svg();
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['0', '1', 'step', 'value']));
    for (const value of [NaNs, null, Number.NEGATIVE_INFINITY]) {
      const scales = [{}, { yScale: 'log' }] as const;
      for (const options of scales) {
        const figure = lineChart({ series: [{ name: 'a', y: [value, value] }] }, options);
        expect(figure.description).toMatch(/a: no value; 2 /);
        expect(figure.svg()).toContain('data-mark="not drawn"');
      }
    }
    const lost = lineChart({ series: [{ name: 'a', x: [0, NaNs, null, 2], y: [1, 5, null, 3] }] });
    expect(lost.description).toMatch(/from 1 at 0 to 3 at 2; .*; without a place: 1 not finite \(1 NaN\)\.$/);
    expect(lost.table.rows).toEqual([
      [0, 1],
      [2, 3],
      ['NaN', 5],
    ]);
    // both neither joined to the next nor marked
    expect(count(lost.svg(), /<circle/)).toBe(2);
    expect(lost.svg()).not.toContain('not drawn');
  });

  it('ends and is right where doubles are too coarse or too small for ticks', () => {
    const near = lineChart({ series: [{ name: 'loss', y: [0.1 + 0.2, 0.3] }] }).svg();
    expect(textsOf(near)).toEqual(expect.arrayContaining(['0.15', '0.3', '0.45']));
    const { MAX_VALUE } = Number;
    const wide = lineChart({ series: [{ name: 'a', y: [-MAX_VALUE, 0, MAX_VALUE] }] }).svg();
    expect(textsOf(wide)).toEqual(expect.arrayContaining(['−1e308', '0', '1e308']));
    const [from, middle, to] = pathsOf(wide)[0]!
      .slice(1)
      .split('L')
      .map((point) => Number(point.split(',')[1])) as [number, number, number];
    expect(middle).toBeCloseTo((from + to) / 2, 2);
    const tiny = lineChart({ series: [{ name: 'a', y: [0, 2e-310] }] }).svg();
    expect(textsOf(tiny)).toEqual(expect.arrayContaining(['0', '1e−310', '2e−310']));
  });

  it('draws a million points as what they look like, with the peak that is a single one', () => {
    const y = Float64Array.from({ length: 1e6 }, (_, i) => (i === 617_280 ? 10 : Math.sin(i)));
    let svg = '';
    const draw = () => {
      svg = lineChart({ series: [{ name: 'a', y }] }).svg();
    };
    // The aim is 300 ms, 100 to 170 were measured; tests beside this one take the memory that it then has to wait for.
    expect(Math.min(cpuTime(draw), cpuTime(draw), cpuTime(draw))).toBeLessThan(1000);
    expect(svg.length).toBeLessThan(150_000);
    const heights = pathsOf(svg)[0]!
      .slice(1)
      .split('L')
      .map((point) => Number(point.split(',')[1]));
    expect(heights.indexOf(Math.min(...heights)) / heights.length).toBeCloseTo(617_280 / 1e6, 2);
  });

  it('draws 100 of many lines and says so', () => {
    const figure = lineChart(lines(20_000));
    expect(pathsOf(figure.svg())).toHaveLength(100);
    expect(textsOf(figure.svg())).toContain('100 of 20,000 lines are drawn');
    expect(figure.description).toMatch(/^100 of 20,000 lines, evenly chosen, value by step\. run 0: /);
    expect(figure.table.columns.at(-1)).toBe('run 19999');
  });

  it('names its axes and numbers them', () => {
    const texts = textsOf(lineChart(lines(2), { xLabel: 'epoch', yLabel: 'loss & more' }).svg());
    expect(texts).toEqual(expect.arrayContaining(['epoch', 'loss &amp; more', '0', '0.5', '1']));
  });

  it('has no half steps along whole ones, where there are three of these', () => {
    const along = (x: number[]) => {
      const svg = lineChart({ series: [{ name: 'a', x, y: x }] }, { yDomain: [100, 200] }).svg();
      return textsOf(svg).filter((text) => Number(text) < 100);
    };
    expect(along([0, 1, 2, 3, 4])).toEqual(['0', '1', '2', '3', '4']);
    expect(along([0, 1, 2.5, 3, 4])).toEqual(['0', '0.5', '1', '1.5', '2', '2.5', '3', '3.5', '4']);
    expect(along([0, 1])).toEqual(['0', '0.2', '0.4', '0.6', '0.8', '1']);
  });

  it('numbers a log axis by powers of ten', () => {
    const texts = textsOf(lineChart({ series: [{ name: 'a', y: [1, 1e-6] }] }, { yScale: 'log' }).svg());
    expect(texts).toEqual(expect.arrayContaining(['1e−6', '0.0001', '0.01', '1']));
  });

  it('gives each of 24 lines its own color and dashes', () => {
    const svg = lineChart(lines(24)).svg();
    const looks = [...svg.matchAll(/<path [^>]*( data-mark="line"[^>]*)>/g)].map(([, look]) => look);
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
      '2 lines, loss by epoch. train: from 2 at 0 to 1 at 3; lowest 0.5 at 2, highest 3 at 1. ' +
        'gone: no value; 1 not finite (1 NaN), the first at 0.',
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
    [{ series: [{ y: [1] }] }, {}, 'lineChart: series[0].name must be a string, got undefined'],
    [{ series: [{ name: 'a', y: 'NaN' }] }, {}, 'lineChart: series[0].y must be an array, got "NaN"'],
    [{ series: [{ name: 'a', x: 5, y: [1] }] }, {}, 'lineChart: series[0].x must be an array, got 5'],
    [
      { series: [{ name: 'a', x: [0], y: [1, 2] }] },
      {},
      'lineChart: series[0] must have as many x as y, got "1 x and 2 y"',
    ],
    [
      { series: [{ name: 'a', x: [0, 0], y: [1, 2] }] },
      {},
      'lineChart: series[0].x must be ascending, got "0 at series[0].x[1]"',
    ],
    [
      { series: [{ name: 'a', y: [1, 0] }] },
      { yScale: 'log' },
      'lineChart: series[0].y must be above 0 on a log scale, got "0 at series[0].y[1]"',
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

  it.each(['5', true, 1n, {}, [1], 'nan'])('rejects %o as a value', (value) => {
    const rule = "lineChart: series[0].y[1] must be a number, 'NaN', 'Infinity', '-Infinity' or null, got ";
    expect(() => lineChart({ series: [{ name: 'a', y: [1, value] as never }] })).toThrow(rule);
    expect(() => lineChart({ series: [{ name: 'a', x: [0, value] as never, y: [1, 2] }] })).toThrow(TypeError);
  });
});

describe('lineChart with equal lines', () => {
  const line = (name: string, y: number[]) => ({ name, y });
  const strokes = (svg: string) => [...svg.matchAll(/<path d="([^"]*)" data-mark="line"[^>]*>/g)].map(([path]) => path);

  it('draws both: the second as dashes on the first, with gaps where that is seen', () => {
    const figure = lineChart({ series: [line('a', [1, 2, 3]), line('b', [1, 2, 3]), line('c', [3, 2, 1])] });
    const [a, b, c] = strokes(figure.svg());
    expect(a).not.toContain('dasharray');
    expect(b).toContain('stroke-dasharray="8 8"');
    expect(c).not.toContain('dasharray');
    expect(figure.svg()).toContain('>b (on a)</text>');
    expect(figure.description).toContain('b: on the line of a; from 1 at 0');
  });

  it('gives each of several on one line its own part of it', () => {
    const figure = lineChart({ series: ['a', 'b', 'c'].map((name) => line(name, [0, 0, 0])) });
    const drawn = strokes(figure.svg());
    expect(drawn[1]).toMatch(/stroke-dasharray="8 16" stroke-dashoffset="-8"/);
    expect(drawn[2]).toMatch(/stroke-dasharray="8 16" stroke-dashoffset="-16"/);
  });

  it('takes lines for one that a drawing would not tell apart, and no others', () => {
    const second = (y: number[]) => strokes(lineChart({ series: [line('a', [0, 400]), line('b', y)] }).svg())[1]!;
    expect(second([0, 400.9])).toContain('dasharray');
    expect(second([0, 402])).not.toContain('dasharray');
    expect(second([0, 400, 500])).not.toContain('dasharray');
    expect(second([Number.NaN, 400])).not.toContain('dasharray');
  });

  it('has an axis on which a small fall is small', () => {
    const svg = lineChart({ series: [line('a', [1.105, 1.1])] }).svg();
    const [, high, low] = /data-mark="line"|d="M[\d.]+,([\d.]+)L[\d.]+,([\d.]+)"/.exec(svg)!.map(Number);
    expect(low! - high!).toBeGreaterThan(0);
    expect(low! - high!).toBeLessThan(0.11 * 300);
    const zoomed = lineChart({ series: [line('a', [1.105, 1.1])] }, { yDomain: [1.1, 1.105] }).svg();
    const [, top, bottom] = /data-mark="line"|d="M[\d.]+,([\d.]+)L[\d.]+,([\d.]+)"/.exec(zoomed)!.map(Number);
    expect(bottom! - top!).toBeGreaterThan(200);
  });
});

describe('lineChart with a domain', () => {
  const svg = lineChart(
    { series: [{ name: 'a', y: [0, 0, null, 0.5, null, 1, null, 2, null, 1, 1] }] },
    { xDomain: [0, 10], yDomain: [0, 1] },
  ).svg();
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) =>
    Number(new RegExp(`<clipPath[^>]*>\\s*<rect[^>]* ${name}="([\\d.]+)"`).exec(svg)![1]),
  ) as [number, number, number, number];

  it('cuts lines half their width outside of the frame, so that those along its border are whole', () => {
    const border = /data-mark="baseline"[^>]* x1="([\d.]+)" x2="([\d.]+)" y1="([\d.]+)"/
      .exec(svg)!
      .slice(1)
      .map(Number);
    expect([x, x + width, y + height]).toEqual([border[0]! - 1, border[1]! + 1, border[2]! + 1]);
  });

  it('draws dots on the border whole, and none outside', () => {
    const inside = svg.slice(svg.indexOf('<g clip-path'), svg.indexOf('data-mark="dot"'));
    expect(inside.match(/<g/g)!.length).toBe(inside.match(/<\/g>/g)!.length + 1);
    const dots = [...svg.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)"/g)].map(([, at]) => Number(at));
    expect(dots).toEqual([y + height / 2, y + 1]);
  });
});
