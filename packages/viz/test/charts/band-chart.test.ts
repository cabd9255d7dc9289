import { bandChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { cornersOf, count, cpuTime, pathsOf, textsOf } from '../figures.ts';
import golden from '../golden/bands.json' with { type: 'json' };

const edges = { name: 'a', low: [1, 2, 3], high: [2, 4, 3], middle: [1.5, 3, 3] };

describe('bandChart(data, options)', () => {
  it.each(golden.cases)(
    'has the quantiles of numpy of runs between $between',
    ({ between, runs, low, middle, high }) => {
      const figure = bandChart({ bands: [{ name: 'a', runs }] }, { quantiles: between as [number, number] });
      expect(figure.table.columns).toEqual(['step', 'a low', 'a middle', 'a high']);
      // numpy sums the two products of its linear rule in another order: a few units in the last place
      figure.table.rows.forEach((row, k) => {
        for (const [i, value] of [low[k]!, middle[k]!, high[k]!].entries()) expect(row[i + 1]).toBeCloseTo(value, 13);
      });
    },
  );

  it('draws the upper edge there and the lower one back, and the line through the middle', () => {
    const svg = bandChart({ bands: [edges] }, { yDomain: [1, 4] }).svg();
    const [ring] = cornersOf(pathsOf(svg, 'band')[0]!);
    const [line] = cornersOf(pathsOf(svg, 'line')[0]!);
    expect(ring).toHaveLength(6);
    const [left, right] = [ring![0]![0], ring![2]![0]];
    expect(ring!.map(([x]) => x)).toEqual([left, (left + right) / 2, right, right, (left + right) / 2, left]);
    const bottom = ring![5]![1];
    const top = ring![1]![1];
    const heights = ring!.map(([, y]) => 1 + (3 * (bottom - y)) / (bottom - top));
    // coordinates are rounded to a hundredth of a pixel, of some 200
    [2, 4, 3, 3, 2, 1].forEach((value, k) => {
      expect(heights[k]).toBeCloseTo(value, 3);
    });
    expect(line!.map(([x]) => x)).toEqual([left, (left + right) / 2, right]);
    expect(line![2]![1]).toBe(ring![2]![1]);
  });

  it('cuts a band off at the domains with its slopes kept', () => {
    const band = { name: 'a', x: [0, 10], low: [0, 100], high: [10, 110] };
    const svg = bandChart({ bands: [band] }, { xDomain: [0, 10], yDomain: [0, 10] }).svg();
    const [ring] = cornersOf(pathsOf(svg, 'band')[0]!);
    expect(svg).toContain('clip-path=');
    // two lengths of the axis above its start lies 20: the lower edge comes there at 2, the upper one at 1
    const [x0, x10] = [ring![0]![0], bandChart({ bands: [band] }, { xDomain: [0, 10] }).svg()].map((v) =>
      typeof v === 'number' ? v : cornersOf(pathsOf(v, 'band')[0]!)[0]![1]![0],
    ) as [number, number];
    const reached = ring!.map(([x]) => (10 * (x - x0)) / (x10 - x0)).sort((a, b) => a - b);
    [0, 0, 1, 2].forEach((value, k) => {
      expect(reached[k]).toBeCloseTo(value, 1);
    });
  });

  it('breaks where an edge is not there, marks it, and draws an interval without neighbors', () => {
    const nan = Number.NaN;
    const figure = bandChart({
      bands: [
        { name: 'a', low: [1, nan, 2, null, 3, 3], high: [2, 3, 4, 5, 4, 'Infinity'], middle: [1, 2, 3, 4, 3, 3] },
      ],
    });
    const svg = figure.svg();
    expect(cornersOf(pathsOf(svg, 'band')[0]!)).toHaveLength(3);
    expect(count(svg, /<g data-mark="band"/)).toBe(1);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['NaN (1)', 'Infinity (1)', 'missing (1)']));
    expect(figure.description).toBe(
      'One band, value by step. a: first 1 to 2 around 1 at 0, last 3 to 4 around 3 at 4; widest 2 to 4 around 3 at 2; ' +
        '2 not finite (1 NaN, 1 Infinity), 1 missing, the first at 1.',
    );
    expect(figure.table.rows[3]).toEqual([3, 'missing', 4, 5]);
  });

  it('leaves what is not finite out of the quantiles, and says so', () => {
    const figure = bandChart(
      {
        bands: [
          {
            name: 'a',
            runs: [
              [1, 2],
              [3, Number.NaN],
              ['Infinity', null],
            ],
          },
        ],
      },
      { quantiles: [0, 1] },
    );
    expect(figure.table.rows).toEqual([
      [0, 1, 2, 3],
      [1, 2, 2, 2],
    ]);
    expect(figure.description).toBe(
      'One band, value by step, from the lowest to the highest run. a (3 runs): first 1 to 3 around 2 at 0, last 2 to 2 ' +
        'around 2 at 1; 2 not finite (1 NaN, 1 Infinity), 1 missing, left out of the quantiles, the first at 0.',
    );
    expect(textsOf(figure.svg())).toContain('band: from the lowest to the highest run, line: their median');
  });

  it('draws bands without a value, and of the largest doubles', () => {
    const none = bandChart({ bands: [{ name: 'a', runs: [[null], [Number.NaN]] }] });
    expect(none.description).toMatch(/a \(2 runs\): no value; 1 not finite/);
    expect(bandChart({ bands: [{ name: 'a', runs: [[]] }] }).svg()).toContain('>step</text>');
    const { MAX_VALUE } = Number;
    const wide = bandChart({ bands: [{ name: 'a', runs: [[-MAX_VALUE], [MAX_VALUE]] }] }, { quantiles: [0.25, 0.75] });
    expect(wide.table.rows[0]).toEqual([0, -MAX_VALUE / 2, 0, MAX_VALUE / 2]);
  });

  it('draws a million points in bounded time and bytes', () => {
    const low = Float64Array.from({ length: 1e6 }, (_, i) => Math.sin(i));
    const high = low.map((value) => value + 1);
    let svg = '';
    const draw = () => {
      svg = bandChart({ bands: [{ name: 'a', low, high, middle: low }] }).svg({ width: 4000 });
    };
    expect(cpuTime(draw, 6000)).toBeLessThan(6000);
    expect(svg.length).toBeLessThan(1_500_000);
  });

  it('draws 24 of many bands and says so', () => {
    const bands = Array.from({ length: 300 }, (_, i) => ({ ...edges, name: `b${i}` }));
    const figure = bandChart({ bands });
    expect(pathsOf(figure.svg(), 'band')).toHaveLength(24);
    expect(textsOf(figure.svg())).toContain('24 of 300 bands are drawn');
    expect(figure.description).toMatch(/^24 of 300 bands, evenly chosen, value by step\. b0: .* And 16 more\.$/);
  });

  it('keeps what it was given, and writes names as text', () => {
    const runs = [[1, 2]];
    const figure = bandChart({
      bands: [
        { name: '<b>&', runs },
        { name: 'שלום', runs: [[3, 4]] },
      ],
    });
    const svg = figure.svg();
    runs[0]![0] = 99;
    expect(figure.svg()).toBe(svg);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['&lt;b&gt;&amp;', 'שלום']));
  });

  it.each([
    [{ bands: [] }, {}, 'bandChart: bands must have at least one entry, got []'],
    [{ bands: [{ name: 'a', runs: [] }] }, {}, 'bandChart: bands[0].runs must have at least one entry, got []'],
    [{ bands: [{ name: 'a', low: [1] }] }, {}, 'bandChart: bands[0].high must be an array, got undefined'],
    [
      { bands: [{ name: 'a', low: [1], high: [1, 2] }] },
      {},
      'bandChart: bands[0].high must be as long as the others, 1, got 2',
    ],
    [
      { bands: [{ name: 'a', runs: [[1, 2], [1]] }] },
      {},
      'bandChart: bands[0].runs[1] must be as long as the others, 2, got 1',
    ],
    [
      { bands: [{ name: 'a', low: [0, 3], high: [1, 2] }] },
      {},
      'bandChart: bands[0].low must be at most high, got "3 above 2 at bands[0].low[1]"',
    ],
    [
      { bands: [{ name: 'a', low: [1], runs: [[1]] }] },
      {},
      'bandChart: bands[0] must have runs, or low and high, not both, got ["name", "low", "runs"]',
    ],
    [
      { bands: [{ name: 'a', runs: [[0]] }] },
      { yScale: 'log' },
      'bandChart: bands[0].runs[0] must be above 0 on a log scale, got "0 at bands[0].runs[0][0]"',
    ],
    [{ bands: [edges] }, { quantiles: [0.9, 0.1] }, 'bandChart: quantiles must ascend, got [0.9, 0.1]'],
    [{ bands: [edges] }, { quantiles: [0, 2] }, 'bandChart: quantiles must be numbers in [0, 1], got'],
    [{ bands: [edges] }, { quantiles: [0] }, 'bandChart: quantiles must be [low, high], got [0]'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => bandChart(data as never, options as never)).toThrow(message);
  });
});
