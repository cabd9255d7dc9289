import { layerChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { count, cpuTime } from '../figures.ts';

const layers = [
  { name: 'conv/kernel', values: { before: 0.2, after: -0.1 } },
  { name: 'dense/kernel', values: { before: 0.4, after: 0.3 } },
  { name: 'dense/bias', values: { after: 0 } },
];

const bars = (svg: string) =>
  [...svg.matchAll(/<g[^>]* data-mark="bars"[^>]*>(.*?)<\/g>/g)].map(([, inside]) =>
    [...inside!.matchAll(/<rect [^>]*width="([\d.]+)"[^>]*x="([\d.]+)"/g)].map(([, width, x]) => ({
      width: Number(width),
      x: Number(x),
    })),
  );

describe('layerChart(data, options)', () => {
  it('draws a bar per value, as long as the value is large', () => {
    const [before, after] = bars(layerChart({ layers }).svg()) as [
      { width: number; x: number }[],
      { width: number; x: number }[],
    ];
    expect(before).toHaveLength(2);
    expect(after).toHaveLength(3);
    expect(before[1]!.width).toBeCloseTo(2 * before[0]!.width, 1);
    expect(before[0]!.width).toBeCloseTo(2 * after[0]!.width, 1);
    expect(after[0]!.x + after[0]!.width).toBeCloseTo(before[0]!.x, 1);
    expect(after[2]!.width).toBe(0);
  });

  it('writes the value beside each bar, the layer before them and the labels above', () => {
    const svg = layerChart({ layers }).svg();
    for (const text of ['0.2', '−0.1', '0.4', '0.3', '0', 'conv/kernel', 'dense/bias', 'before', 'after']) {
      expect(svg).toContain(`>${text}</text>`);
    }
  });

  it('names the axis after its only label and draws no legend', () => {
    const svg = layerChart({ layers: [{ name: 'a', values: { sparsity: 0.5 } }] }).svg();
    expect(count(svg, />sparsity<\/text>/)).toBe(1);
  });

  it('draws dots on a log scale, one per value', () => {
    const svg = layerChart(
      {
        layers: [
          { name: 'a', values: { x: 1, y: 1e-5 } },
          { name: 'b', values: { x: 2 } },
        ],
      },
      {
        xScale: 'log',
      },
    ).svg();
    // two more in the legend
    expect(count(svg, /<circle/)).toBe(3 + 2);
    expect(count(svg, /data-mark="bars"/)).toBe(0);
  });

  it('puts long names above their bars and cuts their middle out where even that is too narrow', () => {
    const name = `${'bidirectional/forward/'.repeat(4)}kernel`;
    const svg = layerChart({ layers: [{ name, values: { a: 1 } }] }).svg({ width: 300 });
    const shown = [...svg.matchAll(/>([^<]*…[^<]*)<\/text>/g)].map(([, text]) => text!);
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatch(/^bidirectional.*kernel$/);
  });

  it('tabulates all values, with a gap where there is none', () => {
    expect(layerChart({ layers }).table).toEqual({
      columns: ['name', 'before', 'after'],
      rows: [
        ['conv/kernel', 0.2, -0.1],
        ['dense/kernel', 0.4, 0.3],
        ['dense/bias', '', 0],
      ],
    });
  });

  it('describes the extremes of every label', () => {
    expect(layerChart({ layers }).description).toBe(
      '3 entries. before: lowest 0.2 (conv/kernel), highest 0.4 (dense/kernel). ' +
        'after: lowest −0.1 (conv/kernel), highest 0.3 (dense/kernel).',
    );
    expect(layerChart({ layers: [{ name: 'a', values: { std: 1 } }] }).description).toBe('One entry. std: 1 (a).');
  });

  const odd = [
    { name: 'a', values: { norm: Number.NaN } },
    { name: 'b', values: { norm: 'Infinity' } },
    { name: 'c', values: { norm: null } },
    { name: 'd', values: { norm: -2 } },
  ] as const;

  it.each(['bar', 'dot'] as const)('writes the name of what has no %s in its place', (mark) => {
    const figure = layerChart({ layers: odd }, { mark });
    const svg = figure.svg();
    for (const text of ['NaN', 'Infinity', 'missing']) expect(count(svg, new RegExp(`>${text}</text>`))).toBe(1);
    expect(count(svg, mark === 'bar' ? /<rect [^>]*x=/ : /<circle/)).toBe(1);
    expect(figure.description).toBe('4 entries. norm: −2 (d); 2 not finite (1 NaN, 1 Infinity), 1 missing.');
    expect(figure.table.rows.map(([, value]) => value)).toEqual(['NaN', 'Infinity', 'missing', -2]);
    const only = layerChart({ layers: odd.slice(0, 1) }, { mark });
    expect(only.svg()).toContain('>NaN</text>');
    expect(only.description).toBe('One entry. norm: no value; 1 not finite (1 NaN).');
  });

  it('draws 200,000 layers as groups that keep the largest value and count what is not finite', () => {
    const many = Array.from({ length: 200_000 }, (_, i) => ({
      name: `layer ${i}`,
      values: { norm: i === 777 ? -90 : i === 1000 ? Number.NaN : (i % 10) / 10 },
    }));
    const figure = layerChart({ layers: many });
    let svg = '';
    const draw = () => {
      svg = figure.svg();
    };
    // 0.1 s were measured
    expect(cpuTime(draw, 3000)).toBeLessThan(3000);
    expect(svg.length).toBeLessThan(300_000);
    expect(svg).toContain('>−90</text>');
    expect(svg).toContain('>0.9; 1 not finite (1 NaN)</text>');
    expect(svg).toContain('>layer 400 … layer 799</text>');
    expect(svg).toContain('>each bar is the largest in magnitude of up to 400 of 200,000</text>');
    expect(figure.description).toMatch(
      /^200,000 entries\..* Each bar is the largest in magnitude of up to 400 of 200,000\.$/,
    );
    expect(figure.table.rows).toHaveLength(200_000);
    expect(figure.html().length).toBeLessThan(svg.length + 100_000);
    expect(figure.html()).toContain('… 199,000 rows left out …');
  });

  it('draws 24 of many labels and says so', () => {
    const values = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`label ${i}`, i]));
    const figure = layerChart({ layers: [{ name: 'a', values }] });
    expect(figure.svg()).toContain('>24 of 300 labels are drawn</text>');
    expect(figure.table.columns).toHaveLength(25);
    expect(figure.description).toMatch(/And 16 labels more\. 24 of 300 labels are drawn\.$/);
  });

  it('numbers an axis with as many digits as tell its ticks apart', () => {
    const svg = layerChart(
      {
        layers: [
          { name: 'a', values: { norm: 1000.1 } },
          { name: 'b', values: { norm: 1000.3 } },
        ],
      },
      { mark: 'dot', xDomain: [1000, 1000.4] },
    ).svg();
    for (const text of ['1000.1', '1000.2', '1000.3']) expect(svg).toContain(`>${text}</text>`);
  });

  it('takes labels that are names of object methods', () => {
    const { table } = layerChart({
      layers: [
        { name: 'a', values: { toString: 1 } as never },
        { name: 'b', values: {} },
      ],
    });
    expect(table.rows).toEqual([
      ['a', 1],
      ['b', ''],
    ]);
  });

  it.each([
    [{ layers: [] }, {}, 'layerChart: layers must have at least one entry, got []'],
    [{ layers: [{ name: 'a', values: {} }] }, {}, /layerChart: layers must have at least one value, got/],
    [{ layers: [{ values: {} }] }, {}, 'layerChart: layers[0].name must be a string, got undefined'],
    [
      { layers: [{ name: 'a' }] },
      {},
      'layerChart: layers[0].values must be an object of numbers by label, got undefined',
    ],
    [
      { layers: [{ name: 'a', values: { std: '0.5' } }] },
      {},
      `layerChart: layers[0].values["std"] must be a number, 'NaN', 'Infinity', '-Infinity' or null, got "0.5"`,
    ],
    [
      { layers },
      { xScale: 'log' },
      'layerChart: values must be above 0 on a log scale, got "-0.1 at conv/kernel, after"',
    ],
    [{ layers }, { xScale: 'log', mark: 'bar' }, /layerChart: mark must be 'dot' on a log scale.*, got "bar"/],
    [{ layers }, { xDomain: [0, 1] }, 'layerChart: xDomain [0, 1] must hold all values and 0, got -0.1'],
    [
      { layers },
      { xDomain: [-0.1, 0.3], mark: 'dot' },
      'layerChart: xDomain [-0.1, 0.3] must hold all values, got 0.4',
    ],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => layerChart(data as never, options as never)).toThrow(message);
  });
});
