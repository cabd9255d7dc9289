import { histogramChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { count, cpuTime, markupOf } from '../figures.ts';

const edges = [0, 1, 2, 4];
const curves = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `epoch ${i}`, counts: [i, 2, 1] }));

describe('histogramChart(data, options)', () => {
  it('outlines up to four curves, with a legend', () => {
    const svg = histogramChart({ edges, curves: curves(4) }).svg();
    expect(count(svg, /data-mark="area"/)).toBe(4);
    expect(count(svg, /data-mark="line"/)).toBe(4);
    for (let i = 0; i < 4; i++) expect(svg).toContain(`>epoch ${i}</text>`);
  });

  it('colors more curves by plasma from 0.2 to 0.9, the bright ones on a darker line', () => {
    const svg = histogramChart({ edges, curves: curves(8) }).svg();
    expect(count(svg, /data-mark="area"/)).toBe(0);
    const colors = [...svg.matchAll(/<path[^>]* data-mark="line"[^>]* stroke="([^"]+)"/g)].map(([, color]) => color);
    // entries floor(0.2 * 256) = 51 and floor(0.9 * 256) = 230 of the table of Smith and van der Walt (2015)
    expect(colors[0]).toBe('#6a00a8');
    expect(colors.at(-1)).toBe('#fcce25');
    expect(colors.length).toBeGreaterThan(8);
    expect(svg).toContain('>epoch 0</text>');
    expect(svg).toContain('>epoch 7</text>');
    expect(svg).not.toContain('>epoch 3</text>');
  });

  it('takes the look it is told', () => {
    expect(count(histogramChart({ edges, curves: curves(8) }, { look: 'names' }).svg(), /data-mark="area"/)).toBe(8);
    expect(count(histogramChart({ edges, curves: curves(2) }, { look: 'sequence' }).svg(), /data-mark="area"/)).toBe(0);
  });

  it('tabulates every bin and describes the peaks', () => {
    const data = { edges, curves: [{ name: 'a', density: [0.25, 0.5, 0.125] }] };
    const figure = histogramChart(data, { xLabel: 'kernel' });
    expect(figure.table).toEqual({
      columns: ['from', 'to', 'a'],
      rows: [
        [0, 1, 0.25],
        [1, 2, 0.5],
        [2, 4, 0.125],
      ],
    });
    expect(figure.description).toBe('A histogram (density) of kernel from 0 to 4 in 3 bins. a: highest near 1.5, 0.5.');
    expect(figure.svg()).toContain('>density</text>');
  });

  it('describes the first and the last of many', () => {
    const { description } = histogramChart({ edges, curves: curves(9) });
    expect(description).toBe(
      '9 histograms (counts) of weight from 0 to 4 in 3 bins. First and last: epoch 0: highest near 1.5, 2. ' +
        'epoch 8: highest near 0.5, 8.',
    );
  });

  it.each(['names', 'sequence'] as const)('breaks where a height is not finite, and marks the bin (%s)', (look) => {
    const curves = [
      { name: 'a', counts: [1, Number.NaN, 3] },
      { name: 'b', counts: [2, 'Infinity', null], nonFinite: 12_345 },
    ] as const;
    const figure = histogramChart({ edges, curves }, { look });
    const svg = figure.svg();
    for (const text of ['NaN (1)', 'Infinity (1)', 'missing (1)', '12,345 entries not finite, in no bin']) {
      expect(svg).toContain(`>${text}</text>`);
    }
    expect(count(/data-mark="not drawn">(.*?)<\/g>/.exec(svg)![1]!, /<path/)).toBe(3);
    expect(figure.description).toContain(
      'a: highest near 3, 3; heights: 1 not finite (1 NaN). b: highest near 0.5, 2; ' +
        'heights: 1 not finite (1 Infinity), 1 missing; 12,345 entries not finite, in no bin.',
    );
    expect(figure.table.rows.slice(1)).toEqual([
      [1, 2, 'NaN', 'Infinity'],
      [2, 4, 3, 'missing'],
      ['not finite', '', 0, 12_345],
    ]);
  });

  it('merges 200,000 bins by neighbors: counts are added, densities averaged by width, and the figure says so', () => {
    const bins = 200_000;
    const fine = Float64Array.from({ length: bins + 1 }, (_, i) => i / bins);
    const counts = new Float64Array(bins).fill(2);
    const figure = histogramChart({ edges: fine, curves: [{ name: 'a', counts }] });
    const svg = figure.svg();
    // 0.1 s were measured
    expect(cpuTime(() => histogramChart({ edges: fine, curves: [{ name: 'a', counts }] }).svg())).toBeLessThan(3000);
    expect(svg.length).toBeLessThan(150_000);
    expect(svg).toContain('>196 of 200,000 bins are drawn as one, their sum</text>');
    expect(figure.table.rows).toHaveLength(Math.ceil(bins / 196));
    expect(figure.table.rows.reduce((sum, [, , value]) => sum + (value as number), 0)).toBe(2 * bins);
    const uneven = Float64Array.from({ length: 2049 }, (_, i) => i + (i % 2) / 2);
    const density = Float64Array.from({ length: 2048 }, (_, i) => (i % 2 === 0 ? 1 : 3));
    // widths 1.5 and 0.5: (1.5 · 1 + 0.5 · 3) / 2
    const merged = histogramChart({ edges: uneven, curves: [{ name: 'a', density }] });
    expect(new Set(merged.table.rows.map(([, , value]) => value))).toEqual(new Set([1.5]));
  });

  it('draws edges as far apart as doubles go, and as near', () => {
    const { MAX_VALUE, MIN_VALUE } = Number;
    for (const ends of [
      [-MAX_VALUE, 0, MAX_VALUE],
      [-1e308, 1e308],
      [0, MIN_VALUE],
      [0.3, 0.1 + 0.2],
      [1e308, MAX_VALUE],
    ]) {
      const density = new Float64Array(ends.length - 1).fill(MAX_VALUE);
      for (const look of ['names', 'sequence'] as const) {
        const svg = histogramChart({ edges: ends, curves: [{ name: 'a', density }] }, { look }).svg();
        expect(markupOf(svg)).not.toMatch(/NaN|Infinity/);
        expect(count(svg, /data-mark="x-axis numbers".*?<text/)).toBe(1);
      }
    }
  });

  it('draws histograms of zeros', () => {
    expect(histogramChart({ edges, curves: [{ name: 'none', counts: [0, 0, 0] }] }).svg()).not.toContain('NaN');
  });

  it.each([
    [{ edges: [0], curves: curves(1) }, 'histogramChart: edges must have at least two entries, got [0]'],
    [
      { edges: [0, 2, 1, 3], curves: curves(1) },
      'histogramChart: edges must be finite and ascending, got "1 at edges[2]"',
    ],
    [{ edges, curves: [] }, 'histogramChart: curves must have at least one entry, got []'],
    [
      { edges, curves: [{ name: 'a', counts: [1, 2] }] },
      'histogramChart: curves[0].counts must have one entry per bin, got "2 entries for 3 bins"',
    ],
    [
      { edges, curves: [{ name: 'a', density: [1, '1', 1] }] },
      `histogramChart: curves[0].density[1] must be a number, 'NaN', 'Infinity', '-Infinity' or null, got "1"`,
    ],
    [{ edges, curves: [{ name: 'a', counts: [1, -1, 1] }] }, /at least 0, got "-1 at curves\[0\]\.counts\[1\]"/],
    [
      { edges, curves: [...curves(1), { name: 'b', density: [1, 1, 1] }] },
      'histogramChart: curves must all have counts, or all density, got {name, density}',
    ],
    [{ edges, curves: [{ name: 'a' }] }, 'histogramChart: curves must all have counts, or all density, got {name}'],
    [
      { edges, curves: [{ name: 'a', counts: [1, 1, 1], nonFinite: 0.5 }] },
      'histogramChart: curves[0].nonFinite must be a whole number, got 0.5',
    ],
    [{ edges, curves: [{ counts: [1, 1, 1] }] }, 'histogramChart: curves[0].name must be a string, got undefined'],
  ])('rejects %o', (data, message) => {
    expect(() => histogramChart(data as never)).toThrow(message);
  });

  it('rejects another look', () => {
    expect(() => histogramChart({ edges, curves: curves(1) }, { look: 'x' as never })).toThrow(
      new TypeError('histogramChart: look must be among sequence, names, got "x"'),
    );
  });
});
