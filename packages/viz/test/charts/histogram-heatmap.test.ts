import { histogramHeatmap } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime } from '../figures.ts';

const edges = [-1, 0, 1];
const rows = [
  [4, 0],
  [2, 2],
];

/** The cells of a drawing as `[x1, x2, y, color]`, from the strokes. */
function cellsOf(svg: string) {
  const group = /<g[^>]* data-mark="cells".*?<\/g>/s.exec(svg)![0];
  return [...group.matchAll(/<path d="([^"]*)" stroke="([^"]*)"/g)].flatMap(([, d, color]) =>
    [...d!.matchAll(/M([\d.]+),([\d.]+)H([\d.]+)/g)].map(([, x1, y, x2]) => ({
      x1: Number(x1),
      x2: Number(x2),
      y: Number(y),
      color: color!,
    })),
  );
}

describe('histogramHeatmap(data, options)', () => {
  it('draws brighter for more, the first row at the top', () => {
    const cells = cellsOf(histogramHeatmap({ edges, rows }).svg());
    expect(cells).toHaveLength(2);
    const [both, bright] = [...cells].sort((a, b) => b.y - a.y) as [(typeof cells)[0], (typeof cells)[0]];
    expect(bright.color).toBe('#fcffa4');
    expect(both.x2 - both.x1).toBeCloseTo(2 * (bright.x2 - bright.x1), 1);
    expect(both.color).not.toBe(bright.color);
  });

  it('covers exactly the cells above the lowest of 64 levels', () => {
    const row = fc.array(fc.nat(63), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (grid) => {
        const svg = histogramHeatmap({ edges: [0, 1, 2, 3, 4], rows: grid }, { max: 63 }).svg();
        const cells = cellsOf(svg);
        const width = Number(/data-mark="cells".*?<rect[^>]* width="([\d.]+)"/s.exec(svg)![1]);
        const bin = width / 4;
        const covered = cells.reduce((sum, { x1, x2 }) => sum + Math.round((x2 - x1) / bin), 0);
        // level = floor(value / 63 * 64): 0 only for 0
        expect(covered).toBe(grid.flat().filter((value) => value > 0).length);
      }),
      { numRuns: 25 },
    );
  });

  it('leaves no gap between rows, whatever their height is rounded to', () => {
    for (let n = 1; n < 90; n += 4) {
      const svg = histogramHeatmap({ edges, rows: Array.from({ length: n }, () => [1, 0]) }).svg();
      const thick = Number(/data-mark="cells"[^>]*stroke-width="([\d.]+)"/.exec(svg)![1]);
      const places = cellsOf(svg).map(({ y }) => y);
      for (let i = 1; i < n; i++) expect(places[i]! - places[i - 1]!).toBeLessThan(thick);
    }
  });

  it('gives values above max the brightest color and says so', () => {
    const svg = histogramHeatmap({ edges, rows }, { max: 2 }).svg();
    expect(new Set(cellsOf(svg).map(({ color }) => color))).toEqual(new Set(['#fcffa4']));
    expect(svg).toContain('>2 or more</text>');
  });

  it('knows the color map hot, from nearly black over red and yellow to white', () => {
    const many = Array.from({ length: 64 }, (_, i) => [i, 64]);
    const svg = histogramHeatmap({ edges, rows: many }, { scheme: 'hot', max: 64 }).svg();
    // red starts at 0.0416 = 10.6 / 255
    expect(svg).toContain('fill="#0b0000"');
    expect(svg).toContain('stroke="#ffffff"');
    expect(svg).toMatch(/stroke="#ff[0-9a-f]{2}00"/);
  });

  it('by the logarithm gives a thousandth half of the colors, and says so', () => {
    const data = { edges, rows: [[1e6 - 1, 1e3 - 1]] };
    const colors = ({ svg }: ReturnType<typeof histogramHeatmap>) => cellsOf(svg()).map(({ color }) => color);
    expect(colors(histogramHeatmap(data))).toHaveLength(1); // 999 of 999,999 is black
    // log(1000) / log(1e6) is 1/2: level 32 of 64, the color of half the highest on a linear scale
    const halves = histogramHeatmap({ edges, rows: [[64, 32.5]] });
    const log = histogramHeatmap(data, { colorScale: 'log' });
    expect(colors(log)).toEqual(colors(halves));
    expect(log.svg()).toContain('>colors by the logarithm of value + 1</text>');
    expect(log.description).toContain('brighter for more on a logarithmic scale');
  });

  it('numbers rows by their steps', () => {
    const svg = histogramHeatmap({ edges, rows, steps: [100, 25_000] }, { yLabel: 'batch' }).svg();
    for (const text of ['100', '25,000', 'batch']) expect(svg).toContain(`>${text}</text>`);
  });

  it('tabulates the rows and describes the peaks', () => {
    const figure = histogramHeatmap({ edges, rows, steps: [0, 10] });
    expect(figure.table).toEqual({
      columns: ['step', '−1 to 0', '0 to 1'],
      rows: [
        [0, 4, 0],
        [10, 2, 2],
      ],
    });
    expect(figure.description).toBe(
      '2 histograms of weight from −1 to 1, one row per step, brighter for more. ' +
        'The highest bin is at step 0 near −0.5, at step 10 near −0.5; the highest value of all is 4.',
    );
  });

  it('draws gray what is not finite, counts it, and says how many entries are in no bin', () => {
    const figure = histogramHeatmap({
      edges,
      rows: [
        [Number.NaN, 1],
        ['Infinity', null],
        [0, 0],
      ],
      steps: [0, null, 7],
      nonFinite: [0, 0, 3],
    });
    const gray = cellsOf(figure.svg()).filter(({ color }) => color === '#8c8c8c');
    expect(gray).toHaveLength(2);
    for (const text of ['NaN (1)', 'Infinity (1)', 'missing (1)', '3 entries not finite, in no bin', 'missing']) {
      expect(figure.svg()).toContain(`>${text}</text>`);
    }
    expect(figure.description).toMatch(
      /Gray: 2 not finite \(1 NaN, 1 Infinity\), 1 missing\. 3 entries not finite, in no bin\.$/,
    );
    expect(figure.table).toEqual({
      columns: ['step', '−1 to 0', '0 to 1', 'not finite'],
      rows: [
        [0, 'NaN', 1, 0],
        ['missing', 'Infinity', 'missing', 0],
        [7, 0, 0, 3],
      ],
    });
    // one cross in the legend, one beside the row
    expect(figure.svg()).toMatch(/<path d="M[^M]*M[^M]*" data-mark="not in a bin"/);
    expect(histogramHeatmap({ edges, rows }).svg()).not.toContain('not in a bin');
    expect(histogramHeatmap({ edges, rows: [[null, Number.NaN]] }).description).toContain('at step 0 nowhere');
  });

  it('merges many bins and rows to their mean, and says so', () => {
    const bins = 200_000;
    const fine = Float64Array.from({ length: bins + 1 }, (_, i) => i);
    const wide = histogramHeatmap({ edges: fine, rows: [new Float64Array(bins).fill(3), new Uint8Array(bins)] });
    expect(wide.svg()).toContain('>782 of 200,000 bins are drawn as one, their mean</text>');
    const high = histogramHeatmap({ edges, rows: Array.from({ length: 20_000 }, (_, i) => [i % 79, 20_000]) });
    expect(high.svg()).toContain('>79 of 20,000 rows are drawn as one, their mean</text>');
    // 0.1 s were measured
    expect(cpuTime(() => wide.svg() + high.svg())).toBeLessThan(3000);
    expect(high.table.rows).toHaveLength(254);
    expect(high.table.rows[1]![0]).toBe(79);
    expect(high.table.rows[1]![1]).toBeCloseTo(39, 12);
    for (const { table } of [wide, high]) expect(table.columns.length).toBeLessThanOrEqual(257);
    expect(wide.html().length).toBeLessThan(200_000);
  });

  it('draws edges as far apart as doubles go', () => {
    const { MAX_VALUE } = Number;
    const figure = histogramHeatmap({ edges: [-MAX_VALUE, 0, MAX_VALUE], rows: [[MAX_VALUE, 5e-324]] });
    const [cell] = cellsOf(figure.svg());
    const width = Number(/data-mark="cells".*?<rect[^>]* width="([\d.]+)"/s.exec(figure.svg())![1]);
    expect(cell!.x2 - cell!.x1).toBeCloseTo(width / 2, 1);
  });

  it('draws rows of zeros', () => {
    expect(cellsOf(histogramHeatmap({ edges, rows: [[0, 0]] }).svg())).toEqual([]);
  });

  it.each([
    [{ edges, rows: [] }, {}, 'histogramHeatmap: rows must have at least one entry, got []'],
    [{ edges, rows: [[1]] }, {}, 'histogramHeatmap: rows[0] must have one entry per bin, got "1 entries for 2 bins"'],
    [{ edges, rows: [[1, -2]] }, {}, /rows\[0\] must be at least 0, got "-2 at rows\[0\]\[1\]"/],
    [{ edges: [1, 1], rows: [[1]] }, {}, 'histogramHeatmap: edges must be finite and ascending, got "1 at edges[1]"'],
    [
      { edges, rows, steps: [0] },
      {},
      'histogramHeatmap: steps must have as many entries as rows, got "1 steps and 2 rows"',
    ],
    [{ edges, rows, steps: [1, 0] }, {}, 'histogramHeatmap: steps must be ascending, got "0 at steps[1]"'],
    [{ edges, rows, steps: 5 }, {}, 'histogramHeatmap: steps must be an array, got 5'],
    [{ edges, rows, nonFinite: [0] }, {}, /nonFinite must have as many entries as rows, got "1 nonFinite and 2 rows"/],
    [{ edges, rows, nonFinite: [0, -1] }, {}, 'histogramHeatmap: nonFinite[1] must be a whole number, got -1'],
    [{ edges, rows: [[1, true]] }, {}, /rows\[0\]\[1\] must be a number, .* got true/],
    [{ edges, rows }, { max: 0 }, 'histogramHeatmap: max must be above 0 and finite, got 0'],
    [{ edges, rows }, { max: Number.NaN }, 'histogramHeatmap: max must be above 0 and finite, got NaN'],
    [{ edges, rows }, { scheme: 'jet' }, 'histogramHeatmap: scheme must be among inferno, hot, got "jet"'],
    [{ edges, rows }, { colorScale: 'sqrt' }, 'histogramHeatmap: colorScale must be among linear, log, got "sqrt"'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => histogramHeatmap(data as never, options as never)).toThrow(message);
  });
});
