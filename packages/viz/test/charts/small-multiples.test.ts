import { heatmap, lineChart, networkGraph, smallMultiples } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { count, cpuTime, textsOf } from '../figures.ts';

const panels = [
  {
    name: 'conv1',
    series: [
      { name: 'he', y: [1, 2, 4] },
      { name: 'glorot', y: [2, 2, 1] },
    ],
  },
  { name: 'conv2', series: [{ name: 'glorot', y: [0, 8, 3] }] },
  { name: 'dense', series: [{ name: 'he', x: [0, 10], y: [-1, 5] }] },
];

/** The lines of a drawing, with the color and the corners of each. */
const linesOf = (svg: string) =>
  [...svg.matchAll(/<path d="([^"]*)" data-mark="line"[^>]*stroke="(#\w+)"/g)].map(([, d, color]) => ({
    color: color!,
    corners: [...d!.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const),
  }));

describe('smallMultiples({ panels }, options)', () => {
  it('gives lines of one name one color', () => {
    const [he, glorot, second, third] = linesOf(smallMultiples({ panels }).svg());
    expect(second!.color).toBe(glorot!.color);
    expect(third!.color).toBe(he!.color);
    expect(he!.color).not.toBe(glorot!.color);
    expect(count(smallMultiples({ panels }).svg(), />he<\/text>/)).toBe(1);
  });

  it('cuts long names so that they end before the next panel begins, in the widest of bold fonts too', () => {
    // DejaVu Sans Bold: n and u have 0.712 em, a digit 0.696, the sign for what is left out 1.
    const wide = (name: string) => Array.from(name).reduce((sum, letter) => sum + (letter === '…' ? 1 : 0.712), 0) * 12;
    const long = [0, 1, 2, 3, 4].map((i) => ({ name: `${'nu'.repeat(20)}${i}`, series: [{ name: 'a', y: [1, 2] }] }));
    for (const width of [240, 320, 480, 520, 760, 1200]) {
      const svg = smallMultiples({ panels: long }, { width }).svg();
      const names = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)">(nu[^<]*)</g)].map(([, x, y, text]) => ({
        y,
        from: Number(x),
        to: Number(x) + wide(text!),
      }));
      expect(names).toHaveLength(5);
      for (const [i, { y, to }] of names.entries()) {
        const next = names[i + 1];
        expect(to, `${width}`).toBeLessThan(next?.y === y ? next!.from : width);
      }
    }
  });

  it('has the same axes in all panels: equal values are as high, equal positions as far from the left', () => {
    const list = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(list, { minLength: 2, maxLength: 7 }), fc.integer({ min: 240, max: 1200 }), (all, width) => {
        const named = all.map((y, i) => ({ name: `p${i}`, series: [{ name: 'a', y: [7, ...y] }] }));
        const svg = smallMultiples({ panels: named }, { width }).svg();
        const lines = linesOf(svg);
        // All lines start at (0, 7): how far each first corner is from its frame is the same.
        const frames = [...svg.matchAll(/<line data-mark="baseline"[^>]* x1="([\d.]+)"[^>]* y1="([\d.]+)"/g)].map(
          ([, left, bottom]) => [Number(left), Number(bottom)] as const,
        );
        expect(frames).toHaveLength(all.length);
        const starts = lines.map(({ corners }, i) => [corners[0]![0] - frames[i]![0], frames[i]![1] - corners[0]![1]]);
        for (const [x, y] of starts) {
          // Coordinates are rounded to hundredths, two of each difference.
          expect(Math.abs(x! - starts[0]![0]!)).toBeLessThan(0.021);
          expect(Math.abs(y! - starts[0]![1]!)).toBeLessThan(0.021);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('numbers the axes at the left and below, and names them once', () => {
    const svg = smallMultiples({ panels }, { xLabel: 'epoch', yLabel: 'norm', columns: 2 }).svg();
    expect(count(svg, /data-mark="y-axis"/)).toBe(2);
    expect(count(svg, /data-mark="x-axis"/)).toBe(2);
    for (const text of ['conv1', 'conv2', 'dense']) expect(textsOf(svg)).toContain(text);
    for (const text of ['epoch', 'norm']) expect(textsOf(svg).filter((other) => other === text)).toHaveLength(1);
  });

  it.each([
    [240, undefined, 1],
    [640, undefined, 3],
    [640, 2, 2],
    [320, 3, 2],
    [4000, 12, 3],
  ])('has in a width of %d with columns %s %d columns', (width, columns, expected) => {
    const svg = smallMultiples({ panels }, { width, ...(columns && { columns }) }).svg();
    const lefts = [...svg.matchAll(/<line data-mark="baseline"[^>]* x1="([\d.]+)"/g)].map(([, x]) => x);
    expect(new Set(lefts).size).toBe(expected);
  });

  it('cuts lines off at a domain, each panel for itself', () => {
    const svg = smallMultiples({ panels }, { yDomain: [0, 3] }).svg();
    const ids = [...svg.matchAll(/<clipPath id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(svg).toContain(`clip-path="url(#${id})"`);
  });

  it('marks what cannot be drawn, above its panel and below its name, and counts it', () => {
    const odd = [...panels, { name: 'lost', series: [{ name: 'he', y: [1, Number.NaN, null] }] }];
    const figure = smallMultiples({ panels: odd }, { columns: 2 });
    expect(textsOf(figure.svg())).toEqual(expect.arrayContaining(['NaN (1)', 'missing (1)']));
    expect(figure.description).toContain('1 not finite (1 NaN), 1 missing, the first at 1.');
    expect(count(figure.svg(), /data-mark="not drawn"/)).toBe(1);
  });

  it('tabulates and describes all panels', () => {
    const figure = smallMultiples({ panels }, { xLabel: 'epoch' });
    expect(figure.table).toEqual({
      columns: ['panel', 'epoch', 'he', 'glorot'],
      rows: [
        ['conv1', 0, 1, 2],
        ['conv1', 1, 2, 2],
        ['conv1', 2, 4, 1],
        ['conv2', 0, '', 0],
        ['conv2', 1, '', 8],
        ['conv2', 2, '', 3],
        ['dense', 0, -1, ''],
        ['dense', 10, 5, ''],
      ],
    });
    expect(figure.description).toMatch(
      /^3 panels with the same axes\. conv1: 2 lines, value by epoch\. he: from 1 at 0 to 4 at 2/,
    );
  });

  it('draws 48 of more panels and a million points in bounded time and bytes', () => {
    const many = Array.from({ length: 100 }, (_, i) => ({
      name: `p${i}`,
      series: [{ name: 'a', y: Float64Array.from({ length: 20_000 }, (_, k) => Math.sin(k * (i + 1))) }],
    }));
    let svg = '';
    expect(
      cpuTime(() => {
        svg = smallMultiples({ panels: many }).svg();
      }),
    ).toBeLessThan(4000);
    expect(svg.length).toBeLessThan(2_000_000);
    expect(textsOf(svg)).toContain('48 of 100 panels are drawn');
    expect(linesOf(svg)).toHaveLength(48);
  });
});

describe('smallMultiples({ figures }, options)', () => {
  const loss = lineChart({ series: [{ name: 'a', y: [1, 2] }] }, { title: 'Loss', yDomain: [0, 1] });
  const rate = lineChart({ series: [{ name: 'a', y: [1, 2] }] }, { title: 'Rate', yDomain: [0, 2] });
  const matrix = heatmap({ values: [[1, 2]] }, { title: 'Kernel' });

  it('has every figure once, side by side, all ids apart and each reference to its own', () => {
    const svg = smallMultiples({ figures: [loss, rate, matrix] }).svg();
    for (const title of ['Loss', 'Rate', 'Kernel']) expect(textsOf(svg)).toContain(title);
    expect(count(svg, /<title /)).toBe(1);
    const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...svg.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id!);
    expect(references).toHaveLength(2);
    expect(new Set(references).size).toBe(2);
    for (const id of references) expect(ids).toContain(id);
    const places = [...svg.matchAll(/data-mark="figure"[^>]*transform="translate\(([\d.]+),([\d.]+)\)"/g)];
    expect(places.map(([, x, y]) => [Number(x), Number(y) > 0])).toEqual([
      [0, false],
      [320, false],
      [0, true],
    ]);
  });

  it('draws each figure as it would be alone at that width', () => {
    const alone = loss.svg({ width: 320 });
    const inside = smallMultiples({ figures: [loss, rate] }).svg();
    const path = (svg: string) => /<path d="([^"]*)" data-mark="line"/.exec(svg)![1];
    expect(path(inside)).toBe(path(alone));
  });

  it('holds figures of figures', () => {
    const both = smallMultiples({ figures: [loss, rate] }, { title: 'Both' });
    const svg = smallMultiples({ figures: [both, matrix] }, { width: 1000 }).svg();
    const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('becomes smaller as a whole in a height that is too low', () => {
    const svg = smallMultiples({ figures: [loss, rate] }, { height: 200 }).svg();
    expect(svg).toContain('viewBox="0 0 640 200"');
    expect(svg).toMatch(/transform="scale\(0\.\d+\)"/);
  });

  it('tabulates the numbers of all', () => {
    const layers = [
      { name: 'a', units: 1 },
      { name: 'b', units: 1 },
    ];
    const figures = [matrix, networkGraph({ layers, weights: [[[3]]] })];
    expect(smallMultiples({ figures }).table).toEqual({
      columns: ['figure', 'row', 'column', 'value'],
      rows: [
        ['Kernel', '0', '0', 1],
        ['Kernel', '0', '1', 2],
        ['Network', 'a[0]', 'to', 'b[0]'],
        ['Network', 'a[0]', 'weight', 3],
      ],
    });
    expect(smallMultiples({ figures }).description).toBe(
      `2 figures. Kernel: ${matrix.description} Network: ${figures[1]!.description}`,
    );
  });
});

describe('smallMultiples refuses', () => {
  const figure = heatmap({ values: [[1]] });
  it.each([
    [{}, {}, 'smallMultiples: panels must be an array, got undefined'],
    [{ panels: [] }, {}, 'smallMultiples: panels must have at least one entry, got []'],
    [{ figures: [] }, {}, 'smallMultiples: figures must have at least one entry, got []'],
    [{ panels, figures: [figure] }, {}, /data must have panels or figures, not both/],
    [{ figures: [{ ...figure, svg: () => '' }] }, {}, /figures\[0\] must be a figure of this package/],
    [{ figures: ['<svg/>'] }, {}, 'smallMultiples: figures[0] must be a figure of this package, got "<svg/>"'],
    [
      { figures: [figure] },
      { xLabel: 'x' },
      /xLabel must be left out for figures, which have axes of their own, got "x"/,
    ],
    [{ panels: [{ name: 5, series: [] }] }, {}, 'smallMultiples: panels[0].name must be a string, got 5'],
    [
      { panels: [{ name: 'a', series: [] }] },
      {},
      'smallMultiples: panels[0].series must have at least one entry, got []',
    ],
    [
      { panels: [{ name: 'a', series: [{ name: 'b', y: 5 }] }] },
      {},
      'smallMultiples: panels[0].series[0].y must be an array, got 5',
    ],
    [
      { panels: [...panels, { name: 'z', series: [{ name: 'b', x: [1], y: [1, 2] }] }] },
      {},
      `smallMultiples: panels[${panels.length}].series[0] must have as many x as y, got "1 x and 2 y"`,
    ],
    [{ panels }, { columns: 0 }, 'smallMultiples: columns must be a whole number in [1, 12], got 0'],
    [{ panels }, { columns: 1.5 }, 'smallMultiples: columns must be a whole number in [1, 12], got 1.5'],
    [{ panels }, { yScale: 'log' }, /must be above 0 on a log scale/],
  ])('%o with %o', (data, options, message) => {
    expect(() => smallMultiples(data as never, options as never)).toThrow(message);
  });
});
