import { layerChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { count } from './figures.ts';

const layers = [
  { name: 'conv/kernel', values: { before: 0.2, after: -0.1 } },
  { name: 'dense/kernel', values: { before: 0.4, after: 0.3 } },
  { name: 'dense/bias', values: { after: 0 } },
];

const bars = (svg: string) =>
  [...svg.matchAll(/<g[^>]* data-mark="rect"[^>]*>(.*?)<\/g>/g)].map(([, inside]) =>
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
    expect(count(svg, /data-mark="rect"/)).toBe(0);
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
      columns: ['layer', 'before', 'after'],
      rows: [
        ['conv/kernel', 0.2, -0.1],
        ['dense/kernel', 0.4, 0.3],
        ['dense/bias', '', 0],
      ],
    });
  });

  it('describes the extremes of every label', () => {
    expect(layerChart({ layers }).description).toBe(
      '3 layers. before: lowest 0.2 (conv/kernel), highest 0.4 (dense/kernel). ' +
        'after: lowest −0.1 (conv/kernel), highest 0.3 (dense/kernel).',
    );
    expect(layerChart({ layers: [{ name: 'a', values: { std: 1 } }] }).description).toBe('1 layer. std: 1 (a).');
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
    [{ layers: [{ values: {} }] }, {}, 'layerChart: layers[0].name must be a text, got undefined'],
    [
      { layers: [{ name: 'a' }] },
      {},
      'layerChart: layers[0].values must be an object of numbers by label, got undefined',
    ],
    [
      { layers: [{ name: 'a', values: { std: Number.NaN } }] },
      {},
      'layerChart: values must be finite, got "NaN at a, std"',
    ],
    [
      { layers },
      { xScale: 'log' },
      'layerChart: values must be finite and above 0 on a log scale, got "-0.1 at conv/kernel, after"',
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
